"""What the child does for the page: a picture, a file of a batch, and making itself ready.

These functions run in the process of `ui/child.py`; the page only names them (`Job.call`). Whatever
they need comes as an argument, and what they make goes back as their result.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace

import cv2
import numpy as np

import helper
import photo
from ui.child import Task

LOSSLESS_UP_TO = 1_200_000  # pixels that are shown as PNG; a larger PNG takes seconds to encode
SHOWN_UP_TO = 40_000_000  # pixels that are shown at full size; phones cannot hold more
THUMBNAIL = 72  # pixels


@dataclass(frozen=True)
class Encoded:
    """A picture ready for a browser: its file's bytes and their media type."""

    data: bytes
    mime: str


@dataclass(frozen=True)
class Clean:
    """A result at full strength: its pixels and what the browser shows of them.

    before, sigma: the picture's noise level and what is left of it, in grey levels.
    """

    pixels: np.ndarray
    shown: Encoded
    before: float
    sigma: float
    full: bool


@dataclass(frozen=True)
class Denoised:
    """A finished file: what it is called in the ZIP (before names are made unique), its bytes."""

    name: str
    data: bytes
    size: tuple[int, int]
    thumbnails: tuple[str, str]


def get_ready(task: Task) -> None:
    """Import TensorFlow, load the weights and trace the network while the visitor looks around."""
    grey = np.full((64, 64, 3), 128, np.uint8)
    helper.denoise(grey)
    helper.denoise(grey, mode="fit")


def quick(task: Task, opened: photo.Photo) -> Clean:
    """The first version's way: the whole picture at 512 x 512, in a fraction of a second."""
    return _clean(opened, helper.denoise(opened.pixels, mode="fit"), full=False)


def full(task: Task, opened: photo.Photo) -> Clean:
    """The picture at its own resolution. Raises helper.Cancelled."""
    pixels = helper.denoise(opened.pixels, progress=task.report, cancelled=task.cancelled)
    return _clean(opened, pixels, full=True)


def file(
    task: Task, data: bytes, name: str, strength: float, file_format: str | None, quality: int
) -> Denoised:
    """A file of a batch, from bytes to bytes. Raises PhotoError, helper.Cancelled."""
    opened = photo.read(data, name)
    pixels = helper.denoise(
        opened.pixels, strength=strength, progress=task.report, cancelled=task.cancelled
    )
    kind = file_format or photo.default_format(opened)
    written = photo.write(replace(opened, pixels=pixels), kind, quality=quality)
    thumbnails = (_thumbnail(opened.pixels), _thumbnail(pixels))
    size = (opened.width, opened.height)
    return Denoised(photo.output_name(name, kind, "-denoised"), written, size, thumbnails)


def _clean(opened: photo.Photo, pixels: np.ndarray, full: bool) -> Clean:
    before, left = (helper.estimate_noise(each) for each in (opened.pixels, pixels))
    return Clean(pixels, encode(opened, pixels), before, left, full)


def encode(like: photo.Photo, pixels: np.ndarray) -> Encoded:
    """What a browser shows of `pixels`: 8 bit, with the profile and alpha of `like`."""
    height, width = pixels.shape[:2]
    shown = photo.Photo(pixels=eight_bit(pixels), icc=like.icc, grey=like.grey)
    if like.alpha is not None:
        shown.alpha = eight_bit(like.alpha)
    elif height * width > SHOWN_UP_TO:
        half = (width // 2, height // 2)
        shown.pixels = cv2.resize(shown.pixels, half, interpolation=cv2.INTER_AREA)
    if like.alpha is not None or height * width <= LOSSLESS_UP_TO:
        return Encoded(photo.write(shown, "PNG"), "image/png")
    return Encoded(photo.write(shown, "JPEG", quality=95), "image/jpeg")


def eight_bit(pixels: np.ndarray) -> np.ndarray:
    """uint8, uint16 or float32 in [0, 1] -> uint8."""
    if pixels.dtype == np.uint8:
        return pixels
    if pixels.dtype == np.uint16:
        return cv2.convertScaleAbs(pixels, alpha=1 / 257)
    return cv2.convertScaleAbs(np.clip(pixels, 0, 1), alpha=255)


def _thumbnail(pixels: np.ndarray) -> str:
    """A data address of the middle of the picture, small."""
    side = min(pixels.shape[:2])
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    square = pixels[top : top + side, left : left + side]
    small = cv2.resize(eight_bit(square), (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    data = photo.write(photo.Photo(pixels=small), "WEBP", quality=80)
    return f"data:image/webp;base64,{base64.b64encode(data).decode()}"
