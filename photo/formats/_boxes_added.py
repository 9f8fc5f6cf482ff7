"""Adding to an AVIF as libavif writes it: properties of its main picture, and items about it.

Only for our own fresh files: one meta box, no content in it, offsets and lengths of four bytes,
short property numbers, and items that are numbered from 1 on.
"""

from __future__ import annotations

import struct

from photo.formats._boxes import box, boxes


def with_properties(data: bytes, added: list[bytes]) -> bytes:
    """The file with these properties (boxes) of its main picture too."""
    inner = _inner(data)
    number = _main(inner)
    content = inner[b"iprp"]
    parts = {kind: content[a:b] for kind, a, b in boxes(content, 0, len(content))}
    known = sum(1 for _ in boxes(parts[b"ipco"], 0, len(parts[b"ipco"])))
    numbers = bytes(range(known + 1, known + 1 + len(added)))
    links, place = bytearray(parts[b"ipma"]), 8
    for _ in range(int.from_bytes(links[4:8], "big")):
        item, count = int.from_bytes(links[place : place + 2], "big"), links[place + 2]
        place += 3 + count
        if item == number:
            links[place - count - 1] += len(added)
            links[place:place] = numbers
            break
    store = box(b"ipco", b"".join((parts[b"ipco"], *added)))
    return _with(data, {b"iprp": store + box(b"ipma", bytes(links))})


def with_items(data: bytes, added: list[tuple[bytes, bytes]]) -> bytes:
    """The file with these items (type, content) about its main picture; "mime" is XMP."""
    if not added:
        return data
    inner = _inner(data)
    number = _main(inner)
    known, places = inner[b"iinf"], inner[b"iloc"]
    links = inner.get(b"iref", bytes(4))
    (count,) = struct.unpack_from(">H", known, 4)
    at = len(data) + 8  # in a box of their own behind all others
    for item, (kind, content) in enumerate(added, count + 1):
        name = b"XMP\0application/rdf+xml\0" if kind == b"mime" else kind + b"\0"
        known += box(b"infe", struct.pack(">IHH4s", 2 << 24, item, 0, kind) + name)
        links += box(b"cdsc", struct.pack(">HHH", item, 1, number))
        places += struct.pack(">HHHII", item, 0, 1, at, len(content))
        at += len(content)
    total = struct.pack(">H", count + len(added))
    changed = {
        b"iloc": places[:6] + total + places[8:],
        b"iinf": known[:4] + total + known[6:],
        b"iref": links,
    }
    return _with(data, changed) + box(b"mdat", b"".join(content for _, content in added))


def _inner(data: bytes) -> dict[bytes, bytes]:
    """The content of each box in the meta box."""
    start, end = _meta(data)
    return {kind: data[a:b] for kind, a, b in boxes(data, start + 4, end)}


def _meta(data: bytes) -> tuple[int, int]:
    ((start, end),) = ((a, b) for kind, a, b in boxes(data, 0, len(data)) if kind == b"meta")
    return start, end


def _main(inner: dict[bytes, bytes]) -> int:
    """The number of the main picture."""
    return int.from_bytes(inner[b"pitm"][4:6], "big")


def _with(data: bytes, changed: dict[bytes, bytes]) -> bytes:
    """The file with these boxes in its meta box, and with the items' places moved accordingly."""
    start, end = _meta(data)
    inner = _inner(data) | changed
    grown = 4 + sum(8 + len(content) for content in inner.values()) - (end - start)
    inner[b"iloc"] = _moved(inner[b"iloc"], grown)
    body = data[start : start + 4] + b"".join(box(kind, body) for kind, body in inner.items())
    return data[: start - 8] + box(b"meta", body) + data[end:]


def _moved(places: bytes, by: int) -> bytes:
    """The content of an `iloc` box (version 0) whose items have moved."""
    result, at = bytearray(places), 8
    base = places[5] >> 4
    for _ in range(int.from_bytes(places[6:8], "big")):
        at += 4 + base
        extents = int.from_bytes(places[at : at + 2], "big")
        at += 2
        for _ in range(extents):
            value = int.from_bytes(places[at : at + 4], "big") + by
            result[at : at + 4] = value.to_bytes(4, "big")
            at += 4 + (places[4] & 15)
    return bytes(result)
