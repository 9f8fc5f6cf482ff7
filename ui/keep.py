"""Pixels <-> bytes without loss, for what the page's process keeps but does not read."""

from __future__ import annotations

import io
import zlib

import cv2
import numpy as np

_FAST = [cv2.IMWRITE_PNG_COMPRESSION, 1]


def pack(pixels: np.ndarray) -> bytes:
    """H x W x 3, uint8, uint16 or float32, as a PNG, or compressed by zlib if they are floats."""
    if pixels.dtype == np.float32:
        sink = io.BytesIO()
        np.save(sink, pixels, allow_pickle=False)
        return zlib.compress(sink.getbuffer(), 1)
    done, data = cv2.imencode(".png", pixels, _FAST)
    if not done:
        raise MemoryError("the result could not be compressed")
    return data.tobytes()


def unpack(data: bytes) -> np.ndarray:
    """What `pack` was given."""
    if data.startswith(b"\x89PNG"):
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if pixels is None:
            raise MemoryError("the result could not be unpacked")
        return pixels
    return np.load(io.BytesIO(zlib.decompress(data)), allow_pickle=False)
