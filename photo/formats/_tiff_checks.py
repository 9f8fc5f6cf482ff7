"""A TIFF's directory, checked before any decoder sees it."""

from __future__ import annotations

import photo.formats._tiff_tags as tags
from photo.base import MEGABYTE, MEGAPIXEL, Limits, PhotoError
from photo.metadata.ifd import BrokenMetadata, Directory, parse

OLD_JPEG, JPEG, YCBCR = 6, 7, 6
CUT = "The TIFF is damaged or cut short; copy or download it again."
KIND = "The TIFF holds {}, which is not supported; save it as 8-bit or 16-bit RGB or grey."
_DEFLATE = (8, 32946)  # which have a checksum, so that a lost end is noticed
_MAX_PAGES, _MAX_RECORDS = 1000, 100_000
_MAX_CHANNELS, _MAX_REPEATED = 6, 100 * MEGABYTE
# How the pixels may be packed; by their numbers, as names are few.
_COMPRESSIONS = frozenset(
    (1, 2, 3, 4, 5, OLD_JPEG, JPEG, 8, 32773, 32946, 34712, 34887, 34925, 50000, 50001)
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
    if any(main.integer(tag) != 1 for tag in (tags.DEPTH, tags.TILE_DEPTH) if tag in main.entries):
        raise PhotoError(KIND.format("a volume of several layers"))
    compression = main.integer(tags.COMPRESSION, 1)
    if compression not in _COMPRESSIONS:
        raise PhotoError(
            f"The TIFF is compressed in a way that is not supported (number {compression}); "
            "save it without compression, or with LZW or Deflate."
        )
    _refuse_layout(main, width, height)
    _refuse_tiles(main, width, height)
    _refuse_samples(main)


def _refuse_tiles(main: Directory, width: int, height: int) -> None:
    """Raise PhotoError if tiles are huge: each is decoded whole, however small the picture."""
    across, down = main.integer(tags.TILE_WIDTH), main.integer(tags.TILE_HEIGHT)
    if tags.TILE_OFFSETS in main.entries and min(across, down) < 1:
        raise PhotoError(CUT)
    if across * down > max(16 * width * height, MEGAPIXEL):
        raise PhotoError(CUT)
    if across and down:
        count = -(-width // across) * -(-height // down)
        if count * across * down > 16 * max(width * height, MEGAPIXEL):
            raise PhotoError(CUT)


def _refuse_samples(main: Directory) -> None:
    """Raise PhotoError if the channels are too many, or of numbers of a kind not supported."""
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
    tiled = tags.TILE_OFFSETS in main.entries
    offsets = main.entries.get(tags.TILE_OFFSETS if tiled else tags.OFFSETS)
    counts = tags.TILE_COUNTS if tiled else tags.COUNTS
    channels = main.integer(tags.CHANNELS, 1)
    if offsets is None or offsets.count < grid(main)[2]:
        raise PhotoError(CUT)
    least = width * height * channels * main.integer(tags.BITS, 1) // 8
    if (
        _is_plain(main)
        and counts in main.entries
        and sum(main.numbers(counts, offsets.count)) < least
    ):
        raise PhotoError(CUT)


def grid(main: Directory) -> tuple[int, int, int]:
    """Width and height of a strip or tile, and how many of them make the picture."""
    width, height = main.integer(tags.WIDTH), main.integer(tags.HEIGHT)
    across, down = width, max(1, min(main.integer(tags.ROWS, height), height))
    if tags.TILE_OFFSETS in main.entries:
        across = max(1, main.integer(tags.TILE_WIDTH, 1))
        down = max(1, main.integer(tags.TILE_HEIGHT, 1))
    planes = main.integer(tags.CHANNELS, 1) if main.integer(tags.PLANAR, 1) == 2 else 1
    return across, down, -(-width // across) * -(-height // down) * planes


def places(data: bytes, main: Directory) -> list[tuple[int, int]]:
    """Start and length of each strip or tile; PhotoError where one is empty or not in the file.

    A length that is missing, or beyond the end of a file that holds all pixels, is put right.
    """
    tiled = tags.TILE_OFFSETS in main.entries
    offsets = main.numbers(tags.TILE_OFFSETS if tiled else tags.OFFSETS)
    counts = main.numbers(tags.TILE_COUNTS if tiled else tags.COUNTS)
    compression = main.integer(tags.COMPRESSION, 1)
    full, last, strips = part_sizes(main)
    if not counts and len(offsets) == 1 and compression in (1, *_DEFLATE):  # old programs
        counts = (full if compression == 1 else len(data) - offsets[0],)
    plain, result = _is_plain(main), []
    for index, (start, length) in enumerate(zip(map(int, offsets), map(int, counts), strict=False)):
        left = len(data) - start
        needed = full if (index + 1) % strips else last
        used = left if plain and length > left >= needed else length
        if not 0 < used <= left:
            raise PhotoError(CUT)
        result.append((start, used))
    if not result:
        raise PhotoError(CUT)
    return result


def _is_plain(main: Directory) -> bool:
    """Whether each pixel has bytes of its own."""
    return main.integer(tags.COMPRESSION, 1) == 1 and main.integer(tags.PHOTOMETRIC) != YCBCR


def part_sizes(main: Directory) -> tuple[int, int, int]:
    """Bytes of a strip or tile without compression, and of a plane's last; strips of a plane.

    The last strip may be shorter, a tile never is.
    """
    across, down, _ = grid(main)
    channels = 1 if main.integer(tags.PLANAR, 1) == 2 else main.integer(tags.CHANNELS, 1)
    row = -(-across * channels * main.integer(tags.BITS, 1) // 8)
    if tags.TILE_OFFSETS in main.entries:
        return down * row, down * row, 1
    height = main.integer(tags.HEIGHT)
    strips = -(-height // down)
    return down * row, (height - (strips - 1) * down) * row, strips


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
