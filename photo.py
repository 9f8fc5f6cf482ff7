"""A file's bytes <-> Photo: `read` takes a picture and all that belongs to it, `write` returns it.

Nothing else in the project knows file formats; the rooms in `formats/` are this one's.
Everything happens in memory, with no temporary file, program or network, and calls from several
threads do not meet.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import cv2
import numpy as np
from PIL import Image

from formats.base import Limits, Photo, PhotoError
from formats.ifd import BrokenMetadata
from formats.jp2 import read_jp2, write_jp2
from formats.kinds import (
    EXTENSIONS,
    FORMATS,
    WRITABLE,
    Format,
    format_named,
    output_name,
    sniff,
    unique_names,
)
from formats.meta import check_icc, exif_dpi, upright_exif, upright_xmp
from formats.pixels import one, over_white, to_depth, to_float, to_srgb, upright
from formats.plain import read_heif, read_plain, write_plain
from formats.png import read_png, write_deep_png, write_png
from formats.tiff import read_tiff
from formats.tiff_write import write_tiff

__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "WRITABLE",
    "Format",
    "Limits",
    "Photo",
    "PhotoError",
    "default_format",
    "format_named",
    "losses",
    "output_name",
    "read",
    "unique_names",
    "write",
]

# Damaged metadata is the file's business, told in Photo.notes, and not a developer's. Both are
# settings of the process, made once here: switching them around each call is not thread-safe.
warnings.filterwarnings("ignore", module=r"PIL\.")
(getattr(cv2, "setLogLevel", None) or cv2.utils.logging.setLogLevel)(0)  # OpenCV 4 or 5

_DEFAULT_LIMITS = Limits()
_JPEG_BLOCK = 65_000  # what one JPEG segment can hold


def read(data: bytes, name: str = "", limits: Limits = _DEFAULT_LIMITS) -> Photo:
    """A file's bytes -> its (first) picture, upright, with everything that has to come back.

    The kind of file is told by its bytes, never by `name`, which is only kept. Size and pixel
    count are checked before a pixel is decoded. Raises PhotoError, and nothing else.
    """
    limits.check_bytes(len(data))
    kind = sniff(data)
    try:
        photo = _decode(kind, data, limits)
        photo.name = name
        _finish(photo)
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("There is not enough memory for this picture; make it smaller.") from error
    except Exception as error:  # decoders of strangers' bytes raise whatever comes
        raise PhotoError(_sentence(kind, error)) from error
    return photo


def _decode(kind: str, data: bytes, limits: Limits) -> Photo:
    if kind == "PNG":
        return read_png(data, limits)
    if kind == "TIFF":
        return read_tiff(data, limits)
    if kind == "JPEG2000":
        return read_jp2(data, limits)
    if kind == "HEIF":
        return read_heif(data, limits)
    return read_plain(kind, data, limits)


def _sentence(kind: str, error: Exception) -> str:
    label, text = FORMATS[kind].label, f"{type(error).__name__} {error}".lower()
    if any(word in text for word in ("truncated", "eof", "cut", "incomplete", "end of file")):
        return (
            f"The {label} file is cut short, so part of the picture is missing; "
            "copy or download it again."
        )
    if any(word in text for word in ("cannot handle", "unsupported", "not supported", "unknown")):
        return f"The {label} file is of an unusual kind that is not supported; save it as PNG."
    return f"The {label} file is damaged and cannot be read; open the original and save it again."


def _finish(photo: Photo) -> None:
    """Check the metadata, turn the picture upright, and say what the person should know."""
    orientation = 1
    if photo.exif is not None:
        try:
            photo.exif, orientation = upright_exif(photo.exif)
        except BrokenMetadata:
            photo.exif = None
            photo.notes.append("The file's EXIF data is damaged and was left out.")
    if photo.format in ("TIFF", "HEIF"):
        orientation = 1  # their readers have turned the picture
    if photo.dpi is None and photo.exif is not None:
        photo.dpi = exif_dpi(photo.exif)
    if photo.icc is not None:
        _check_profile(photo)
    if photo.xmp is not None:
        photo.xmp = upright_xmp(photo.xmp)
    photo.pixels = upright(photo.pixels, orientation)
    if photo.alpha is not None:
        photo.alpha = upright(photo.alpha, orientation)
    if photo.frames > 1:
        photo.notes.append(
            f"The file holds {photo.frames} pictures; only the first was taken, "
            "and the result holds one."
        )
    photo.notes += losses(photo) if photo.format != default_format(photo) else []


def _check_profile(photo: Photo) -> None:
    try:
        space = check_icc(photo.icc or b"")
    except BrokenMetadata:
        photo.icc = None
        photo.notes.append("The file's colour profile is damaged and was left out.")
        return
    if space not in (("RGB", "GRAY") if photo.grey else ("RGB",)):
        photo.icc = None
        photo.notes.append("The file's colour profile is for another kind of picture; left out.")


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
    if target.name == "BMP" and (photo.icc or photo.exif or photo.xmp):
        result.append("BMP cannot hold the colour profile and the EXIF data.")
    if target.name in ("WEBP", "AVIF") and photo.dpi and not exif_dpi(photo.exif or b""):
        result.append(f"{target.label} cannot hold the pixel density (DPI).")
    if target.name == "JPEG" and len(photo.exif or b"") > _JPEG_BLOCK:
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
    if not target.written:
        raise PhotoError(f"{target.label} files cannot be written; choose JPEG, PNG or TIFF.")
    if quality is not None and not 1 <= quality <= 100:
        raise PhotoError("The quality must be a whole number from 1 to 100.")
    if max(photo.width, photo.height) > target.side:
        raise PhotoError(
            f"{target.label} allows at most {target.side} pixels a side; choose TIFF or PNG."
        )
    try:
        return _encode(photo, target, quality)
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("There is not enough memory to write this picture.") from error
    except Exception as error:
        raise PhotoError(
            f"The picture cannot be written as {target.label}; choose another format."
        ) from error


def _encode(photo: Photo, target: Format, quality: int | None) -> bytes:
    pixels, alpha = photo.pixels, photo.alpha
    if target.name == "TIFF":
        if alpha is not None and alpha.dtype != pixels.dtype:
            bits = pixels.dtype.itemsize * 8
            alpha = to_float(alpha) if bits == 32 else to_depth(alpha, bits)
        return write_tiff(photo, pixels, alpha)
    bits = 16 if target.depth >= 16 and pixels.dtype != np.uint8 else 8
    pixels = to_depth(pixels, bits)
    alpha = None if alpha is None else to_depth(alpha, bits)
    if target.name == "JPEG2000":
        return write_jp2(photo, pixels, alpha)
    if bits == 16:
        return write_deep_png(photo, pixels, alpha)
    if alpha is not None and not target.alpha:
        pixels, alpha = over_white(pixels, alpha), None
    photo, image = _image(photo, target, pixels, alpha)
    if target.name == "PNG":
        return write_png(photo, image)
    lossless = photo.lossless and quality is None and photo.format == target.name
    return write_plain(photo, target.name, image, quality, lossless)


def _image(
    photo: Photo, target: Format, pixels: np.ndarray, alpha: np.ndarray | None
) -> tuple[Photo, Image.Image]:
    """The final 8-bit Pillow image, and the photo with what fits beside it."""
    image = Image.fromarray(one(pixels) if photo.grey else pixels)
    if photo.grey and not target.grey:
        if photo.icc is not None and check_icc(photo.icc) == "GRAY":
            image, photo = to_srgb(image, photo.icc, []), replace(photo, icc=None)
        else:
            image = image.convert("RGB")
    if alpha is not None:
        image.putalpha(Image.fromarray(alpha))
    if target.name == "JPEG":
        if len(photo.exif or b"") > _JPEG_BLOCK:
            photo = replace(photo, exif=None)
        if len(photo.xmp or b"") > _JPEG_BLOCK:
            photo = replace(photo, xmp=None)
    return photo, image
