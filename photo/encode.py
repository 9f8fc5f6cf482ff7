"""Writing: Photo -> a file's bytes, in its own format or another; and what that loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from photo.base import Photo, PhotoError
from photo.depth import to_depth, to_float
from photo.format import Format
from photo.formats._pillow import image_of
from photo.formats.jpeg import BLOCK
from photo.metadata.exif import exif_dpi
from photo.metadata.icc import check_icc, to_srgb
from photo.pixels import over_white, to_array
from photo.registry import FORMATS, format_named


def default_format(photo: Photo) -> str:
    """The name of the format that `write` uses unless told: the file's own where it can be.

    HEIC becomes JPEG, or PNG where it has alpha or more than 8 bits; GIF, with its 256 colours,
    becomes PNG.
    """
    own = FORMATS[photo.format]
    if own.written and (own.alpha or photo.alpha is None):
        return own.name
    plain = photo.alpha is None and photo.pixels.dtype == np.uint8
    return "JPEG" if photo.format == "HEIF" and plain else "PNG"


def losses(photo: Photo, format: str | None = None) -> list[str]:
    """Sentences for the person: what writing this photo in this format changes or cannot keep."""
    target = format_named(format or default_format(photo))
    result = []
    if format is None and target.name != photo.format:
        result.append(f"{FORMATS[photo.format].label} is written as {target.label}.")
    depth = photo.pixels.dtype.itemsize * 8
    if depth > target.depth:
        result.append(f"{target.label} keeps {target.depth} of the picture's {depth} bits.")
    if photo.alpha is not None and not target.alpha:
        result.append(f"{target.label} has no transparency; the picture is laid over white.")
    if "icc" not in target.carries and (photo.icc or photo.exif or photo.xmp):
        result.append(f"{target.label} cannot hold the colour profile and the EXIF data.")
    if "dpi" not in target.carries and photo.dpi and not exif_dpi(photo.exif or b""):
        result.append(f"{target.label} cannot hold the pixel density (DPI).")
    if target.name == "JPEG" and len(photo.exif or b"") > BLOCK:
        result.append("JPEG cannot hold EXIF data of this size; it is left out.")
    return result


def write(photo: Photo, format: str | None = None, quality: int | None = None) -> bytes:
    """The photo as a file: by default in its own format, or a name of `WRITABLE`.

    Keeps bit depth, alpha, grey-ness, ICC profile, EXIF, XMP and DPI as far as the format can
    (`losses` says what it cannot). quality: 1-100 for JPEG, WebP and AVIF; `Format.quality` is
    the default. JPEG is written without chroma subsampling; PNG, TIFF and JPEG 2000 are lossless.
    Raises PhotoError.
    """
    target = format_named(format or default_format(photo))
    if target.write is None:
        raise PhotoError(f"{target.label} files cannot be written; choose JPEG, PNG or TIFF.")
    if quality is not None and not 1 <= quality <= 100:
        raise PhotoError("The quality must be a whole number from 1 to 100.")
    if max(photo.width, photo.height) > target.side:
        raise PhotoError(
            f"{target.label} allows at most {target.side} pixels a side; choose TIFF or PNG."
        )
    try:
        return target.write(fitted(photo, target), quality)
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("There is not enough memory to write this picture.") from error
    except Exception as error:
        raise PhotoError(
            f"The picture cannot be written as {target.label}; choose another format."
        ) from error


def fitted(photo: Photo, target: Format) -> Photo:
    """The photo with pixels, alpha and profile as a format can hold them."""
    depth = target.depth
    if depth < 32 or photo.pixels.dtype != np.float32:
        depth = 16 if depth >= 16 and photo.pixels.dtype != np.uint8 else 8
    pixels, alpha = (
        array if array is None else (to_float(array) if depth == 32 else to_depth(array, depth))
        for array in (photo.pixels, photo.alpha)
    )
    assert pixels is not None
    if alpha is not None and not target.alpha:
        pixels, alpha = over_white(pixels, alpha), None
    photo = replace(photo, pixels=pixels, alpha=alpha)
    if photo.grey and not target.grey:
        photo = _coloured(photo)
    return photo


def _coloured(photo: Photo) -> Photo:
    """A grey photo for a format of three channels: a grey profile does not fit these."""
    if photo.icc is not None and check_icc(photo.icc) == "GRAY":
        grey = image_of(replace(photo, alpha=None))
        photo = replace(photo, pixels=to_array(to_srgb(grey, photo.icc, [])), icc=None)
    return replace(photo, grey=False)
