"""A TIFF whose strips or tiles are JPEGs: checked for damage, which Pillow passes over."""

from __future__ import annotations

import photo.formats._tiff_tags as tags
from photo.base import MEGABYTE, Photo, PhotoError
from photo.formats import _tiff_checks as checks
from photo.formats._jpeg_pixels import is_harmless, warning_of
from photo.formats._jpeg_segments import EOI, SOI, walk
from photo.metadata.ifd import Directory

_DAMAGED = "The TIFF is damaged; parts of the picture may be wrong."
_PADDING = 32  # pixels by which a JPEG may be larger than its place
_MAX_SCANS, _LONGEST_TABLES, _MOST_PARTS = 500, 100_000, 100_000


def check(photo: Photo, data: bytes, main: Directory) -> None:
    """Raise PhotoError if a part of the picture is cut short; a note says if one is damaged."""
    across, down, count = checks.grid(main)
    if count > _MOST_PARTS:
        raise PhotoError(checks.KIND.format("a great many small tiles"))
    places = checks.places(data, main)[:count]
    # Parts that lie over each other would be walked again and again.
    if sum(length for _, length in places) > 2 * len(data) + MEGABYTE:
        raise PhotoError(checks.CUT)
    tables, room = _tables(main), (across + _PADDING) * (down + _PADDING)
    damaged = [_is_damaged(data[start : start + length], tables, room) for start, length in places]
    if any(damaged):
        photo.notes.append(_DAMAGED)


def _tables(main: Directory) -> bytes:
    """The tables that all parts share, without their frame."""
    entry = main.entries.get(tags.JPEG_TABLES)
    if entry is None:
        return b""
    if len(entry.raw) > _LONGEST_TABLES:  # each part gets a copy
        raise PhotoError(checks.CUT)
    return bytes(entry.raw).removeprefix(SOI).removesuffix(EOI)


def _is_damaged(part: bytes, tables: bytes, room: int) -> bool:
    """Whether a strip or tile of at most so many pixels is."""
    whole = SOI + tables + part.removeprefix(SOI)
    found = walk(whole)
    width, height = found.size
    if not width * height or width * height > room or found.scans > _MAX_SCANS:
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
