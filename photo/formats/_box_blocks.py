"""What an AVIF or HEIC holds in boxes beside its pictures: carried, or told."""

from __future__ import annotations

from itertools import islice

from photo.base import Block, Photo
from photo.formats._boxes import box, boxes
from photo.metadata.xmp import unannounced

CREDENTIALS = "C2PA"
# What the pictures consist of, and padding.
_PICTURES = frozenset((b"ftyp", b"meta", b"mdat", b"moov", b"moof", b"mfra", b"sidx", b"styp"))
_PICTURES |= {b"pdin", b"free", b"skip", b"wide"}
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
_TRAILER = "trailer"
_MOST, _MOST_OWN = 100_000, 100  # boxes; what follows is carried in one piece


def take(photo: Photo, data: bytes) -> None:
    """Put the boxes of no picture, and what stands behind the last box, into the photo's blocks."""
    at = found = 0
    for kind, start, end in islice(boxes(data, 0, len(data), b"mdat"), _MOST):
        if found == _MOST_OWN or not kind.decode("latin-1").isprintable():
            break
        if kind not in _PICTURES:
            photo.blocks.append(_block(photo.format, kind, data[start:end]))
            found += 1
        at = end
    if data[at:].strip(b"\0"):
        what = "data after the end of the picture"
        photo.blocks.append(Block(photo.format, _TRAILER, data[at:], what))


def leave(photo: Photo) -> None:
    """What is to change in a photo that is to be written in a format without boxes."""
    if photo.xmp is not None:
        photo.xmp = unannounced(photo.xmp)


def _block(format: str, kind: bytes, body: bytes) -> Block:
    if kind == b"jumb" or (kind == b"uuid" and body.startswith(_C2PA_UUID)):
        return Block(format, CREDENTIALS, body, "content credentials")
    name = kind.decode("latin-1")
    what = "the video of a motion photo" if kind == b"mpvd" else f"an unknown box ({name.strip()})"
    return Block(format, name, body, what)


def with_blocks(photo: Photo, data: bytes) -> bytes:
    """A fresh AVIF with the photo's own boxes behind it, where they move nothing."""
    own = [b for b in photo.blocks if b.kind != _TRAILER]
    parts = [box(b.kind.encode("latin-1"), b.data) for b in own]
    parts += [b.data for b in photo.blocks if b.kind == _TRAILER]
    return b"".join((data, *parts))
