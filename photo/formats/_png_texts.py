"""A PNG's texts, packed or not: no more is unpacked of one file than a photograph ever needs."""

from __future__ import annotations

import re
import zlib

KINDS = (b"tEXt", b"zTXt", b"iTXt")
_PIECE = 1 << 22
_PROFILE = re.compile(rb"\s*(\w+)\s+\d+\s+([0-9A-Fa-f\s]*)")


class Room:
    """How many bytes may still be unpacked of one file, which may hold thousands of bombs.

    short: something was left packed because of it.
    """

    def __init__(self, left: int = 32_000_000) -> None:
        self._left = left
        self.short = False

    def inflated(self, packed: bytes) -> bytes:
        """Unpacked, empty where it is damaged or there is no room for it."""
        inflater, parts = zlib.decompressobj(), []
        while not inflater.eof:
            if not self._left:
                self.short = True
                return b""
            most = min(self._left, _PIECE)
            try:
                parts.append(inflater.decompress(packed, most))
            except zlib.error:
                self._left -= most  # so much work at most was in vain
                return b""
            self._left -= len(parts[-1])
            packed = inflater.unconsumed_tail
            if not packed and not parts[-1]:
                break  # cut short
        return b"".join(parts)


def text_of(kind: bytes, body: bytes, room: Room) -> bytes:
    """The text (unpacked, in the chunk's own encoding) of a tEXt, zTXt or iTXt chunk."""
    rest = body.partition(b"\0")[2]
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return room.inflated(rest[1:])
    parts = rest[2:].split(b"\0", 2)
    if len(rest) < 2 or len(parts) < 3:
        return b""
    return room.inflated(parts[2]) if rest[0] else parts[2]


def raw_profile(text: bytes) -> bytes:
    """The bytes of a "Raw profile": a name, a length, and hexadecimal digits."""
    found = _PROFILE.match(text)
    try:
        return bytes.fromhex(found.group(2).decode("ascii")) if found else b""
    except ValueError:
        return b""
