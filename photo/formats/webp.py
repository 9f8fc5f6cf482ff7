"""WebP."""

from __future__ import annotations

import struct

from PIL import WebPImagePlugin

from photo.base import Limits, Photo, PhotoError
from photo.format import Format
from photo.formats._pillow import image_of, metadata_options, read_with, saved


def _read(data: bytes, limits: Limits) -> Photo:
    limits.check_size(*_size(data))
    photo = read_with(WebPImagePlugin.WebPImageFile, "WEBP", data, limits)
    photo.lossless = data[12:16] != b"VP8 " and b"VP8L" in data[12:200_000]
    return photo


def _size(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk: Pillow's decoder reserves memory as it opens."""
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise PhotoError("The WebP is cut short; copy or download it again.")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise PhotoError("The WebP is damaged; copy or download it again.")


def _write(photo: Photo, quality: int | None) -> bytes:
    """Lossless where the photo came so and no quality is asked for."""
    lossless = photo.lossless and quality is None and photo.format == "WEBP"
    options = metadata_options(photo)
    options.update(lossless=lossless, exact=lossless, method=4, quality=quality or FORMAT.quality)
    return saved(image_of(photo), "WEBP", **options)


FORMAT = Format(
    "WEBP",
    "WebP",
    "image/webp",
    (".webp",),
    matches=lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
    read=_read,
    write=_write,
    place=3,
    grey=False,
    quality=95,
    side=16383,
    carries=frozenset(("icc", "exif", "xmp")),
)
