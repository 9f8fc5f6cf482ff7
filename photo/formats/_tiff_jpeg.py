"""A TIFF whose strips or tiles are JPEGs: checked for damage, which Pillow passes over."""

from __future__ import annotations

from photo.base import Photo, PhotoError
from photo.formats import _tiff_checks as checks
from photo.formats import _tiff_parts as parts
from photo.formats._jpeg_pixels import is_harmless, warning_of
from photo.formats._jpeg_segments import EOI, SOI, walk
from photo.metadata.ifd import Directory

_DAMAGED = "The TIFF is damaged; parts of the picture may be wrong."
_MAX_SCANS = 500


def check(photo: Photo, data: bytes, main: Directory) -> None:
    """Raise PhotoError if a part of the picture is cut short; a note says if one is damaged."""
    tables = parts.tables(main)
    damaged = [
        _is_damaged(SOI + tables + data[start : start + length].removeprefix(SOI), main)
        for start, length in parts.places(data, main)
    ]
    if any(damaged):
        photo.notes.append(_DAMAGED)


def _is_damaged(whole: bytes, main: Directory) -> bool:
    """Whether a strip or tile is, with its tables."""
    found = walk(whole)
    if not parts.fits(found.size, main) or found.headers != 1 or found.scans > _MAX_SCANS:
        raise PhotoError(checks.CUT)
    if found.channels not in (1, 3, 4):
        return False
    whole = whole[: found.end] if found.end else whole + EOI
    warning = warning_of(whole, found.channels)
    if not warning or is_harmless(warning, whole):
        return False
    if not found.end:
        raise PhotoError(checks.CUT)
    return True
