"""Pixels on a display's curve, for a network that has seen such pictures only.

Values proportional to light have nearly all their noise in few levels near black, PQ in far too
many; on the curve that screens use it is spread evenly. docs/FILES.md says what that brings. HLG,
a screen's curve but for the brightest part, is left as it is.
"""

from __future__ import annotations

import numpy as np

from photo.base import Photo, bands
from photo.colour import light_to_pq, pq_to_light
from photo.depth import to_float
from photo.metadata.icc import curve_of

_AT_A_TIME = 500_000  # pixels
_LEAST_PEAK = 0.0203  # of PQ's 10,000 candela a square metre: a white page


def to_display(photo: Photo, pixels: np.ndarray) -> np.ndarray:
    """Pixels of this photo (H x W x 3) for the network: as they are, or float32 on sRGB's curve.

    The latter where the photo says that its values are proportional to light, or in PQ.
    """
    if not is_linear(photo) and not _is_pq(photo):
        return pixels
    peak = _peak(photo)
    result = np.empty(pixels.shape, np.float32)
    for rows in bands(pixels.shape[0], pixels.shape[1], _AT_A_TIME):
        value = to_float(pixels[rows])
        light = value if peak is None else pq_to_light(value.astype(np.float64)) / peak
        bright = 1.055 * np.power(np.maximum(light, 0), 1 / 2.4) - 0.055
        result[rows] = np.where(light <= 0.0031308, light * 12.92, bright)
    return result


def from_display(photo: Photo, pixels: np.ndarray) -> np.ndarray:
    """What `to_display` gave, after the network, as pixels of this photo again: its type, curve.

    photo: with the pixels that it was read with.
    """
    if not is_linear(photo) and not _is_pq(photo):
        return pixels
    peak, dtype = _peak(photo), photo.pixels.dtype
    result = np.empty(pixels.shape, dtype)
    for rows in bands(pixels.shape[0], pixels.shape[1], _AT_A_TIME):
        value = pixels[rows].astype(np.float64)
        light = np.where(
            value <= 0.04045, value / 12.92, ((np.maximum(value, 0) + 0.055) / 1.055) ** 2.4
        )
        value = light if peak is None else light_to_pq(light * peak)
        if dtype == np.float32:
            result[rows] = value
        else:
            top = np.iinfo(dtype).max
            result[rows] = np.rint(np.clip(value, 0, 1) * top)
    return result


def _is_pq(photo: Photo) -> bool:
    return photo.colour is not None and photo.colour.hdr == "PQ"


def _peak(photo: Photo) -> float | None:
    """For PQ, the brightest light of the photo, which becomes white; None for linear values."""
    if not _is_pq(photo):
        return None
    brightest = float(to_float(photo.pixels.max().reshape(1))[0])
    return max(_LEAST_PEAK, float(pq_to_light(np.array([brightest]))[0]))


def is_linear(photo: Photo) -> bool:
    """Whether the photo's profile, or what stands for one, says so; eight bits never are."""
    if photo.pixels.dtype == np.uint8:
        return False
    if photo.icc is not None:
        return _is_line(curve_of(photo.icc))
    return photo.colour is not None and photo.colour.linear


def _is_line(curve: bytes) -> bool:
    if curve[:4] == b"curv" and len(curve) >= 12:
        count = int.from_bytes(curve[8:12], "big")
        if count == 1:
            return abs(int.from_bytes(curve[12:14], "big") / 256 - 1) < 0.02
        steps = np.frombuffer(curve[12 : 12 + 2 * count], ">u2").astype(float)
        return count == 0 or bool(
            len(steps) == count and np.abs(steps - np.linspace(0, 65535, count)).max() < 300
        )
    if curve[:4] == b"para" and len(curve) >= 16 and curve[8:10] == b"\0\0":
        return abs(int.from_bytes(curve[12:16], "big") / 65536 - 1) < 0.02
    return False
