"""The network, its noise, its training and its numbers."""

import os
import sys

# TensorFlow's start-up chatter is not for the people who use this.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# OpenVINO's converter would report each start to its makers; without the package it stays silent.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
