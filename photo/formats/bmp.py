"""BMP, with the profile that its fifth version can hold."""

from __future__ import annotations

import struct

import numpy as np
from PIL import BmpImagePlugin

from photo.base import Limits, Photo
from photo.colour import Colour, known
from photo.format import Format
from photo.formats._pillow import image_of, read_with, saved

_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # sizes in bytes of the headers there are
_EMBEDDED, _LINKED, _CALIBRATED = 0x4D424544, 0x4C494E4B, 0
_SPACE, _POINTS, _GAMMA, _PROFILE = 14 + 56, 14 + 60, 14 + 96, 14 + 112


def _matches(data: bytes) -> bool:
    return data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _HEADERS


def _read(data: bytes, limits: Limits) -> Photo:
    photo = read_with(BmpImagePlugin.BmpImageFile, "BMP", data, limits)
    if photo.alpha is not None and not photo.alpha.any():  # many programs leave it zero
        photo.alpha = None
    version = int.from_bytes(data[14:18], "little")
    if version < 108:
        return photo
    (space,) = struct.unpack_from("<I", data, _SPACE)
    if space == _CALIBRATED:
        colour = _colour(data)
        photo.icc = colour.profile(photo.grey) if colour else None
    elif space == _EMBEDDED and version == 124:
        start, length = struct.unpack_from("<II", data, _PROFILE)
        photo.icc = data[14 + start : 14 + start + length]
    elif space == _LINKED:
        photo.notes.append("The BMP's colour profile is in a separate file, so it was not used.")
    return photo


def _colour(data: bytes) -> Colour | None:
    """The primaries and gamma that a header may state; many leave them zero."""
    xyz = np.array(struct.unpack_from("<9i", data, _POINTS), float).reshape(3, 3)
    gamma = struct.unpack_from("<I", data, _GAMMA)[0] / 65536
    sums = xyz.sum(axis=1)
    if (sums <= 0).any() or not 0.2 < gamma < 5:
        return None
    white = xyz.sum(axis=0)
    points = (*(xyz[:, :2] / sums[:, None]).ravel(), *(white[:2] / white.sum()))
    return known(Colour(chromaticities=tuple(map(float, points)), gamma=gamma))


def _write(photo: Photo, quality: int | None) -> bytes:
    plain = saved(image_of(photo), "BMP", dpi=photo.dpi or (0, 0))  # else Pillow states 96
    return _with_profile(plain, photo.icc) if photo.icc else plain


def _with_profile(plain: bytes, icc: bytes) -> bytes:
    """Pillow's file (header of 40 bytes) with the header of 124 that names a profile."""
    grown = 124 - 40
    (start,) = struct.unpack_from("<I", plain, 10)
    head = struct.pack("<2sIII", b"BM", len(plain) + grown + len(icc), 0, start + grown)
    head += struct.pack("<I", 124) + plain[18:54] + bytes(16)
    head += struct.pack("<I48x", _EMBEDDED)
    head += struct.pack("<IIII", 4, len(plain) - 14 + grown, len(icc), 0)
    return head + plain[54:] + icc


FORMAT = Format(
    "BMP",
    "BMP",
    "image/bmp",
    (".bmp", ".dib"),
    matches=_matches,
    read=_read,
    write=_write,
    place=7,
    alpha=False,
    carries=frozenset(("icc", "dpi")),
)
