"""EXIF blocks: checked, made upright, without their thumbnail."""

from __future__ import annotations

import struct

from photo.metadata.density import clean_dpi
from photo.metadata.ifd import EXIF, BrokenMetadata, Directory, parse, read_header

ORIENTATION = 0x0112
_WIDTH, _HEIGHT = 0xA002, 0xA003
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202


def upright_exif(exif: bytes) -> tuple[bytes, int]:
    """The block with orientation 1 and no thumbnail, and the orientation (1-8) it had.

    Patched where it lies and not written anew: a maker note holds offsets into the block, which
    stay true only if nothing moves. Raises BrokenMetadata.
    """
    data = bytearray(strip_prefix(exif))
    order, first, big = read_header(data)
    if big:
        raise BrokenMetadata("no EXIF block")
    # The directories look into `data`, which must not shrink meanwhile: they get a copy.
    main = parse(bytes(data), first, order, strict=True)
    orientation = main.integer(ORIENTATION, 1)
    if not 1 <= orientation <= 8:
        orientation = 1
    if ORIENTATION in main.entries:
        place = main.entries[ORIENTATION].place
        struct.pack_into(f"{order}HHIHH", data, place, ORIENTATION, 3, 1, 1, 0)
    if orientation >= 5 and EXIF in main.subs:
        _swap_sides(data, main.subs[EXIF])
    _drop_thumbnail(data, main)
    return bytes(data), orientation


def without_orientation(exif: bytes) -> bytes:
    """The block without its orientation tag; only the records behind it move up.

    For AVIF, where Pillow would write a block that has one anew and so move a maker note.
    """
    order, first, _ = read_header(exif)
    main = parse(exif, first, order)
    if ORIENTATION not in main.entries:
        return exif
    place, end = main.entries[ORIENTATION].place, main.end + 4
    data = bytearray(exif)
    data[place:end] = data[place + 12 : end] + bytes(12)
    (count,) = struct.unpack_from(f"{order}H", data, first)
    struct.pack_into(f"{order}H", data, first, count - 1)
    return bytes(data)


def strip_prefix(exif: bytes) -> bytes:
    """The block without the marker that JPEG puts before it."""
    return exif[6:] if exif.startswith(b"Exif\x00\x00") else exif


def _swap_sides(data: bytearray, inner: Directory) -> None:
    if _WIDTH in inner.entries and _HEIGHT in inner.entries:
        one, two = inner.entries[_WIDTH].place + 2, inner.entries[_HEIGHT].place + 2
        data[one : one + 10], data[two : two + 10] = data[two : two + 10], data[one : one + 10]


def _drop_thumbnail(data: bytearray, main: Directory) -> None:
    if not main.next:
        return
    struct.pack_into(f"{main.order}I", data, main.end, 0)
    try:
        second = parse(bytes(data), main.next, main.order)
    except BrokenMetadata:
        return
    start = second.integer(_THUMBNAIL)
    length = second.integer(_THUMBNAIL_LENGTH)
    if main.next < main.end or start < second.end:
        return
    if start + length >= len(data) - 1:
        del data[start:]
    else:
        data[start : start + length] = bytes(length)


def exif_dpi(exif: bytes) -> tuple[float, float] | None:
    """The density that an EXIF block states, or None."""
    try:
        order, first, big = read_header(exif)
        return directory_dpi(parse(exif, first, order, big=big))
    except BrokenMetadata:
        return None


def directory_dpi(directory: Directory) -> tuple[float, float] | None:
    """The density that a TIFF directory states, in pixels an inch, or None."""
    unit = {2: 1.0, 3: 2.54}.get(directory.integer(0x0128, 2))
    across, down = directory.numbers(0x011A), directory.numbers(0x011B)
    if unit is None or not across or not down:
        return None
    return clean_dpi((across[0] * unit, down[0] * unit))
