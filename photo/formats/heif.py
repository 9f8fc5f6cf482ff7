"""HEIC and other HEIF, which is only read."""

from __future__ import annotations

import io
from typing import Any

import numpy as np

from photo.base import Limits, Photo, PhotoError
from photo.depth import stretch
from photo.format import Format
from photo.formats._boxes import is_heif
from photo.pixels import to_rgb


def _read(data: bytes, limits: Limits) -> Photo:
    """Upright already; 10 and 12 bits become uint16."""
    try:
        import pillow_heif
    except ImportError as error:
        raise PhotoError("HEIC needs the package pillow-heif; save it as JPEG instead.") from error
    file = pillow_heif.open_heif(
        io.BytesIO(data), convert_hdr_to_8bit=False, hdr_to_16bit=True, bgr_mode=False
    )
    first = file[file.primary_index]
    limits.check_size(*first.size)
    array = np.array(first)
    limits.check_size(array.shape[1], array.shape[0])
    info: dict[str, Any] = first.info
    photo = Photo(np.empty((0, 0, 3), np.uint8), format="HEIF", frames=len(file))
    photo.icc, photo.exif = info.get("icc_profile"), info.get("exif")
    photo.xmp = info.get("xmp")
    bits = int(info.get("bit_depth", 8))
    if array.dtype == np.uint16:
        array = _full_range(array, bits)
    channels = array[..., None] if array.ndim == 2 else array
    photo.grey = channels.shape[2] <= 2 or info.get("chroma") == 400
    photo.pixels = to_rgb(channels[..., 0]) if photo.grey else channels[..., :3]
    if channels.shape[2] in (2, 4):
        photo.alpha = channels[..., -1]
    return photo


def _full_range(array: np.ndarray, bits: int) -> np.ndarray:
    """libheif's values shifted up to 16 bits -> the whole range, so that white is 65535."""
    return stretch(array >> (16 - bits), bits)


FORMAT = Format(
    "HEIF",
    "HEIC",
    "image/heic",
    (".heic", ".heif", ".hif"),
    matches=is_heif,
    read=_read,
    place=5,
    depth=16,
    upright=True,
)
