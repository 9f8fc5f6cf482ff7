"""Measures the denoiser beside classical filters; `python -m evaluation --help`."""
