"""A picture of any size through a network that sees one tile at a time, without seams."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from model.networks import Tiling

PIXELS = 1024 * 1024  # of a tile at most: half a second of work, and of memory 0.2 GB
_OWN = 64  # pixels of a tile's side that are no overlap, at least
_TRIED = 200  # heights of tiles that `plan` compares


@dataclass(frozen=True)
class Axis:
    """How one side of a picture is cut: tiles of one length, each start a multiple of the grid.

    Starts elsewhere would shift the network's own grid, and tiles would differ from the whole.
    """

    size: int
    tile: int
    starts: tuple[int, ...]
    ramp: int

    @staticmethod
    def cut(size: int, side: int, tiling: Tiling) -> "Axis":
        """Tiles of at most `side`, as equal as can be, so that little is computed twice."""
        grid, overlap = tiling.multiple_of, tiling.overlap
        whole = _round_up(size, grid)
        if whole <= side:
            return Axis(size, whole, (0,), tiling.ramp)
        count = -(-(whole - overlap) // (side - overlap))
        tile = _round_up(-(-(whole - overlap) // count) + overlap, grid)
        last = whole - tile
        starts = [round(last * i / (count - 1) / grid) * grid for i in range(count)]
        return Axis(size, tile, tuple(starts), tiling.ramp)

    def span(self, number: int) -> slice:
        """The part of the picture that a tile covers."""
        start = self.starts[number]
        return slice(start, min(start + self.tile, self.size))

    def shared(self, number: int) -> int:
        """How many pixels a tile shares with the one before it; 0 for the first."""
        return self.starts[number - 1] + self.tile - self.starts[number] if number else 0

    def core(self, number: int) -> tuple[int, int]:
        """Where a tile's own part begins and ends: in the middle of what it shares."""
        begin = self.starts[number] + self.shared(number) // 2
        if number + 1 == len(self.starts):
            return begin, self.size
        return begin, min(self.size, self.starts[number + 1] + self.shared(number + 1) // 2)

    def fade_in(self, number: int) -> np.ndarray:
        """(shared,) float32: a tile's weight where it meets the one before it.

        0, a straight line in the middle, then 1: what lies near a tile's border, where the network
        could not see far enough, has no weight.
        """
        shared = self.shared(number)
        length = min(self.ramp, shared)
        position = np.arange(shared) + 0.5 - (shared - length) / 2
        return np.clip(position / max(length, 1), 0, 1).astype("float32")


def plan(size: tuple[int, int], tiling: Tiling, pixels: int = PIXELS) -> tuple[Axis, Axis]:
    """Cuts height and width into tiles of one shape, so that least is computed in all.

    Args:
        size: Height and width of what is cut: the picture with its mirrored margin.
        tiling: What the network needs.
        pixels: The most that a tile may have; it gets more only where it would become a sliver.
    """
    grid, least = tiling.multiple_of, tiling.overlap + _OWN

    def across(down: Axis) -> Axis:
        return Axis.cut(size[1], max(pixels // down.tile, least) // grid * grid, tiling)

    whole = _round_up(size[0], grid)
    sides = range(min(_round_up(least, grid), whole), whole + 1, grid)
    # Every height would do, but the finest grid has too many to try them all.
    sides = sides[:: max(len(sides) // _TRIED, 1)]
    heights = [Axis.cut(size[0], side, tiling) for side in (*sides, whole)]
    cuts = [(down, across(down)) for down in heights if down.tile * least <= pixels]
    return min(cuts or [(heights[0], across(heights[0]))], key=_cost)


def _cost(cut: tuple[Axis, Axis]) -> int:
    """Pixels computed."""
    down, across = cut
    return len(down.starts) * down.tile * len(across.starts) * across.tile


def _round_up(size: int, grid: int) -> int:
    return -(-size // grid) * grid


@dataclass(frozen=True)
class Core:
    """What is shown of a tile before its neighbours are done: cut in the middle of each overlap.

    top, left: where it lies in the picture. inside: where it lies in the tile.
    """

    top: int
    left: int
    height: int
    width: int
    inside: tuple[slice, slice]


def cores(size: tuple[int, int], tiling: Tiling, pixels: int = PIXELS) -> Iterator[Core]:
    """The cores of all tiles in the order of `stitch`; they cover the picture once."""
    margin = tiling.margin
    down, across = plan(_with_margin(size, margin), tiling, pixels)
    for i, first_row in enumerate(down.starts):
        for j, first_column in enumerate(across.starts):
            # Without the mirrored margin, which is no part of the picture.
            top, bottom = _clipped(down.core(i), margin, margin + size[0])
            left, right = _clipped(across.core(j), margin, margin + size[1])
            rows = slice(top - first_row, bottom - first_row)
            columns = slice(left - first_column, right - first_column)
            yield Core(top - margin, left - margin, bottom - top, right - left, (rows, columns))


def _clipped(span: tuple[int, int], low: int, high: int) -> tuple[int, int]:
    return min(max(span[0], low), high), min(max(span[1], low), high)


def _with_margin(size: tuple[int, int], margin: int) -> tuple[int, int]:
    return size[0] + 2 * margin, size[1] + 2 * margin


def stitch(
    size: tuple[int, int],
    read: Callable[[slice, slice], np.ndarray],
    process: Callable[[np.ndarray], np.ndarray],
    write: Callable[[slice, np.ndarray], None],
    tiling: Tiling,
    pixels: int = PIXELS,
) -> Iterator[tuple[int, int]]:
    """Runs a picture through `process`, tile by tile; yields (tiles done, tiles in all).

    The picture's borders are mirrored outwards, so that the network sees no edge where there is
    none. While one tile is in `process`, a second thread reads the next and puts the last in its
    place. Besides the caller's own arrays this holds four tiles and one strip, a tile high and the
    picture wide.

    Args:
        size: Height and width of the picture.
        read: Rows and columns -> that part as (h, w, 3) float32. Called in the second thread.
        process: (h, w, 3) -> (h, w, 3) float32, sides multiples of the network's grid. Called in
            the caller's thread. Neither it nor its argument is changed afterwards.
        write: Takes rows and their finished (h, width, 3) float32 values, which it may change; rows
            come in order, once. Called in the second thread.
        tiling: What the network needs.
        pixels: The most that a tile may have.
    """
    margin = tiling.margin
    down, across = plan(_with_margin(size, margin), tiling, pixels)
    places = [(i, j) for i in range(len(down.starts)) for j in range(len(across.starts))]
    canvas = _Canvas(down, across, _without_margin(write, size, margin))

    def prepared(number: int) -> np.ndarray:
        i, j = places[number]
        rows = _within(down.starts[i] - margin, down.tile, size[0])
        columns = _within(across.starts[j] - margin, across.tile, size[1])
        return _mirrored(read(rows.inside, columns.inside), rows, columns)

    with ThreadPoolExecutor(1, "tiles") as second:
        following = second.submit(prepared, 0)
        placed: Future[None] = second.submit(lambda: None)
        for number, (i, j) in enumerate(places):
            part = following.result()
            if number + 1 < len(places):
                following = second.submit(prepared, number + 1)
            result = process(part)
            placed.result()  # no more than one waits; raises what failed in it
            placed = second.submit(canvas.place, i, j, result)
            if number + 1 < len(places):
                yield number + 1, len(places)
        placed.result()
    yield len(places), len(places)


class _Canvas:
    """Puts tiles together, strip by strip; in the overlaps one fades into the next."""

    def __init__(
        self, down: Axis, across: Axis, write: Callable[[slice, np.ndarray], None]
    ) -> None:
        self._down, self._across, self._write = down, across, write
        self._strip = np.empty((down.tile, across.size, 3), "float32")
        self._above = np.empty((0, across.size, 3), "float32")  # what the last strip left over

    def place(self, i: int, j: int, tile: np.ndarray) -> None:
        """Takes the tile of row i and column j; tiles come row by row."""
        rows, columns = self._down.span(i), self._across.span(j)
        height, width = rows.stop - rows.start, columns.stop - columns.start
        strip = self._strip[:height, columns]
        # The picture may end within what is shared.
        shared = min(self._across.shared(j), width)
        _fade(strip[:, :shared], tile[:height, :shared], self._across.fade_in(j)[:shared, None])
        strip[:, shared:] = tile[:height, shared:width]
        if j + 1 == len(self._across.starts):
            self._finish(i, rows)

    def _finish(self, i: int, rows: slice) -> None:
        """The strip is full: blends it with the one above, hands out what no other will change."""
        strip = self._strip[: rows.stop - rows.start]
        shared = min(len(self._above), len(strip))
        fade = self._down.fade_in(i)[:shared, None, None]
        _fade(self._above[:shared], strip[:shared], fade)
        strip[:shared] = self._above[:shared]
        last = i + 1 == len(self._down.starts)
        final = len(strip) if last else self._down.starts[i + 1] - rows.start
        self._above = strip[final:].copy()
        self._write(slice(rows.start, rows.start + final), strip[:final])


def _fade(old: np.ndarray, new: np.ndarray, weight: np.ndarray) -> None:
    """Changes `old` into `new` to the degree that the weight says."""
    old += weight * (new - old)


@dataclass(frozen=True)
class _Span:
    """A tile's part of one side: what lies in the picture, and how much is missing either way."""

    inside: slice
    before: int
    after: int


def _within(start: int, length: int, size: int) -> _Span:
    first, last = max(start, 0), min(start + length, size)
    return _Span(slice(first, last), first - start, start + length - last)


def _mirrored(part: np.ndarray, rows: _Span, columns: _Span) -> np.ndarray:
    """Mirrors the picture's edges out to the tile's size."""
    missing = ((rows.before, rows.after), (columns.before, columns.after), (0, 0))
    return np.pad(part, missing, "symmetric") if np.any(missing) else part


def _without_margin(
    write: Callable[[slice, np.ndarray], None], size: tuple[int, int], margin: int
) -> Callable[[slice, np.ndarray], None]:
    """`write` for the rows and columns that belong to the picture."""

    def write_inside(rows: slice, values: np.ndarray) -> None:
        first, last = max(rows.start - margin, 0), min(rows.stop - margin, size[0])
        if first < last:
            top = first + margin - rows.start
            inside = values[top : top + last - first, margin : margin + size[1]]
            write(slice(first, last), inside)

    return write_inside
