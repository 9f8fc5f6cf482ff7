"""Strips and tiles that are files of their own (JPEG, WebP): none may hide a larger picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import imagecodecs

import photo.formats._tiff_tags as tags
from photo.base import MEGABYTE, PhotoError
from photo.formats import _tiff_checks as checks
from photo.formats import jpeg2000, webp
from photo.formats._jpeg_segments import EOI, SOI, walk
from photo.metadata.ifd import Directory

_PADDING = 32  # pixels by which a part may be larger than its place
_LONGEST_TABLES, _MOST_PARTS = 100_000, 100_000
_LERC, _LERC_STARTS, _ZSTANDARD_STARTS = 34887, b"Lerc2 ", b"\x28\xb5\x2f\xfd"
_MOST_LAYERS = 6
_LERC_HEADER = 1000  # bytes, many times what it needs


def places(data: bytes, main: Directory) -> list[tuple[int, int]]:
    """Start and length of each part; PhotoError where they are too many or lie over each other."""
    count = checks.grid(main)[2]
    if count > _MOST_PARTS:
        raise PhotoError(checks.KIND.format("a great many small tiles"))
    result = checks.places(data, main)[:count]
    # Parts that lie over each other would be decoded again and again.
    if sum(length for _, length in result) > 2 * len(data) + MEGABYTE:
        raise PhotoError(checks.CUT)
    return result


def fits(size: tuple[int, int], main: Directory) -> bool:
    """Whether a part of this width and height has its place in the picture."""
    across, down, _ = checks.grid(main)
    width, height = size
    return 0 < width * height <= (across + _PADDING) * (down + _PADDING)


def tables(main: Directory) -> bytes:
    """The tables that all JPEGs share, without their frame."""
    entry = main.entries.get(tags.JPEG_TABLES)
    if entry is None:
        return b""
    if len(entry.raw) > _LONGEST_TABLES:  # each part gets a copy
        raise PhotoError(checks.CUT)
    return bytes(entry.raw).removeprefix(SOI).removesuffix(EOI)


def check_sizes(data: bytes, main: Directory) -> None:
    """Raise PhotoError if a part says that it is larger than its place: decoders believe it."""
    compression = main.integer(tags.COMPRESSION, 1)
    size_of = _SIZES.get(compression)
    if size_of is None:
        return
    shared, most = tables(main), _most_unpacked(main)
    for start, length in places(data, main):
        part = data[start : start + length]
        try:
            size = size_of(_unpacked(part, most) if compression == _LERC else part, shared)
        except (PhotoError, struct.error) as error:
            raise PhotoError(checks.CUT) from error
        if not fits(size, main):
            raise PhotoError(checks.CUT)


def _jpeg_size(part: bytes, shared: bytes) -> tuple[int, int]:
    found = walk(SOI + shared + part.removeprefix(SOI))
    return found.size if found.headers == 1 else (0, 0)


def _webp_size(part: bytes, _: bytes) -> tuple[int, int]:
    # Decoders take a picture without its frame too, which is not looked for here.
    return webp.size_of(part) if webp.FORMAT.matches(part) else (0, 0)


def _most_unpacked(main: Directory) -> int:
    """Bytes that a part's LERC data may have: its pixels as they are, with a mask and a header."""
    across, down, _ = checks.grid(main)
    return checks.part_sizes(main)[0] + across * down // 8 + _LERC_HEADER


def _unpacked(part: bytes, most: int) -> bytes:
    """LERC data that may be packed once more, with Deflate or Zstandard.

    By how it begins, as the decoder does, and not by the tag that should say so.
    """
    if part.startswith(_LERC_STARTS):
        return part
    if part.startswith(_ZSTANDARD_STARTS):
        try:
            return bytes(imagecodecs.zstd_decode(part, out=most))
        except imagecodecs.ZstdError as error:  # also where it would be longer
            raise PhotoError(checks.CUT) from error
    unpacker = zlib.decompressobj()
    try:
        result = unpacker.decompress(part, most)
    except zlib.error as error:
        raise PhotoError(checks.CUT) from error
    if not unpacker.eof or unpacker.unused_data:
        raise PhotoError(checks.CUT)
    return result


def _lerc_size(part: bytes, _: bytes) -> tuple[int, int]:
    """From the header of its second version, which may be followed by more pictures."""
    version = int.from_bytes(part[6:10], "little")
    at = 14 if version > 2 else 10
    rows, columns = struct.unpack_from("<II", part, at)
    layers = struct.unpack_from("<I", part, at + 8)[0] if version > 3 else 1
    single = part.startswith(_LERC_STARTS) and part.count(_LERC_STARTS) == 1
    return (columns, rows) if single and layers <= _MOST_LAYERS else (0, 0)


_SIZES: dict[int, Callable[[bytes, bytes], tuple[int, int]]] = {
    checks.JPEG: _jpeg_size,
    34712: lambda part, _: jpeg2000.size_of(part),
    _LERC: _lerc_size,
    50001: _webp_size,
}
