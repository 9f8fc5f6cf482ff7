"""What hangs behind a JPEG's picture: gain maps, depth maps, previews, a motion photo's video."""

from __future__ import annotations

import struct

from photo.base import Block, Photo
from photo.formats._jpeg_segments import MPF, Walk, joined_xmp_extension, segment
from photo.metadata import xmp as packets
from photo.metadata.ifd import BrokenMetadata, parse, read_header

IMAGE, TRAILER = "image", "trailer"
MORE_XMP = "more XMP"
_PREVIEWS = (0x010001, 0x010002)
_ENTRIES = 0xB002
# How a picture that belongs to another one says so, and what it is.
_MAPS = (
    (b"hdrgm:", "a gain map"),
    (b"urn:iso:std:iso:ts:21496", "a gain map"),
    (b"HDRGainMap", "a gain map"),
    (b"aux:hdrgainmap", "a gain map"),
    (b"aux:disparity", "a depth map"),
    (b"aux:depth", "a depth map"),
    (b"DepthMap", "a depth map"),
    (b"portraiteffectsmatte", "a portrait mask"),
)
_MAP_NAMES = rb"(?:hdrgm:\w+|HDRGainMap:\w+|GDepth:\w+)"
ISO_GAIN_MAP = b"urn:iso:std:iso:ts:21496:-1\0"


def take(photo: Photo, data: bytes, walk: Walk) -> None:
    """Put what stands behind the picture into the photo's blocks; count the other pictures."""
    if not walk.end:
        return
    at, previews = walk.end, False
    for kind, start, end in _images(data, walk):
        content = data[start:end]
        what = next((what for mark, what in _MAPS if mark in content[:200_000]), "")
        if start > at:
            photo.blocks.append(_trailer(data[at:start]))
        at = max(at, end)
        if what:
            photo.blocks.append(Block("JPEG", f"{IMAGE} {kind:x}", content, what))
        elif kind & 0xFFFFFF in _PREVIEWS:
            previews = True
        else:
            photo.frames += 1
    if len(data) > at:
        photo.blocks.append(_trailer(data[at:]))
    if previews:
        photo.notes.append("The previews in the file show the noisy picture and were left out.")


def _images(data: bytes, walk: Walk) -> list[tuple[int, int, int]]:
    """Attributes, start and end of each picture but the first that the MPF segment lists."""
    index = next((c for marker, c in walk.segments if marker == 0xE2 and c.startswith(MPF)), None)
    if index is None:
        return []
    base = data.find(index) + len(MPF)
    try:
        order, first, _ = read_header(index[len(MPF) :])
        entry = parse(index[len(MPF) :], first, order).entries.get(_ENTRIES)
    except BrokenMetadata:
        return []
    listed = b"" if entry is None else entry.raw
    images = []
    for place in range(16, len(listed) - 15, 16):
        kind, length, offset = struct.unpack_from(f"{order}III", listed, place)
        start = base + offset
        if length and walk.end <= start < len(data) and data[start : start + 2] == b"\xff\xd8":
            images.append((kind, start, min(start + length, len(data))))
    return _apart(images)


def _apart(images: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """In their order, each once, and none longer than up to the next."""
    first = {start: (kind, start, end) for kind, start, end in reversed(images)}
    starts = sorted(first)
    following = [*starts[1:], None]
    return [
        (kind, start, end if stop is None else min(end, stop))
        for (kind, start, end), stop in zip((first[s] for s in starts), following, strict=True)
    ]


def _trailer(content: bytes) -> Block:
    what = "data after the end of the picture"
    if not content.strip(b"\0\xff\xd9\r\n "):
        what = ""  # padding
    elif content[4:8] == b"ftyp" or b"MotionPhoto_Data" in content:
        what = "the video of a motion photo"
    elif b"hdrgm:" in content[:200_000]:
        what = "a gain map"
    return Block("JPEG", TRAILER, content, what)


def is_map(block: Block) -> bool:
    """Whether it lies over the picture, point by point, so that a turn would shift it."""
    return block.kind.startswith(IMAGE) or block.what == "a gain map"


def without_maps(photo: Photo) -> None:
    """Take maps out of the photo's blocks, and what announces them out of its XMP."""
    photo.blocks = [
        b for b in photo.blocks if not is_map(b) and not b.data.startswith(ISO_GAIN_MAP)
    ]
    if photo.xmp is not None:
        photo.xmp = packets.without_names(photo.xmp, _MAP_NAMES)
        photo.xmp = packets.without_items(photo.xmp, packets.MAP_ITEMS)


def more_xmp(photo: Photo) -> bytes:
    """The extension that the photo's XMP announces; empty where there is none."""
    pieces = [block.data for block in photo.blocks if block.what == MORE_XMP]
    return joined_xmp_extension(pieces, packets.extension_of(photo.xmp or b""))


def join_xmp(photo: Photo) -> None:
    """Put the extension into the packet itself, unless one of them is damaged."""
    more = more_xmp(photo)
    whole = packets.joined(photo.xmp or b"", more)
    if more and whole != photo.xmp:
        photo.xmp = whole
        photo.blocks = [block for block in photo.blocks if block.what != MORE_XMP]


def attach(photo: Photo, head: bytes, rest: bytes) -> bytes:
    """The picture's file - its segments, then tables and pixels - with all that hangs behind it.

    The index (MPF) of the pictures behind it is made anew, as their places have changed.
    """
    behind = [b for b in photo.blocks if b.format == "JPEG" and b.kind.startswith((IMAGE, TRAILER))]
    images = [b for b in behind if b.kind.startswith(IMAGE)]
    if not images:
        return b"".join((head, rest, *(b.data for b in behind)))
    base = len(head) + 4 + len(MPF)
    length = len(head) + len(_index([(0, 0, 0)] * (len(images) + 1))) + len(rest)
    entries, at = [(0x030000, length, 0)], length
    for block in behind:
        if block in images:
            entries.append((int(block.kind.split()[1], 16), len(block.data), at - base))
        at += len(block.data)
    return b"".join((head, _index(entries), rest, *(b.data for b in behind)))


def _index(entries: list[tuple[int, int, int]]) -> bytes:
    body = b"".join(struct.pack("<IIIHH", *entry, 0, 0) for entry in entries)
    tags = struct.pack("<H", 3)
    tags += struct.pack("<HHI4s", 0xB000, 7, 4, b"0100")
    tags += struct.pack("<HHII", 0xB001, 4, 1, len(entries))
    tags += struct.pack("<HHIII", _ENTRIES, 7, len(body), 8 + 2 + 36 + 4, 0)
    return segment(0xE2, MPF + b"II*\0\x08\0\0\0" + tags + body)
