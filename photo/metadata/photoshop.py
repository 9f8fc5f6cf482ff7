"""Photoshop's resources, which hold IPTC captions: in JPEG, TIFF and PNG the same list."""

from __future__ import annotations

import struct
from collections.abc import Iterator

IPTC = 0x0404
THUMBNAILS = (0x0409, 0x040C)
# Paths, guides and slices hold places in the picture.
_PLACES = frozenset((*range(0x07D0, 0x0BB7), 0x0408, 0x041A, 0x03F7))


def resources(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, content, and the whole record of each resource, as far as they can be followed."""
    at = 0
    while at + 12 <= len(data) and data[at : at + 4] in (b"8BIM", b"PHUT", b"AgHg", b"DCSR"):
        (number,) = struct.unpack_from(">H", data, at + 4)
        start = at + 6 + data[at + 6] + 1
        start += (start - at) % 2
        if start + 4 > len(data):
            return
        (length,) = struct.unpack_from(">I", data, start)
        end = start + 4 + length
        if end > len(data):
            return
        yield number, data[start + 4 : end], data[at : min(end + length % 2, len(data))]
        at = end + length % 2


def true_of_result(data: bytes, turned: bool) -> tuple[bytes, bool, bool]:
    """The resources without thumbnails, and without places where the picture was turned.

    Also whether there was a thumbnail, and whether there were places. Unchanged where it can be.
    """
    numbers = {number for number, _, _ in resources(data)}
    gone = numbers & set(THUMBNAILS) | (numbers & _PLACES if turned else set())
    if not gone:
        return data, False, False
    kept = b"".join(record for number, _, record in resources(data) if number not in gone)
    return kept, bool(gone & set(THUMBNAILS)), bool(gone & _PLACES)


def with_iptc(iptc: bytes) -> bytes:
    """IPTC records as the one resource of a list."""
    padded = iptc + bytes(len(iptc) % 2)
    return b"8BIM" + struct.pack(">HHI", IPTC, 0, len(iptc)) + padded


def iptc_of(data: bytes) -> bytes | None:
    """The IPTC records of a list of resources, or None."""
    return next((content for number, content, _ in resources(data) if number == IPTC), None)
