"""The chunks that are written beside a PNG's pixels."""

from __future__ import annotations

import struct
import zlib

from photo.base import Photo
from photo.formats._png_chunks import TRAILER, XMP_KEY, chunk


def extra(photo: Photo, channels: int, deep: bool) -> bytes:
    """All chunks that stand between the header and the pixels. channels: as they are written."""
    parts = _colour(photo, channels)
    for block in photo.blocks:
        body = block.data
        if block.kind == "sBIT":
            body = _significant(body, channels, 16 if deep else 8)
        elif block.kind == "bKGD":
            body = _background(body, channels)
        if block.kind != TRAILER and body:
            parts.append(chunk(block.kind.encode("latin-1"), body))
    # A file has only one of these: one that is carried says how wide a pixel is, and no density.
    if photo.dpi and not any(block.kind == "pHYs" for block in photo.blocks):
        across, down = (round(one_way / 0.0254) for one_way in photo.dpi)
        parts.append(chunk(b"pHYs", struct.pack(">IIB", across, down, 1)))
    if photo.exif:
        parts.append(chunk(b"eXIf", photo.exif))
    if photo.xmp:
        parts.append(chunk(b"iTXt", XMP_KEY + b"\0\0\0\0\0" + photo.xmp))
    return b"".join(parts)


def _colour(photo: Photo, channels: int) -> list[bytes]:
    """The colour space, where no chunk of the file's own says it: as numbers, or as a profile.

    Numbers count before a profile, so beside one they are written only where they say more: HDR.
    """
    parts, colour = [], photo.colour if photo.format != "PNG" else None
    if colour is not None and colour.numbered and (colour.hdr or not photo.icc):
        parts.append(chunk(b"cICP", bytes((*colour.numbered, 0, 1))))
        parts += [chunk(b"mDCV", colour.mastering)] if colour.mastering else []
        parts += [chunk(b"cLLI", colour.light)] if colour.light else []
    icc = photo.icc or (colour.profile(channels < 3) if colour and not colour.hdr else None)
    if icc:
        parts.append(chunk(b"iCCP", b"ICC profile\0\0" + zlib.compress(icc)))
    return parts


def trailer(photo: Photo) -> bytes:
    """What stands behind the end."""
    return b"".join(block.data for block in photo.blocks if block.kind == TRAILER)


def _significant(body: bytes, channels: int, depth: int) -> bytes:
    """Significant bits for so many channels: one a channel, whatever the file had."""
    colours = body[:3] if len(body) >= 3 else body[:1] * 3
    alpha = body[-1] if len(body) in (2, 4) else depth
    bits = [max(colours, default=depth)] if channels < 3 else [*colours]
    return bytes(min(max(b, 1), depth) for b in [*bits, *([alpha] if channels in (2, 4) else [])])


def _background(body: bytes, channels: int) -> bytes:
    """The background for so many channels; empty for one of a palette, which is gone."""
    if len(body) == 2 and channels > 2:
        return body * 3
    return body if len(body) == (2 if channels < 3 else 6) else b""
