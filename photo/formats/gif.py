"""GIF, which is only read: 256 colours are too few for a photograph without noise."""

from __future__ import annotations

from PIL import GifImagePlugin

from photo.base import Block, Limits, Photo
from photo.format import Format, Shared, comment_text
from photo.formats._pillow import read_with

_MAX_FRAMES = 10_000
_XMP, _ICC = b"XMP DataXMP", b"ICCRGBG1012"
_XMP_TRAILER = 258


class _FirstFrame(GifImagePlugin.GifImageFile):
    """Pillow counts frames by decoding them all."""

    n_frames = 1


def _read(data: bytes, limits: Limits) -> Photo:
    photo = read_with(_FirstFrame, "GIF", data, limits)
    photo.frames, held = _walk(data)
    photo.xmp, photo.icc = held.get(_XMP) or None, held.get(_ICC) or None
    return photo


def _share(blocks: list[Block]) -> Shared:
    return Shared(comments=[comment_text(block.data) for block in blocks])


def _walk(data: bytes) -> tuple[int, dict[bytes, bytes]]:
    """How many pictures (ten thousand at most), and XMP and profile by the names of their parts.

    Walks the blocks; nothing is decoded.
    """
    count, held = 0, dict[bytes, bytes]()
    at = 13 + _table(data[10])
    while at < len(data) and count < _MAX_FRAMES:
        name = b""
        if data[at] == 0x2C and at + 10 < len(data):
            count += 1
            at += 11 + _table(data[at + 9])
        elif data[at] == 0x21:
            name = data[at + 3 : at + 14] if data[at + 1 : at + 3] == b"\xff\x0b" else b""
            at += 2
        else:
            break
        start = at + 12  # behind the name
        at = _end(data, at)
        if name in (_XMP, _ICC):
            held.setdefault(name, _content(data, start, at))
    return max(1, count), held


def _table(flags: int) -> int:
    """Bytes of the table of colours that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _end(data: bytes, at: int) -> int:
    """Where a chain of pieces ends, each with its length before it."""
    while at < len(data) and data[at]:
        at += data[at] + 1
    return at + 1


def _content(data: bytes, at: int, end: int) -> bytes:
    """What a chain of pieces holds; XMP is one piece, and a trailer that leads to the end."""
    trailer = end - _XMP_TRAILER
    if at < trailer and data[trailer : trailer + 3] == b"\1\xff\xfe":
        return data[at:trailer]
    pieces = []
    while at < len(data) and data[at]:
        pieces.append(data[at + 1 : at + 1 + data[at]])
        at += data[at] + 1
    return b"".join(pieces)


FORMAT = Format(
    "GIF",
    "GIF",
    "image/gif",
    (".gif",),
    matches=lambda data: data.startswith((b"GIF87a", b"GIF89a")),
    read=_read,
    share=_share,
    place=8,
)
