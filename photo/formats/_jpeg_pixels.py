"""A JPEG's pixels, through libjpeg-turbo, whose warnings are heard: they mean damage."""

from __future__ import annotations

import io
import re

import numpy as np
import simplejpeg
from PIL import JpegImagePlugin

from photo.base import Limits, Photo, PhotoError
from photo.formats._jpeg_segments import EOI, Walk, bare
from photo.pixels import split, to_array, to_rgb

# Warnings about files that are merely odd: every pixel of theirs is right.
_UNHEARD = "subsampling"  # of a kind that the decoder refuses, so that no damage is heard of
_HARMLESS = (
    "adobe color transform",
    "invalid sos parameters",
    "unrecognized component ids",
    _UNHEARD,
)
_CUT = "The JPEG file is cut short, so part of the picture is missing; copy or download it again."
_TWO_HEADERS = "The JPEG file is damaged (it has two headers); open the original and save it again."
_ZEROS = bytes(64)


def decode(photo: Photo, data: bytes, walk: Walk, limits: Limits) -> None:
    """Put the first picture's pixels into the photo; a note says which part is lost, if any."""
    if not all(walk.size):  # the end came before the header of the picture
        raise PhotoError(_CUT)
    limits.check_size(*walk.size)
    if walk.headers > 1:  # decoders do not agree which of them counts
        raise PhotoError(_TWO_HEADERS)
    whole = data if walk.end == len(data) else data[: walk.end] if walk.end else data + EOI
    warning = ""
    if walk.channels in (1, 3):
        pixels, warning = _decoded(whole, walk.channels)
        photo.grey = walk.channels == 1
        photo.pixels = to_rgb(pixels[..., 0]) if photo.grey else pixels
    else:
        image = JpegImagePlugin.JpegImageFile(io.BytesIO(whole))
        image.load()
        photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, photo.notes)
        warning = warning_of(bare(whole, walk.channels), walk.channels)
    unheard = _UNHEARD in warning
    if warning and not walk.end and (unheard or not data.endswith(_ZEROS)):
        raise PhotoError(_CUT)
    if warning and not is_harmless(warning, whole):
        photo.notes.append(_damage(photo.pixels, whole))


def warning_of(data: bytes, channels: int) -> str:
    """What the decoder warns of; empty where it does not."""
    try:
        simplejpeg.decode_jpeg(data, {1: "GRAY", 3: "RGB"}.get(channels, "CMYK"))
    except ValueError as error:
        return str(error)
    return ""


def _decoded(data: bytes, channels: int) -> tuple[np.ndarray, str]:
    """The pixels, and what the decoder warned of."""
    space = "GRAY" if channels == 1 else "RGB"
    try:
        return simplejpeg.decode_jpeg(data, space), ""
    except ValueError as error:
        warning = str(error)
    try:
        return simplejpeg.decode_jpeg(data, space, strict=False), warning
    except ValueError as error:
        plain = bare(data, channels)
        if plain != data:
            return _decoded(plain, channels)
        if _UNHEARD not in str(error):
            raise
    image = JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    image.load()
    return to_array(image).reshape(image.height, image.width, channels), warning


def is_harmless(warning: str, data: bytes) -> bool:
    """Whether a warning is about padding or oddities and not about pixels."""
    lower = warning.lower()
    extra = re.search(r"(\d+) extraneous bytes before marker 0xd9", lower)
    if extra:
        count = int(extra.group(1))
        padding = data[-2 - count : -2]
        zeros = len(data) - 2 - len(data[:-2].rstrip(b"\0"))
        # More zeros than were left over: some have been taken for pixels.
        return zeros <= count + 8 and not (padding.strip(b"\0") and padding.strip(b"\xff"))
    return any(text in lower for text in _HARMLESS)


def _damage(pixels: np.ndarray, data: bytes) -> str:
    """A sentence that says which part is lost, as well as can be seen."""
    height = len(pixels)
    # Where data lacks, libjpeg fills in middle grey.
    lost = (pixels.reshape(height, -1) == 128).all(axis=1)[::-1]
    good = height - (int(np.argmin(lost)) if not lost.all() else height)
    zeros = data.find(_ZEROS, data.rfind(b"\xff\xda"))
    if zeros > 0:
        good = min(good, height * zeros // len(data))
    if good >= height:
        return "The JPEG file is damaged; parts of the picture may be wrong."
    return (
        f"The JPEG file is damaged: about {round(100 * (height - good) / height) or 1} % of the "
        "picture, at its bottom, is lost."
    )
