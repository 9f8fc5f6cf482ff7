"""Noise as cameras, files and people make it, for training and for measuring."""
