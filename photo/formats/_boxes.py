"""The boxes of HEIC, AVIF and JPEG 2000: what they say of the main picture, and adding to it."""

from __future__ import annotations

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

_AVIF = frozenset((b"avif", b"avis"))
_HEIF = frozenset((b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"))
_HEIF |= {b"jpeg", b"j2ki", b"avci", b"avcs", b"vvic", b"unif", b"mif2"}
_MAX_ITEMS, _MAX_EXTENTS, _LONGEST_NAME = 10_000, 100_000, 200
# EXIF's orientation for a turn (in quarters, anticlockwise) and a mirror (or None) after it.
_TURNS = {
    (0, None): 1, (1, None): 8, (2, None): 3, (3, None): 6,
    (0, 0): 4, (1, 0): 5, (2, 0): 2, (3, 0): 7,
    (0, 1): 2, (1, 1): 7, (2, 1): 4, (3, 1): 5,
}  # fmt: skip


def brands(data: bytes) -> set[bytes]:
    """The four-letter codes that the file names; empty where it is no file of boxes."""
    if data[4:8] != b"ftyp":
        return set()
    length = min(int.from_bytes(data[:4], "big"), 4096)
    return {data[8:12], *(data[i : i + 4] for i in range(16, max(length, 16), 4))}


def is_avif(data: bytes) -> bool:
    """Whether the file's first bytes are of an AVIF."""
    return bool(brands(data) & _AVIF)


def is_heif(data: bytes) -> bool:
    """Whether the file's first bytes are of a HEIC or another HEIF that is no AVIF."""
    return bool(brands(data) & _HEIF) and not is_avif(data) and data[8:12] != b"crx "


def boxes(
    data: bytes, at: int, end: int, cut: bytes | None = None
) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and end of the content of each box between `at` and `end`.

    cut: the type of box that is yielded even if it says a wrong length, or was cut short.
    """
    while at + 8 <= end:
        length, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if length == 1 and at + 16 <= end:
            (length,) = struct.unpack_from(">Q", data, at + 8)
            start = at + 16
        stop = end if length == 0 else at + length
        if stop < start or stop > end:
            if kind != cut:
                return
            stop = end
        yield kind, start, stop
        at = stop


def box(kind: bytes, body: bytes) -> bytes:
    """One box."""
    return struct.pack(">I4s", len(body) + 8, kind) + body


@dataclass
class Facts:
    """What the boxes say. properties: those of the main picture, in order, by type and content.

    codec: type of the main picture's item, or of the tiles it consists of. items: of the others
    that belong to it, by type: "Exif", "mime" and the types of auxiliary pictures.
    """

    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    codec: bytes = b""
    exif: bytes | None = None
    xmp: bytes | None = None
    auxiliary: list[str] = field(default_factory=list)

    def get(self, kind: bytes) -> bytes | None:
        """The content of the first property of this type."""
        return next((body for name, body in self.properties if name == kind), None)

    @property
    def nclx(self) -> tuple[int, int, int, bool] | None:
        """Primaries, transfer, matrix and full range."""
        for kind, body in self.properties:
            if kind == b"colr" and body[:4] == b"nclx" and len(body) >= 11:
                primaries, transfer, matrix = struct.unpack_from(">HHH", body, 4)
                return primaries, transfer, matrix, bool(body[10] & 0x80)
        return None

    @property
    def icc(self) -> bytes | None:
        """The colour profile."""
        kinds = (b"prof", b"rICC")
        found = (
            body[4:] for kind, body in self.properties if kind == b"colr" and body[:4] in kinds
        )
        return next(found, None)

    @property
    def orientation(self) -> int:
        """EXIF's number for the turn and mirror that the file asks for."""
        turn, mirror = self.get(b"irot"), self.get(b"imir")
        key = (turn[0] & 3 if turn else 0, mirror[0] & 1 if mirror else None)
        return _TURNS[key]

    @property
    def bits(self) -> int:
        """Bits a channel."""
        pixi = self.get(b"pixi")
        if pixi and len(pixi) > 5:
            return max(pixi[5:])
        av1 = self.get(b"av1C")
        if av1 and len(av1) > 2 and av1[2] & 0x40:
            return 12 if av1[2] & 0x20 else 10
        return 8


class _Reader:
    """Numbers one after the other."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self.at, self._end = data, at, end

    def take(self, size: int) -> int:
        if size == 0:
            return 0
        if self.at + size > self._end:
            raise ValueError("a box is cut short")
        self.at += size
        return int.from_bytes(self._data[self.at - size : self.at], "big")


def facts(data: bytes) -> Facts:
    """What the file says about its main picture; as much as can be followed."""
    result = Facts()
    with contextlib.suppress(ValueError, struct.error, IndexError):
        _read_meta(data, result)
    return result


def _read_meta(data: bytes, result: Facts) -> None:
    meta = next(((a, b) for kind, a, b in boxes(data, 0, len(data)) if kind == b"meta"), None)
    if meta is None:
        return
    inner = {kind: (a, b) for kind, a, b in boxes(data, meta[0] + 4, meta[1])}
    main = _Reader(data, *inner[b"pitm"]) if b"pitm" in inner else None
    wide = main is not None and main.take(4) >> 24
    number = main.take(4 if wide else 2) if main else 0
    types = _types(data, *inner[b"iinf"]) if b"iinf" in inner else {}
    links = _links(data, *inner[b"iref"]) if b"iref" in inner else []
    owned = _properties(data, *inner[b"iprp"]) if b"iprp" in inner else {}
    result.properties = owned.get(number, [])
    result.codec = types.get(number, b"")
    parts = [to for kind, source, to in links if kind == b"dimg" and source == number]
    if parts and result.codec in (b"grid", b"iovl", b"iden"):
        result.codec = types.get(parts[0][0], b"")
    places = _places(data, *inner[b"iloc"]) if b"iloc" in inner else {}
    store = inner.get(b"idat", (0, 0))[0]
    for kind, source, to in links:
        if kind == b"auxl" and number in to:
            name = next((b for k, b in owned.get(source, []) if k == b"auxC"), b"")
            name = name[4:_LONGEST_NAME].split(b"\0")[0]
            result.auxiliary.append(name.decode("ascii", "replace"))
    result.auxiliary += ["tmap" for kind in types.values() if kind == b"tmap"]
    described = {source for kind, source, to in links if kind == b"cdsc" and number in to}
    room = len(data)
    for item, kind in types.items():
        if kind not in (b"Exif", b"mime") or item not in places:
            continue
        if described and item not in described:
            continue
        content = _joined(data, places[item], store, room)
        room -= len(content)
        if kind == b"Exif" and len(content) > 4:
            result.exif = content[4 + int.from_bytes(content[:4], "big") :]
        elif kind == b"mime" and (b"<x:xmpmeta" in content or b"<rdf:RDF" in content):
            result.xmp = content


def _joined(data: bytes, extents: list[tuple[int, int, int]], store: int, room: int) -> bytes:
    """The bytes of these extents, at most `room` of them: they may all name the same place."""
    parts = []
    for method, start, length in extents:
        at = start + (store if method == 1 else 0)
        parts.append(data[at : at + min(length, room)])
        room -= len(parts[-1])
    return b"".join(parts)


def _types(data: bytes, start: int, end: int) -> dict[int, bytes]:
    """The type of each item."""
    result: dict[int, bytes] = {}
    for kind, a, _ in boxes(data, start + (8 if data[start] else 6), end):
        if kind != b"infe" or data[a] < 2 or len(result) > _MAX_ITEMS:
            continue
        at = a + (8 if data[a] == 3 else 6)
        result[int.from_bytes(data[a + 4 : at], "big")] = data[at + 2 : at + 6]
    return result


def _links(data: bytes, start: int, end: int) -> list[tuple[bytes, int, list[int]]]:
    """Type, source and targets of each reference between items."""
    result = []
    wide = 4 if data[start] else 2
    for kind, a, b in boxes(data, start + 4, end):
        reader = _Reader(data, a, b)
        source, count = reader.take(wide), reader.take(2)
        result.append((kind, source, [reader.take(wide) for _ in range(count)]))
    return result


def _properties(data: bytes, start: int, end: int) -> dict[int, list[tuple[bytes, bytes]]]:
    """The properties of each item."""
    known: list[tuple[bytes, bytes]] = []
    result: dict[int, list[tuple[bytes, bytes]]] = {}
    for kind, a, b in boxes(data, start, end):
        if kind == b"ipco":
            known = [(name, data[i:j]) for name, i, j in boxes(data, a, b)]
        elif kind == b"ipma":
            reader = _Reader(data, a, b)
            head = reader.take(4)
            wide, large = 4 if head >> 24 else 2, head & 1
            for _ in range(min(reader.take(4), _MAX_ITEMS)):
                item = reader.take(wide)
                for _ in range(reader.take(1)):
                    index = reader.take(2) & 0x7FFF if large else reader.take(1) & 0x7F
                    if 1 <= index <= len(known):
                        result.setdefault(item, []).append(known[index - 1])
    return result


def _places(data: bytes, start: int, end: int) -> dict[int, list[tuple[int, int, int]]]:
    """Method (0 file, 1 idat), start and length of each extent of each item."""
    reader = _Reader(data, start, end)
    version, sizes = reader.take(4) >> 24, reader.take(2)
    offset, length, base, index = sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15, sizes & 15
    result: dict[int, list[tuple[int, int, int]]] = {}
    left = _MAX_EXTENTS  # one may take no bytes at all
    for _ in range(min(reader.take(2 if version < 2 else 4), _MAX_ITEMS)):
        item = reader.take(2 if version < 2 else 4)
        method = reader.take(2) & 15 if version else 0
        reader.take(2)
        first = reader.take(base)
        extents = min(reader.take(2), left)
        left -= extents
        for _ in range(extents):
            reader.take(index if version else 0)
            place = first + reader.take(offset)
            result.setdefault(item, []).append((method, place, reader.take(length)))
    return result
