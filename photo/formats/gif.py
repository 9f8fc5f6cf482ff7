"""GIF, which is only read: 256 colours are too few for a photograph without noise."""

from __future__ import annotations

from PIL import GifImagePlugin

from photo.base import Block, Limits, Photo
from photo.format import Format, Shared, comment_text
from photo.formats._pillow import read_with

_MAX_FRAMES = 10_000


class _FirstFrame(GifImagePlugin.GifImageFile):
    """Pillow counts frames by decoding them all."""

    n_frames = 1


def _read(data: bytes, limits: Limits) -> Photo:
    photo = read_with(_FirstFrame, "GIF", data, limits)
    photo.frames = _frames(data)
    return photo


def _share(blocks: list[Block]) -> Shared:
    return Shared(comments=[comment_text(block.data) for block in blocks])


def _frames(data: bytes) -> int:
    """Pictures in a GIF, at most ten thousand, by walking its blocks; nothing is decoded."""
    at, count = 13, 0
    if data[10] & 0x80:
        at += 3 << ((data[10] & 7) + 1)
    while at < len(data) and count < _MAX_FRAMES:
        if data[at] == 0x2C and at + 10 < len(data):
            count += 1
            table = data[at + 9]
            at += 11 + ((3 << ((table & 7) + 1)) if table & 0x80 else 0)
        elif data[at] == 0x21:
            at += 2
        else:
            break
        while at < len(data) and data[at]:
            at += data[at] + 1
        at += 1
    return max(1, count)


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
