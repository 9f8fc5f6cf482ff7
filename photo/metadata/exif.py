"""EXIF blocks: mended and made upright in place, without their thumbnail."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

from photo.metadata.density import clean_dpi
from photo.metadata.ifd import (
    EXIF,
    BrokenMetadata,
    Directory,
    drop_broken,
    drop_unknown,
    parse,
    parse_block,
    read_header,
)
from photo.metadata.turn import Turn

ORIENTATION = 0x0112
_SIDES = ((0x0100, 0x0101), (0xA002, 0xA003))  # width and height, in IFD0 and in the EXIF directory
_SUBJECT_AREA, _SUBJECT_LOCATION = 0x9214, 0xA214
_MAKER_NOTE = 0x927C
# Maker notes whose offsets count from the note itself, so that it may be moved.
_MOVABLE = (b"Nikon\0\2", b"OLYMPUS\0", b"OM SYSTEM\0", b"FUJIFILM", b"Apple iOS\0", b"PENTAX \0")
_THUMBNAIL, _THUMBNAIL_LENGTH = 0x0201, 0x0202


@dataclass
class Upright:
    """An EXIF block that is true of the upright picture.

    orientation: 1-8, what the block said, or 0 where it said nothing. broken: its tags that were
    left out because their values lay outside the block. preview: it held a thumbnail.
    """

    exif: bytes
    orientation: int = 0
    broken: list[int] = field(default_factory=list)
    preview: bool = False


def orientation_of(exif: bytes) -> int:
    """What an EXIF block says about how the picture lies (1-8), 0 if nothing."""
    try:
        data = bytearray(strip_prefix(exif))
        order, first, _ = read_header(data)
        drop_broken(data, first, order)  # else a directory that is cut short would say nothing
        value = parse(bytes(data), first, order).integer(ORIENTATION)
    except BrokenMetadata:
        return 0
    return value if 1 <= value <= 8 else 0


def upright_exif(exif: bytes, turn: Turn) -> Upright:
    """The block with orientation 1, true sizes and subject area, no thumbnail, no broken tags.

    Patched where it lies and not written anew: a maker note holds offsets into the block, which
    stay true only if nothing moves. Raises BrokenMetadata if it has no directory at all.
    """
    data = bytearray(strip_prefix(exif))
    order, first, big = read_header(data)
    if big:
        raise BrokenMetadata("no EXIF block")
    broken = drop_broken(data, first, order)
    # The directories look into `data`, which must not shrink meanwhile: they get a copy.
    main = parse(bytes(data), first, order)
    if not main.entries:
        raise BrokenMetadata("nothing is there, or left")
    result = Upright(b"", broken=broken)
    if ORIENTATION in main.entries:
        value = main.integer(ORIENTATION)
        result.orientation = value if 1 <= value <= 8 else 1
        place = main.entries[ORIENTATION].place
        struct.pack_into(f"{order}HHIHH", data, place, ORIENTATION, 3, 1, 1, 0)
    for directory in (main, main.subs.get(EXIF)):
        if directory is not None:
            _turn(data, directory, turn)
    result.preview = _drop_thumbnail(data, main)
    result.exif = bytes(data)
    return result


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
    return exif[6:] if exif.startswith((b"Exif\x00\x00", b"Exif\x00\xff")) else exif


def _turn(data: bytearray, directory: Directory, turn: Turn) -> None:
    """Make sizes and subject area true of the upright picture."""
    stated = turn.stored
    for tags in _SIDES:
        sides = tuple(directory.integer(tag) for tag in tags)
        if all(sides):
            stated = (sides[0], sides[1])
        for tag, side in zip(tags, turn.upright, strict=True):
            if tag in directory.entries:
                _put(data, directory, tag, [side])
    for tag in (_SUBJECT_AREA, _SUBJECT_LOCATION):
        values = directory.numbers(tag, 5)
        if turn.orientation != 1 and 2 <= len(values) <= 4:
            _put(data, directory, tag, turn.area(list(values), stated))


def _put(data: bytearray, directory: Directory, tag: int, values: list[float]) -> None:
    """Overwrite a tag's whole numbers where they lie."""
    entry = directory.entries[tag]
    code = {3: "H", 4: "I"}.get(entry.kind)
    if code is None or entry.count != len(values):
        return
    top = 65535 if code == "H" else 2**32 - 1
    whole = [min(max(round(value), 0), top) for value in values]
    packed = struct.pack(f"{directory.order}{len(whole)}{code}", *whole)
    data[entry.start : entry.start + len(packed)] = packed


def _drop_thumbnail(data: bytearray, main: Directory) -> bool:
    """Take the second directory's picture out; whether there was one."""
    if not main.next:
        return False
    if main.end + 4 <= len(data):
        struct.pack_into(f"{main.order}I", data, main.end, 0)
    try:
        second = parse(bytes(data), main.next, main.order)
    except BrokenMetadata:
        return False
    start = second.integer(_THUMBNAIL)
    length = second.integer(_THUMBNAIL_LENGTH)
    if not length or main.next < main.end or start < second.end or start >= len(data):
        return bool(length)
    if start + length >= len(data) - 1:
        del data[start:]
    else:
        data[start : start + length] = bytes(length)
    return True


def has_placed_note(exif: bytes) -> bool:
    """Whether a maker note's offsets may count from the block's start, so that no move is good."""
    try:
        inner = parse_block(exif).subs.get(EXIF)
    except BrokenMetadata:
        return False
    note = inner.entries.get(_MAKER_NOTE) if inner else None
    return note is not None and not bytes(note.raw[:16]).startswith(_MOVABLE)


def unknown_types(exif: bytes) -> list[int]:
    """The numbers of the block's tags that are lost when the block is written anew."""
    try:
        return drop_unknown(parse_block(exif))
    except BrokenMetadata:
        return []


def tag_names(tags: list[int]) -> str:
    """Numbers of tags for people, the first few."""
    return ", ".join(f"0x{tag:04X}" for tag in tags[:9])


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
    across, down = directory.numbers(0x011A, 1), directory.numbers(0x011B, 1)
    if unit is None or not across or not down:
        return None
    return clean_dpi((across[0] * unit, down[0] * unit))
