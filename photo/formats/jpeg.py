"""JPEG, also as the first picture of an MPO."""

from __future__ import annotations

import io
from dataclasses import replace

from PIL import ImageFile, JpegImagePlugin

from photo.base import Limits, Photo, PhotoError
from photo.format import Format
from photo.formats._pillow import image_of, metadata_options, read_with, saved

_MAX_SCANS = 500
BLOCK = 65_000  # what one JPEG segment can hold


def _read(data: bytes, limits: Limits) -> Photo:
    if data.count(b"\xff\xda") > _MAX_SCANS:
        raise PhotoError("The JPEG repeats itself more than any photograph does; save it again.")

    def plugin(stream: io.BytesIO) -> ImageFile.ImageFile:
        image = JpegImagePlugin.jpeg_factory(stream)
        if image.info.get("jfif_unit") not in (1, 2):
            image.info.pop("dpi", None)
        return image

    return read_with(plugin, "JPEG", data, limits)


def _write(photo: Photo, quality: int | None) -> bytes:
    """Without chroma subsampling."""
    if len(photo.exif or b"") > BLOCK:
        photo = replace(photo, exif=None)
    if len(photo.xmp or b"") > BLOCK:
        photo = replace(photo, xmp=None)
    options = metadata_options(photo)
    if photo.dpi:
        options["dpi"] = photo.dpi
    quality = quality or FORMAT.quality
    return saved(image_of(photo), "JPEG", quality=quality, subsampling=0, **options)


# Quality 95 keeps JPEG's own error near one grey level.
FORMAT = Format(
    "JPEG",
    "JPEG",
    "image/jpeg",
    (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"),
    matches=lambda data: data.startswith(b"\xff\xd8\xff"),
    read=_read,
    write=_write,
    place=1,
    alpha=False,
    quality=95,
    side=65500,
)
