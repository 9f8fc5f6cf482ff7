"""A picture's way through the network: tiles, engines, and the repair of impulse noise."""
