"""BMP."""

from __future__ import annotations

from PIL import BmpImagePlugin

from photo.base import Limits, Photo
from photo.format import Format
from photo.formats._pillow import image_of, read_with, saved

_HEADERS = (12, 16, 40, 52, 56, 64, 108, 124)  # sizes in bytes of the headers there are


def _matches(data: bytes) -> bool:
    return data.startswith(b"BM") and int.from_bytes(data[14:18], "little") in _HEADERS


def _read(data: bytes, limits: Limits) -> Photo:
    return read_with(BmpImagePlugin.BmpImageFile, "BMP", data, limits)


def _write(photo: Photo, quality: int | None) -> bytes:
    return saved(image_of(photo), "BMP", **({"dpi": photo.dpi} if photo.dpi else {}))


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
    carries=frozenset(("dpi",)),
)
