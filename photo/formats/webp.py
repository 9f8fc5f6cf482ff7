"""WebP."""

from __future__ import annotations

import struct

from PIL import WebPImagePlugin

from photo.base import Block, Limits, Photo, PhotoError
from photo.format import Format
from photo.formats._pillow import image_of, metadata_options, read_with, saved

_UNDERSTOOD = (b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP", b"EXIF", b"XMP ")
_TRAILER = "trailer"


def _read(data: bytes, limits: Limits) -> Photo:
    limits.check_size(*size_of(data))
    photo = read_with(WebPImagePlugin.WebPImageFile, "WEBP", data, limits)
    _take_more(photo, data)
    photo.lossless = _is_lossless(data)
    return photo


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height from the first chunk: Pillow's decoder reserves memory as it opens.

    Raises PhotoError where there are none.
    """
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise PhotoError("The WebP is cut short; copy or download it again.")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    raise PhotoError("The WebP is damaged; copy or download it again.")


def _is_lossless(data: bytes) -> bool:
    """Whether the first picture is; those of an animation lie within a chunk, behind 16 bytes."""
    at = 12
    while at + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind in (b"VP8 ", b"VP8L"):
            return bool(kind == b"VP8L")
        at += 24 if kind == b"ANMF" else 8 + length + length % 2
    return False


def _take_more(photo: Photo, data: bytes) -> None:
    """Carry the chunks that neither the picture nor its animation consists of."""
    at, end = 12, min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        if kind not in _UNDERSTOOD and at + 8 + length <= len(data):
            name = kind.decode("latin-1")
            what = "content credentials" if name == "C2PA" else f"an unknown chunk ({name.strip()})"
            photo.blocks.append(Block("WEBP", name, data[at + 8 : at + 8 + length], what))
        at += 8 + length + length % 2
    if len(data) > end:
        photo.blocks.append(
            Block("WEBP", _TRAILER, data[end:], "data after the end of the picture")
        )


def _with_blocks(photo: Photo, data: bytes) -> bytes:
    """A file with the photo's own chunks; one that is not extended yet becomes so."""
    own = [block for block in photo.blocks if block.kind != _TRAILER]
    behind = b"".join(block.data for block in photo.blocks if block.kind == _TRAILER)
    if not own:
        return data + behind
    body = data[12:]
    if not body.startswith(b"VP8X"):
        width, height = photo.width - 1, photo.height - 1
        flags = 0x10 if body.startswith(b"VP8L") and photo.alpha is not None else 0
        sides = width.to_bytes(3, "little") + height.to_bytes(3, "little")
        body = b"VP8X" + struct.pack("<IB3x", 10, flags) + sides + body
    parts = [body]
    for block in own:
        head = struct.pack("<4sI", block.kind.encode("latin-1"), len(block.data))
        parts += [head, block.data, bytes(len(block.data) % 2)]
    length = sum(len(part) for part in parts)
    return b"".join((b"RIFF", struct.pack("<I", length + 4), b"WEBP", *parts, behind))


def _write(photo: Photo, quality: int | None) -> bytes:
    """Lossless where the photo came so and no quality is asked for."""
    lossless = photo.lossless and quality is None and photo.format == "WEBP"
    options = metadata_options(photo)
    options.update(lossless=lossless, exact=lossless, method=4, quality=quality or FORMAT.quality)
    return _with_blocks(photo, saved(image_of(photo), "WEBP", **options))


FORMAT = Format(
    "WEBP",
    "WebP",
    "image/webp",
    (".webp",),
    matches=lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
    read=_read,
    write=_write,
    place=3,
    grey=False,
    quality=95,
    side=16383,
    carries=frozenset(("icc", "exif", "xmp")),
)
