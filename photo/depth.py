"""From one bit depth to another: the one place in this package where that is done."""

from __future__ import annotations

import numpy as np

from photo.base import bands


def to_depth(array: np.ndarray, bits: int) -> np.ndarray:
    """uint8, uint16 or float32 in [0, 1] -> 8 or 16 bits a channel, rounded; same shape."""
    dtype = np.dtype(np.uint8 if bits == 8 else np.uint16)
    if array.dtype == dtype:
        return array
    result = np.empty(array.shape, dtype)
    top = 2**bits - 1
    for rows in bands(array.shape[0], array.shape[1]):
        part = array[rows]
        if array.dtype == np.float32:
            result[rows] = np.rint(np.clip(part, 0, 1).astype(np.float64) * top)
        elif bits == 8:
            result[rows] = (part.astype(np.uint32) + 128) // 257
        else:
            result[rows] = part.astype(np.uint16) * 257
    return result


def to_float(array: np.ndarray) -> np.ndarray:
    """uint8 or uint16 -> float32 in [0, 1]; float32 as it is."""
    if array.dtype == np.float32:
        return array
    return array / np.float32(np.iinfo(array.dtype).max)


def squeeze(array: np.ndarray, bits: int) -> np.ndarray:
    """The whole 16-bit range -> uint16 holding values of `bits` bits, a new array; undone by
    `stretch`."""
    result, top = np.empty_like(array), 2**bits - 1
    for rows in bands(array.shape[0], array.shape[1]):
        result[rows] = (array[rows].astype(np.uint32) * top + 32767) // 65535
    return result


def stretch(array: np.ndarray, bits: int) -> np.ndarray:
    """uint16 holding values of `bits` bits -> the whole 16-bit range, in place."""
    if bits < 16:
        top = 2**bits - 1
        for rows in bands(array.shape[0], array.shape[1]):
            wide = np.minimum(array[rows], top).astype(np.uint32)
            array[rows] = (wide * 65535 + top // 2) // top
    return array
