"""What training consists of besides the network and its noise."""
