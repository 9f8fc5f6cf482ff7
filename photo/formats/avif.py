"""AVIF."""

from __future__ import annotations

from PIL import AvifImagePlugin

from photo.base import Limits, Photo
from photo.format import Format
from photo.formats._boxes import is_avif
from photo.formats._pillow import image_of, metadata_options, read_with, saved
from photo.metadata.exif import without_orientation


def _read(data: bytes, limits: Limits) -> Photo:
    photo = read_with(AvifImagePlugin.AvifImageFile, "AVIF", data, limits)
    if _is_deep(data):
        photo.notes.append("The AVIF has more than 8 bits a channel, of which 8 were read.")
    return photo


def _is_deep(data: bytes) -> bool:
    at = data.find(b"av1C", 0, 100_000)
    return at >= 0 and at + 6 < len(data) and bool(data[at + 6] & 0x40)


def _write(photo: Photo, quality: int | None) -> bytes:
    options = metadata_options(photo)
    if photo.exif:
        options["exif"] = b"Exif\x00\x00" + without_orientation(photo.exif)
    options.update(quality=quality or FORMAT.quality, subsampling="4:4:4", speed=8)
    return saved(image_of(photo), "AVIF", **options)


# AVIF's scale of quality is not JPEG's: 90 is like 95 there.
FORMAT = Format(
    "AVIF",
    "AVIF",
    "image/avif",
    (".avif",),
    matches=is_avif,
    read=_read,
    write=_write,
    place=6,
    grey=False,
    quality=90,
    side=65535,
    carries=frozenset(("icc", "exif", "xmp")),
)
