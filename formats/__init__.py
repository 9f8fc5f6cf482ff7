"""What `photo` is made of: a room for each kind of file. Import `photo`, not these."""
