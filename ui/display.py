"""Pixels -> what a browser shows of them. Runs in the child."""

from __future__ import annotations

import cv2
import numpy as np

import photo
from photo.depth import to_depth
from ui.results import Encoded, Rect

LOSSLESS_UP_TO = 1_200_000  # pixels that are shown as PNG; a larger PNG takes seconds to encode
SHOWN_UP_TO = 40_000_000  # pixels that are shown at full size; phones cannot hold more
LONGEST = 65_000  # pixels a side; JPEG ends at 65,500
DETAIL = (360, 270)  # width and height in pixels of the part that stands for a picture in a batch
_COARSE = 8  # detail is looked for in a copy that is so many times smaller: that hides the noise


def encode(like: photo.Photo, pixels: np.ndarray) -> Encoded:
    """`pixels` in 8 bits, with the profile and the alpha of `like`, whose size they have."""
    shown = _in_colours_of(like, pixels)
    size = _shown_size(*pixels.shape[:2])
    shown.pixels = _resized(shown.pixels, size)
    if like.alpha is not None:
        shown.alpha = _resized(to_depth(like.alpha, 8), size)
    if like.alpha is not None or size[0] * size[1] <= LOSSLESS_UP_TO:
        return Encoded(photo.write(shown, "PNG"), "image/png")
    return Encoded(photo.write(shown, "JPEG", quality=95), "image/jpeg")


def _shown_size(height: int, width: int) -> tuple[int, int]:
    """Height and width divided by the least whole number with which they can be shown."""
    by = 1
    while height // by * (width // by) > SHOWN_UP_TO or max(height, width) // by > LONGEST:
        by += 1
    return max(height // by, 1), max(width // by, 1)


def _resized(pixels: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if pixels.shape[:2] == size:
        return pixels
    return cv2.resize(pixels, size[::-1], interpolation=cv2.INTER_AREA)


def encode_part(like: photo.Photo, pixels: np.ndarray, rect: Rect) -> Encoded:
    """A part of a picture: `pixels` lie at `rect` of `like`."""
    shown = _in_colours_of(like, pixels)
    if like.alpha is not None:
        shown.alpha = np.ascontiguousarray(to_depth(cut(like.alpha, rect), 8))
        return Encoded(photo.write(shown, "PNG"), "image/png")
    return Encoded(photo.write(shown, "JPEG", quality=95), "image/jpeg")


def _in_colours_of(like: photo.Photo, pixels: np.ndarray) -> photo.Photo:
    """`pixels` in 8 bits, and what says how to show them; without the file's other data."""
    small = np.ascontiguousarray(to_depth(pixels, 8))
    return photo.Photo(
        pixels=small, icc=like.icc, grey=like.grey, neutral=like.neutral, colour=like.colour
    )


def cut(pixels: np.ndarray, rect: Rect) -> np.ndarray:
    """A view of the part."""
    return pixels[rect.top : rect.bottom, rect.left : rect.right]


def most_detailed(pixels: np.ndarray) -> Rect:
    """Where a part of `DETAIL` size shows most: the largest variance in a copy shrunk."""
    height, width = pixels.shape[:2]
    part = Rect(0, 0, min(DETAIL[0], width), min(DETAIL[1], height))
    small = (max(1, width // _COARSE), max(1, height // _COARSE))
    grey = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA).mean(axis=2, dtype="float32")
    window = (max(1, part.width // _COARSE), max(1, part.height // _COARSE))
    mean, square = (cv2.blur(x, window, borderType=cv2.BORDER_REFLECT) for x in (grey, grey**2))
    y, x = np.unravel_index(np.argmax(square - mean**2), grey.shape)
    left = min(max(0, int(x) * _COARSE - part.width // 2), width - part.width)
    top = min(max(0, int(y) * _COARSE - part.height // 2), height - part.height)
    return Rect(left, top, part.width, part.height)
