"""What the formats that Pillow reads and writes have in common."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image, ImageFile

from photo.base import COMMENT, Block, Limits, Photo
from photo.metadata.density import clean_dpi
from photo.pixels import split, to_grey

Open = Callable[[io.BytesIO], ImageFile.ImageFile]


def read_with(plugin: Open, name: str, data: bytes, limits: Limits) -> Photo:
    """A file -> Photo, not yet upright, through one plug-in of Pillow.

    The plug-in is called by name: nothing else is tried on untrusted bytes, and Pillow's own
    size check, a global setting, is replaced by the limits.
    """
    image = plugin(io.BytesIO(data))
    limits.check_size(*image.size)
    photo = Photo(np.empty((0, 0, 3), np.uint8), format=name)
    photo.frames = int(getattr(image, "n_frames", 1))
    if image.tell() != 0:
        image.seek(0)
    image.load()
    info = image.info
    photo.icc, photo.xmp, photo.exif = (info.get(k) for k in ("icc_profile", "xmp", "exif"))
    photo.dpi = clean_dpi(info.get("dpi"))
    if isinstance(info.get("comment"), bytes):
        photo.blocks.append(Block(name, "comment", info["comment"], COMMENT))
    photo.pixels, photo.alpha, photo.grey, photo.icc = split(image, photo.icc, photo.notes)
    return photo


def image_of(photo: Photo) -> Image.Image:
    """The uint8 pixels and alpha of a photo as a Pillow image; one channel where it is grey."""
    image = Image.fromarray(to_grey(photo.pixels) if photo.grey else photo.pixels)
    if photo.alpha is not None:
        image.putalpha(Image.fromarray(photo.alpha))
    return image


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    """The image as a file of this format."""
    sink = io.BytesIO()
    image.info.clear()
    image.save(sink, name, **options)
    return sink.getvalue()


def metadata_options(photo: Photo) -> dict[str, Any]:
    """The photo's profile, EXIF and XMP as Pillow's `save` takes them."""
    options: dict[str, Any] = {"icc_profile": photo.icc or b""}
    if photo.exif:
        options["exif"] = b"Exif\x00\x00" + photo.exif
    if photo.xmp:
        options["xmp"] = photo.xmp
    return options
