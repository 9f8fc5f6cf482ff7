"""A TIFF's directory, checked before any decoder sees it."""

from __future__ import annotations

import photo.formats._tiff_tags as tags
from photo.base import MEGABYTE, MEGAPIXEL, Limits, PhotoError
from photo.metadata.ifd import BrokenMetadata, Directory, parse

OLD_JPEG, YCBCR = 6, 6
CUT = "The TIFF is damaged or cut short; copy or download it again."
KIND = "The TIFF holds {}, which is not supported; save it as 8-bit or 16-bit RGB or grey."
_MAX_PAGES, _MAX_RECORDS = 1000, 100_000
_MAX_CHANNELS, _MAX_REPEATED = 6, 100 * MEGABYTE
# How the pixels may be packed; by their numbers, as names are few.
_COMPRESSIONS = frozenset(
    (1, 2, 3, 4, 5, OLD_JPEG, 7, 8, 32773, 32946, 34712, 34887, 34925, 50000, 50001)
)


def refuse(main: Directory, limits: Limits) -> None:
    """Raise PhotoError for what is no picture, too large, or of a kind not supported."""
    width, height = main.integer(tags.WIDTH), main.integer(tags.HEIGHT)
    preview = main.integer(tags.SUBFILE) & 1 and tags.SUB_IFDS in main.entries
    photometric = main.integer(tags.PHOTOMETRIC, 1)
    if tags.DNG in main.entries or preview or photometric in tags.CFA:
        raise PhotoError(
            "The file is a camera raw file; export it from your raw developer as TIFF or JPEG."
        )
    if tags.WIDTH not in main.entries or tags.HEIGHT not in main.entries:
        raise PhotoError(CUT)
    limits.check_size(width, height)
    compression = main.integer(tags.COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise PhotoError(
            f"The TIFF is compressed in a way that is not supported (number {compression}); "
            "save it without compression, or with LZW or Deflate."
        )
    _refuse_layout(main, width, height)
    # A tile or strip is decoded whole, so a small picture may not hide a huge one.
    across, down = main.integer(tags.TILE_WIDTH, 1), main.integer(tags.TILE_HEIGHT, 1)
    if across * down > max(16 * width * height, MEGAPIXEL):
        raise PhotoError(CUT)
    if not 1 <= main.integer(tags.CHANNELS, 1) <= _MAX_CHANNELS:
        raise PhotoError(KIND.format("an unusual number of channels"))
    bits = set(main.numbers(tags.BITS, _MAX_CHANNELS))
    kinds = set(main.numbers(tags.SAMPLE_FORMAT, _MAX_CHANNELS)) - {4}
    if len(bits) > 1 or len(kinds) > 1:
        raise PhotoError(KIND.format("channels of different depths"))
    depth, kind = int(bits.pop()) if bits else 1, int(kinds.pop()) if kinds else 1
    if kind not in (1, 3) or (kind == 3 and depth not in (16, 32, 64)):
        raise PhotoError(KIND.format(f"{depth}-bit values with a sign or an unusual float type"))
    if kind == 1 and depth not in (1, 2, 4, 8, 10, 12, 14, 16):
        raise PhotoError(KIND.format(f"{depth} bits per channel"))


def _refuse_layout(main: Directory, width: int, height: int) -> None:
    """Raise PhotoError if strips or tiles are missing: Pillow leaves such places black."""
    if main.integer(tags.COMPRESSION, 1) == OLD_JPEG:
        return
    channels, planar = main.integer(tags.CHANNELS, 1), main.integer(tags.PLANAR, 1) == 2
    if tags.TILE_OFFSETS in main.entries:
        across = max(1, main.integer(tags.TILE_WIDTH, 1))
        down = max(1, main.integer(tags.TILE_HEIGHT, 1))
        offsets, counts = main.entries[tags.TILE_OFFSETS], tags.TILE_COUNTS
    elif tags.OFFSETS in main.entries:
        across, down = width, max(1, main.integer(tags.ROWS, height))
        offsets, counts = main.entries[tags.OFFSETS], tags.COUNTS
    else:
        raise PhotoError(CUT)
    wanted = -(-width // across) * -(-height // down) * (channels if planar else 1)
    if offsets.count < wanted:
        raise PhotoError(CUT)
    plain = main.integer(tags.COMPRESSION, 1) == 1 and main.integer(tags.PHOTOMETRIC) != YCBCR
    least = width * height * channels * main.integer(tags.BITS, 1) // 8
    if plain and counts in main.entries and sum(main.numbers(counts, offsets.count)) < least:
        raise PhotoError(CUT)


def pages(data: bytes, main: Directory, big: bool) -> list[Directory]:
    """The directories of the file's pages, those behind the first without what they point to.

    Stops at a loop, at a thousand, and where pages that lie over each other hold too many records.
    """
    result, at, seen, records = [main], main.next, {0}, 0
    while at not in seen and len(seen) < _MAX_PAGES and records < _MAX_RECORDS:
        seen.add(at)
        try:
            result.append(parse(data, at, main.order, big=big, deep=0))
        except BrokenMetadata:
            break
        records += (result[-1].end - at) // (20 if big else 12)
        at = result[-1].next
    return result


def refuse_repeats(directories: list[Directory], size: int) -> None:
    """Raise PhotoError if their values come to far more than the file: Pillow copies each."""
    if sum(_length(directory) for directory in directories) > 2 * size + _MAX_REPEATED:
        raise PhotoError(CUT)


def _length(directory: Directory) -> int:
    own = sum(len(entry.raw) for entry in directory.entries.values())
    return own + sum(_length(inner) for inner in directory.subs.values())


def is_reduced(page: Directory) -> bool:
    """Whether a page is a small copy of another."""
    return bool(page.integer(tags.SUBFILE) & 1)
