"""Image file directories (IFD), the tables of tags that TIFF files and EXIF blocks are made of."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

EXIF, GPS, INTEROP = 0x8769, 0x8825, 0xA005
SUBDIRECTORIES = (EXIF, GPS, INTEROP)
_MAX_RECORDS = 65_536  # as many as there are tags
_MAX_TOTAL = 100_000  # records of all directories of a block
# Bytes of a value, by TIFF type; 129 is EXIF 3's text in UTF-8.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_SIZES |= {16: 8, 17: 8, 18: 8, 129: 1}
_CODES = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d", 13: "I"}
_CODES |= {16: "Q", 17: "q", 18: "Q"}


class BrokenMetadata(ValueError):
    """A block that breaks its own format."""


@dataclass(frozen=True)
class Entry:
    """One tag: its TIFF type, the number of its values, and their bytes.

    place, start: where its record and its values lie in the data it was read from.
    """

    kind: int
    count: int
    raw: bytes | memoryview
    place: int = 0
    start: int = 0


@dataclass
class Directory:
    """The tags of one directory, in one byte order ("<" or ">"), and those it points to.

    next: offset of the next directory or 0; end: where the records end.
    """

    order: str
    entries: dict[int, Entry] = field(default_factory=dict)
    subs: dict[int, Directory] = field(default_factory=dict)
    next: int = 0
    end: int = 0

    def numbers(self, tag: int, most: int | None = None) -> tuple[float, ...]:
        """The values of a tag as numbers, at most so many; empty where it is missing or has none.

        most: a hostile tag may claim the whole file, so say it where only a few are of use.
        """
        entry = self.entries.get(tag)
        if entry is None:
            return ()
        count = entry.count if most is None else min(entry.count, most)
        raw = entry.raw[: _SIZES.get(entry.kind, 0) * count]
        if entry.kind in (5, 10):
            code = "I" if entry.kind == 5 else "i"
            flat = struct.unpack(f"{self.order}{2 * count}{code}", raw)
            return tuple(a / b if b else 0.0 for a, b in zip(flat[::2], flat[1::2], strict=True))
        code = _CODES.get(entry.kind, "")
        return struct.unpack(f"{self.order}{count}{code}", raw) if code else ()

    def integer(self, tag: int, default: int = 0) -> int:
        """The first value of a tag as a whole number."""
        values = self.numbers(tag, 1)
        return int(values[0]) if values else default

    def put(self, tag: int, kind: int, *values: int) -> None:
        """Set a tag to unsigned whole numbers of a TIFF type (3 short, 4 long, 5 rational)."""
        code = {3: "H", 4: "I", 5: "I"}[kind]
        count = len(values) // 2 if kind == 5 else len(values)
        raw = struct.pack(f"{self.order}{len(values)}{code}", *values)
        self.entries[tag] = Entry(kind, count, raw)


def read_header(data: bytes | bytearray | memoryview) -> tuple[str, int, bool]:
    """Byte order, offset of the first directory, and whether it is a BigTIFF."""
    start = bytes(data[:4])
    order = {b"II": "<", b"MM": ">"}.get(start[:2], "")
    if not order or len(data) < 16:
        raise BrokenMetadata("no TIFF header")
    (version,) = struct.unpack_from(f"{order}H", data, 2)
    if version == 43:
        return order, struct.unpack_from(f"{order}Q", data, 8)[0], True
    if version != 42:
        raise BrokenMetadata("no TIFF header")
    return order, struct.unpack_from(f"{order}I", data, 4)[0], False


def parse(
    data: bytes | memoryview, at: int, order: str, *, big: bool = False, deep: int = 3
) -> Directory:
    """The directory at this offset, with its EXIF, GPS and interoperability directories.

    Values that lie outside the data are left out; a directory that does raises BrokenMetadata.
    Nothing is copied: the values are views. deep: how many directories may lie behind each other.
    """
    return _parse(memoryview(data), at, order, big, deep, {})


def parse_block(data: bytes) -> Directory:
    """The first directory of an EXIF block, or of another small TIFF that is no BigTIFF."""
    order, first, _ = read_header(data)
    return parse(data, first, order)


def _parse(
    view: memoryview, at: int, order: str, big: bool, deep: int, seen: dict[int, int]
) -> Directory:
    head, record, link = (8, 20, 8) if big else (2, 12, 4)
    if at < 8 or at + head > len(view):
        raise BrokenMetadata("directory outside the block")
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), view, at)
    end = at + head + record * count
    if end > len(view) or count > _MAX_RECORDS:
        raise BrokenMetadata("directory cut short")
    _note_place(seen, at, count)
    result = Directory(order, end=end)
    for place in range(at + head, end, record):
        tag, kind = struct.unpack_from(f"{order}HH", view, place)
        entry = _entry(view, place, kind, order, big)
        if entry is not None:
            result.entries.setdefault(tag, entry)
    if end + link <= len(view):
        (result.next,) = struct.unpack_from(order + ("Q" if big else "I"), view, end)
    for tag in SUBDIRECTORIES if deep else ():
        offset = result.integer(tag)
        if offset:
            try:
                result.subs[tag] = _parse(view, offset, order, big, deep - 1, seen)
            except BrokenMetadata:
                continue
    return result


def _note_place(seen: dict[int, int], at: int, count: int) -> None:
    """Raise BrokenMetadata for a directory met before in the block, and for too many records.

    Else a few bytes could be read as dozens of directories, each with all records of the first.
    A claim of one record too many, which reaches into the next directory, does no harm.
    """
    if at in seen or sum(seen.values()) + count > _MAX_TOTAL:
        raise BrokenMetadata("directory met before, or too many records")
    seen[at] = count


def _entry(view: memoryview, place: int, kind: int, order: str, big: bool) -> Entry | None:
    inline = 8 if big else 4
    (count,) = struct.unpack_from(order + ("Q" if big else "I"), view, place + 4)
    size, start = _SIZES.get(kind, 0) * count, place + 4 + inline
    if size > inline:
        (start,) = struct.unpack_from(order + ("Q" if big else "I"), view, start)
    if start + size > len(view):
        return None
    return Entry(kind, count if size else 0, view[start : start + size], place, start)


def drop_unknown(directory: Directory) -> list[int]:
    """Take the tags of a type that is not known out of this directory and those it points to.

    Nobody can say how long their values are, so they cannot be written anew. Returns their numbers,
    but not those of type 0, with which some programs fill a directory up.
    """
    gone = {tag: e.kind for tag, e in directory.entries.items() if e.kind not in _SIZES}
    for tag in gone:
        del directory.entries[tag]
    told = [tag for tag, kind in gone.items() if kind]
    return told + [tag for inner in directory.subs.values() for tag in drop_unknown(inner)]


def drop_broken(data: bytearray, at: int, order: str) -> list[int]:
    """Take the tags whose values lie outside out of a classic directory and those it points to.

    Only records move, up into the gap; no value does. A directory that claims more records than
    the data holds keeps those there are. Returns the numbers of the tags that went.
    """
    return _drop_broken(data, at, order, 3, {})


def _drop_broken(
    data: bytearray, at: int, order: str, deep: int, seen: dict[int, int]
) -> list[int]:
    if at < 8 or at + 2 > len(data):
        raise BrokenMetadata("directory outside the block")
    (count,) = struct.unpack_from(f"{order}H", data, at)
    there = min(count, (len(data) - at - 2) // 12)
    if count and not there:
        raise BrokenMetadata("directory cut short")
    _note_place(seen, at, there)
    if there < count:
        data += bytes(4)  # the link to the next directory
    kept, broken, copy = [], [], memoryview(bytes(data))
    following = bytes(4) if there < count else data[at + 2 + 12 * count :][:4].ljust(4, b"\0")
    for place in range(at + 2, at + 2 + 12 * there, 12):
        tag, kind = struct.unpack_from(f"{order}HH", data, place)
        good = _entry(copy, place, kind, order, False) is not None
        if good and deep and tag in SUBDIRECTORIES:
            (offset,) = struct.unpack_from(f"{order}I", data, place + 8)
            good, inner = _mended(data, offset, order, deep - 1, seen)
            broken += inner
        if good:
            kept.append(bytes(data[place : place + 12]))
        else:
            broken.append(tag)
    if len(kept) < count:
        struct.pack_into(f"{order}H", data, at, len(kept))
        records = b"".join((*kept, following)).ljust(12 * there + 4, b"\0")
        data[at + 2 : at + 2 + len(records)] = records
    return broken


def _mended(
    data: bytearray, at: int, order: str, deep: int, seen: dict[int, int]
) -> tuple[bool, list[int]]:
    """Whether there is a directory at this offset, and what was broken in it."""
    try:
        return True, _drop_broken(data, at, order, deep, seen)
    except BrokenMetadata:
        return False, []


def serialise(directory: Directory, at: int) -> bytes:
    """The directory's bytes for this (even) offset of a classic TIFF, those it points to behind."""
    order = directory.order
    entries = {tag: one for tag, one in directory.entries.items() if tag not in SUBDIRECTORIES}
    kept = sorted([*entries, *directory.subs])
    place = at + 2 + 12 * len(kept) + 4
    records, values = [struct.pack(f"{order}H", len(kept))], []
    for tag in kept:
        if tag in directory.subs:
            kind, count, raw = 4, 1, serialise(directory.subs[tag], place)
            inline = struct.pack(f"{order}I", place)
        else:
            kind, count, raw = entries[tag].kind, entries[tag].count, bytes(entries[tag].raw)
            inline = raw.ljust(4, b"\0") if len(raw) <= 4 else struct.pack(f"{order}I", place)
            raw = b"" if len(raw) <= 4 else raw
        records.append(struct.pack(f"{order}HHI", tag, kind, count) + inline)
        raw += bytes(len(raw) % 2)
        values.append(raw)
        place += len(raw)
    return b"".join((*records, bytes(4), *values))


def file_header(order: str, first: int) -> bytes:
    """The eight bytes that begin a classic TIFF whose first directory is at `first`."""
    return (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, first)
