"""What a file says about its picture."""
