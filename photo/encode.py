"""Writing: Photo -> a file's bytes, in its own format or another; and what that loses."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PIL import Image

from photo.base import CAPTIONS, COMMENT, MOVED, Photo, PhotoError
from photo.colour import Colour
from photo.depth import to_depth, to_float
from photo.faults import log_unexpected
from photo.format import Format
from photo.metadata.exif import exif_dpi, has_placed_note, tag_names, unknown_types
from photo.metadata.icc import check_icc, coloured, to_srgb
from photo.pixels import over_white, to_array, to_grey, to_rgb
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
    depth = photo.bits or photo.pixels.dtype.itemsize * 8
    if depth > target.depth:
        result.append(f"{target.label} keeps {target.depth} of the {depth} bits per channel.")
    if photo.alpha is not None and not target.alpha:
        result.append(f"{target.label} has no transparency; the picture is placed on white.")
    _, left_out = carried(photo, target)
    if left_out:
        result.append(f"{target.label} cannot hold {_listed(left_out)}.")
    if target.moves_exif and photo.format != target.name and has_placed_note(photo.exif or b""):
        result.append(MOVED)
    unknown = unknown_types(photo.exif or b"") if target.moves_exif else []
    if unknown:
        tags = tag_names(unknown)
        result.append(f"{target.label} cannot hold EXIF data of an unknown type ({tags}).")
    if photo.colour and photo.colour.hdr and "colour" not in target.carries:
        result.append(
            f"{target.label} can state the HDR curve ({photo.colour.hdr}) only in its colour "
            "profile; programs that do not support HDR show the picture too dark."
        )
    return result


def remarks(photo: Photo, format: str | None = None) -> list[str]:
    """All that the person should know of a photo that is written in this format, each once."""
    usual = losses(photo)
    chosen = losses(photo, format) if format else usual
    return [*(note for note in photo.notes if note not in usual), *chosen]


_NAMES = {
    "icc": "the colour profile",
    "exif": "the EXIF data",
    "xmp": "the XMP data",
    "dpi": "the pixel density (DPI)",
}


def _listed(names: list[str]) -> str:
    if len(names) > 9:
        names = [*names[:8], f"{len(names) - 8} other parts"]
    return " and ".join(part for part in (", ".join(names[:-1]), names[-1]) if part)


def carried(photo: Photo, target: Format) -> tuple[Photo, list[str]]:
    """The photo with what this format can hold beside the pixels, and the names of the rest."""
    source = FORMATS[photo.format]
    result, left_out = replace(photo, blocks=list(photo.blocks)), []
    if source is not target:
        source.leave(result)
    if result.colour and result.icc is None and not _states(target, photo, result.colour):
        result.icc = result.colour.profile(result.grey and target.grey)
    for name, label in _NAMES.items():
        value = getattr(result, name)
        if value is None or (name == "dpi" and exif_dpi(result.exif or b"") is not None):
            continue
        too_long = name == "exif" and len(value) > target.longest.get(name, len(value))
        if name not in target.carries or (too_long and source is not target):
            left_out.append(f"{label} of this size" if too_long else label)
            setattr(result, name, None)
    own = [block for block in result.blocks if block.format == target.name]
    other = [block for block in result.blocks if block.format != target.name]
    shared = source.share(other)
    own += target.adopt(shared)
    adopted = target.share(target.adopt(shared))
    for block in other:
        kept = (block.what == CAPTIONS and adopted.photoshop) or (
            block.what == COMMENT and adopted.comments
        )
        if not kept and block.what:
            left_out.append(block.what)
    return replace(result, blocks=own), [*dict.fromkeys(left_out)]


def _states(target: Format, photo: Photo, colour: Colour) -> bool:
    """Whether the format says this colour space of the photo without a profile."""
    own = photo.format == target.name
    return own or ("colour" in target.carries and colour.numbered is not None)


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
        log_unexpected(error, f"writing a {target.label} file")
        raise PhotoError(
            f"The picture cannot be written as {target.label}; choose another format."
        ) from error


def fitted(photo: Photo, target: Format) -> Photo:
    """The photo with pixels, alpha, profile and all else as a format can hold them."""
    photo, _ = carried(photo, target)
    if photo.neutral:
        photo = replace(photo, pixels=to_rgb(to_grey(photo.pixels)))
    depth = target.depth
    if depth < 32 or photo.pixels.dtype != np.float32:
        depth = 16 if depth > 8 and photo.pixels.dtype != np.uint8 else 8
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
        grey = to_grey(photo.pixels)
        icc = coloured(photo.icc) if grey.dtype == np.uint16 else None
        pixels = _srgb_of(photo.icc, grey.dtype)[grey] if icc is None else to_rgb(grey)
        photo = replace(photo, pixels=pixels, icc=icc)
    return replace(photo, grey=False)


def _srgb_of(icc: bytes, dtype: np.dtype) -> np.ndarray:
    """sRGB (N x 3) of each level of grey. The colour engine knows 8 bits; 16 lie between them."""
    levels = Image.fromarray(np.arange(256, dtype=np.uint8)[None])
    table = to_array(to_srgb(levels, icc, []))[0]
    if dtype == np.uint8:
        return table
    steps = np.arange(65536) / 257
    between = [np.interp(steps, np.arange(256), table[:, k]) * 257 for k in range(3)]
    return np.rint(np.stack(between, axis=1)).astype(np.uint16)
