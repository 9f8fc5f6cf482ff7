"""The segments of a JPEG: walked before any decoder sees them, and put together again."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from photo.metadata import xmp as packets

EXIF, XMP = b"Exif\0\0", b"http://ns.adobe.com/xap/1.0/\0"
MORE_XMP = b"http://ns.adobe.com/xmp/extension/\0"
ICC, MPF = b"ICC_PROFILE\0", b"MPF\0"
PHOTOSHOP = b"Photoshop 3.0\0"
LONGEST = 65_533  # bytes of a segment's content
LONGEST_EXIF = LONGEST - len(EXIF)
SOI, EOI = b"\xff\xd8", b"\xff\xd9"
_APP0, _ADOBE, _COM = 0xE0, 0xEE, 0xFE
# In a scan, FF stands before 0 (a pixel's own FF) and D0-D7 (restarts); else a marker follows.
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")


@dataclass
class Walk:
    """What a walk over the first picture of a JPEG has seen.

    segments: marker's second byte and content of all that is neither pixels nor their tables.
    end: where the picture ends, 0 where its end marker is missing. size: width and height, from
    the first of the headers, which decoders take. headers: a good file has one.
    """

    segments: list[tuple[int, bytes]] = field(default_factory=list)
    scans: int = 0
    end: int = 0
    size: tuple[int, int] = (0, 0)
    channels: int = 0
    headers: int = 0


def walk(data: bytes) -> Walk:
    """Follow the markers to the end of the first picture; what comes behind it is not looked at."""
    result, at = Walk(), 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:
        marker = data[at + 1]
        if marker == 0xD9:
            result.end = at + 2
            break
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        content, at = data[at + 4 : at + 2 + length], at + 2 + max(length, 2)
        _note(result, marker, content)
        if marker == 0xDA:
            found = _MARKER.search(data, at)
            if found is None:
                break
            at = found.start()
    return result


def _note(result: Walk, marker: int, content: bytes) -> None:
    if marker == 0xDA:
        result.scans += 1
    elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC) and len(content) >= 6:
        result.headers += 1
        if result.headers == 1:
            height, width = struct.unpack_from(">HH", content, 1)
            result.size, result.channels = (width, height), content[5]
    elif marker >= _APP0 and (marker <= 0xEF or marker == _COM):
        result.segments.append((marker, content))


def bare(data: bytes, channels: int) -> bytes:
    """The file (of so many channels) without what stands between its tables: texts, garbage.

    The decoder refuses a file for the least oddity there, though every pixel may be right.
    """
    kept, at = [SOI], 2
    while 0 <= (at := data.find(b"\xff", at)) < len(data) - 1:
        marker = data[at + 1]
        if marker in (0xD9, 0xDA):
            kept.append(data[at:])
            break
        if marker in (0x00, 0x01, 0xFF) or 0xD0 <= marker <= 0xD8:
            at += 1 if marker == 0xFF else 2
            continue
        end = at + 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
        if marker < _APP0 or marker in (_APP0, _ADOBE):  # these two say what the channels mean
            kept.append(_usual(marker, data[at:end], channels))
        at = end
    return b"".join(kept)


def _usual(marker: int, part: bytes, channels: int) -> bytes:
    """A segment with the usual number in place of a version or a transform that is not known."""
    if marker == _APP0 and part[4:9] == b"JFIF\0":
        return part[:9] + b"\1\2" + part[11:]
    if marker == _ADOBE and channels == 3 and part[4:9] == b"Adobe" and part[15:16] > b"\1":
        return part[:15] + b"\1" + part[16:]  # as all decoders do
    return part


def segment(marker: int, content: bytes) -> bytes:
    """One segment; its content must not be longer than LONGEST."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _pieces(data: bytes, length: int) -> list[bytes]:
    return [data[at : at + length] for at in range(0, len(data), length)]


def exif_segments(exif: bytes) -> list[bytes]:
    """As many as it takes: cameras split a longer block over several, and readers join them."""
    return [segment(0xE1, EXIF + piece) for piece in _pieces(exif, LONGEST_EXIF)]


def icc_segments(icc: bytes) -> list[bytes]:
    """The profile in numbered pieces."""
    pieces = _pieces(icc, LONGEST - len(ICC) - 2)
    return [
        segment(0xE2, ICC + bytes((number, len(pieces))) + piece)
        for number, piece in enumerate(pieces, 1)
    ]


def xmp_segments(xmp: bytes) -> list[bytes]:
    """The packet; a long one as an extension, with a short packet that announces it."""
    if len(xmp) <= packets.LONGEST_PACKET:
        return [segment(0xE1, XMP + xmp)]
    short, guid = packets.split_long(xmp)
    step, result = 65_400, [segment(0xE1, XMP + short)]
    for at in range(0, len(xmp), step):
        place = struct.pack(">II", len(xmp), at)
        result.append(segment(0xE1, MORE_XMP + guid + place + xmp[at : at + step]))
    return result


def joined_icc(segments: Iterable[bytes]) -> bytes | None:
    """The profile of these APP2 contents; None where there is none, empty where a piece lacks."""
    pieces = {content[12]: content[14:] for content in segments if len(content) > 14}
    if not pieces:
        return None
    whole = sorted(pieces) == list(range(1, len(pieces) + 1))
    return b"".join(pieces[number] for number in sorted(pieces)) if whole else b""


def joined_xmp_extension(contents: Iterable[bytes], guid: bytes) -> bytes:
    """The extension of this GUID, of the APP1 contents that hold its pieces."""
    start = len(MORE_XMP)
    pieces = {
        int.from_bytes(content[start + 36 : start + 40], "big"): content[start + 40 :]
        for content in contents
        if content[start : start + 32] == guid and guid
    }
    return b"".join(pieces[at] for at in sorted(pieces))
