"""Reading: a file's bytes -> Photo."""

from __future__ import annotations

import warnings

import cv2

from photo.base import Limits, Photo, PhotoError
from photo.encode import losses
from photo.faults import log_unexpected
from photo.format import Format
from photo.metadata.exif import exif_dpi, strip_prefix
from photo.metadata.exif import orientation_of as exif_says
from photo.metadata.icc import check_icc
from photo.metadata.ifd import BrokenMetadata
from photo.metadata.turn import Turn
from photo.metadata.xmp import orientation_of as xmp_says
from photo.pixels import equal_channels, upright
from photo.registry import sniff
from photo.truth import make_true

# Damaged metadata is the file's business, said in Photo.notes, and not a developer's. Both are
# settings of the process, made once here: switching them around each call is not thread-safe.
warnings.filterwarnings("ignore", module=r"PIL\.")
cv2.utils.logging.setLogLevel(0)

_DEFAULT_LIMITS = Limits()


def read(data: bytes, name: str = "", limits: Limits = _DEFAULT_LIMITS) -> Photo:
    """A file's bytes -> its (first) picture, upright, with everything that has to come back.

    The kind of file is seen from its bytes, never from `name`, which is only kept. Size and pixel
    count are checked before a pixel is decoded. Raises PhotoError, and nothing else.
    """
    limits.check_bytes(len(data))
    kind = sniff(data)
    try:
        photo = kind.read(data, limits)
        photo.name = name
        _finish(photo, kind)
    except PhotoError:
        raise
    except MemoryError as error:
        raise PhotoError("There is not enough memory for this picture; make it smaller.") from error
    except Exception as error:  # decoders of untrusted bytes raise whatever comes
        log_unexpected(error, f"reading a {kind.label} file")
        raise PhotoError(_sentence(kind, error)) from error
    return photo


def _sentence(kind: Format, error: Exception) -> str:
    label, text = kind.label, f"{type(error).__name__} {error}".lower()
    if any(word in text for word in ("truncated", "eof", "cut", "incomplete", "end of file")):
        return (
            f"The {label} file is cut short, so part of the picture is missing; "
            "copy or download it again."
        )
    if any(word in text for word in ("cannot handle", "unsupported", "not supported", "unknown")):
        return f"The {label} file is of an unusual kind that is not supported; save it as PNG."
    return f"The {label} file is damaged and cannot be read; open the original and save it again."


def _finish(photo: Photo, kind: Format) -> None:
    """Check the metadata, turn the picture upright, and say what the person should know."""
    if photo.exif is not None:
        photo.exif = strip_prefix(photo.exif)
    said = exif_says(photo.exif or b"") or xmp_says(photo.xmp or b"") or 1
    turn = Turn(photo.turned or said, (photo.width, photo.height))
    if photo.turned and turn.swaps:
        turn = Turn(turn.orientation, turn.stored[::-1])
    if not photo.turned:
        photo.pixels = upright(photo.pixels, said)
        photo.alpha = None if photo.alpha is None else upright(photo.alpha, said)
    make_true(photo, kind, turn)
    if photo.dpi is None and photo.exif is not None:
        photo.dpi = exif_dpi(photo.exif)
    elif photo.dpi is not None and turn.swaps:
        photo.dpi = photo.dpi[::-1]
    if photo.icc is not None:
        _check_profile(photo)
    photo.neutral = not photo.grey and equal_channels(photo.pixels)
    if photo.frames > 1:
        photo.notes.append(
            f"The file holds {photo.frames} pictures; only the first was taken, "
            "and the result holds one."
        )
    photo.notes = [*dict.fromkeys(photo.notes), *losses(photo)]


def _check_profile(photo: Photo) -> None:
    try:
        space = check_icc(photo.icc or b"")
    except BrokenMetadata:
        photo.icc = None
        photo.notes.append("The file's colour profile is damaged and was left out.")
        return
    if space not in (("RGB", "GRAY") if photo.grey else ("RGB",)):
        photo.icc = None
        photo.notes.append(
            "The file's colour profile is for another kind of picture, so it was left out."
        )
