"""The network, its noise, its training and its numbers."""

import os

# TensorFlow's start-up chatter is not for the people who use this.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
