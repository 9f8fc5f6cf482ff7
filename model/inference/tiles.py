"""A picture of any size through a network that sees one tile at a time, without seams."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from model.unet import MULTIPLE_OF

PIXELS = 1024 * 1024  # of a tile at most: half a second of work, and of memory 0.2 GB
OVERLAP = 96  # pixels that neighbouring tiles share
RAMP = 32  # the middle part of the overlap, where one tile fades into the next
_LEAST = 2 * OVERLAP  # no tile side is made shorter than this to fit `PIXELS`


@dataclass(frozen=True)
class Axis:
    """How one side of a picture is cut: tiles of one length, each start a multiple of 32.

    Starts elsewhere would shift the pooling grid, and tiles would differ from the whole.
    """

    size: int
    tile: int
    starts: tuple[int, ...]

    @staticmethod
    def cut(size: int, side: int, overlap: int = OVERLAP) -> "Axis":
        """Tiles of at most `side`, as equal as can be, so that little is computed twice."""
        whole = _round_up(size)
        if whole <= side:
            return Axis(size, whole, (0,))
        count = -(-(whole - overlap) // (side - overlap))
        tile = _round_up(-(-(whole - overlap) // count) + overlap)
        last = whole - tile
        starts = [round(last * i / (count - 1) / MULTIPLE_OF) * MULTIPLE_OF for i in range(count)]
        return Axis(size, tile, tuple(starts))

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
        length = min(RAMP, shared)
        position = np.arange(shared) + 0.5 - (shared - length) / 2
        return np.clip(position / max(length, 1), 0, 1).astype("float32")


def plan(size: tuple[int, int], pixels: int = PIXELS) -> tuple[Axis, Axis]:
    """Cuts height and width into tiles of one shape, so that least is computed in all.

    Args:
        size: Height and width of the picture.
        pixels: The most that a tile may have; it gets more only where it would become a sliver.
    """

    def across(down: Axis) -> Axis:
        return Axis.cut(size[1], max(pixels // down.tile, _LEAST) // MULTIPLE_OF * MULTIPLE_OF)

    whole = _round_up(size[0])
    sides = range(min(_LEAST, whole), whole + 1, MULTIPLE_OF)
    heights = [Axis.cut(size[0], side) for side in sides]
    cuts = [(down, across(down)) for down in heights if down.tile * _LEAST <= pixels]
    return min(cuts or [(heights[0], across(heights[0]))], key=_cost)


def _cost(cut: tuple[Axis, Axis]) -> int:
    """Pixels computed."""
    down, across = cut
    return len(down.starts) * down.tile * len(across.starts) * across.tile


def _round_up(size: int) -> int:
    return -(-size // MULTIPLE_OF) * MULTIPLE_OF


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


def cores(size: tuple[int, int], pixels: int = PIXELS) -> Iterator[Core]:
    """The cores of all tiles in the order of `stitch`; they cover the picture once."""
    down, across = plan(size, pixels)
    for i in range(len(down.starts)):
        for j in range(len(across.starts)):
            (top, bottom), (left, right) = down.core(i), across.core(j)
            inside = tuple(
                slice(begin - start, end - start)
                for begin, end, start in (
                    (top, bottom, down.starts[i]),
                    (left, right, across.starts[j]),
                )
            )
            yield Core(top, left, bottom - top, right - left, (inside[0], inside[1]))


def stitch(
    size: tuple[int, int],
    read: Callable[[slice, slice], np.ndarray],
    process: Callable[[np.ndarray], np.ndarray],
    write: Callable[[slice, np.ndarray], None],
    pixels: int = PIXELS,
) -> Iterator[tuple[int, int]]:
    """Runs a picture through `process`, tile by tile; yields (tiles done, tiles in all).

    While one tile is in `process`, a second thread reads the next and puts the last in its place.
    Besides the caller's own arrays this holds four tiles and one strip, a tile high and the
    picture wide.

    Args:
        size: Height and width of the picture.
        read: Rows and columns -> that part as (h, w, 3) float32. Called in the second thread.
        process: (h, w, 3) -> (h, w, 3) float32, sides multiples of 32. Called in the caller's
            thread. Neither it nor its argument is changed afterwards.
        write: Takes rows and their finished (h, width, 3) float32 values, which it may change; rows
            come in order, once. Called in the second thread.
        pixels: The most that a tile may have.
    """
    down, across = plan(size, pixels)
    places = [(i, j) for i in range(len(down.starts)) for j in range(len(across.starts))]
    canvas = _Canvas(down, across, write)

    def prepared(number: int) -> np.ndarray:
        i, j = places[number]
        return _padded(read(down.span(i), across.span(j)), down.tile, across.tile)

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


def _padded(part: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mirrors the lower and right edges out to the tile's size."""
    h, w = part.shape[:2]
    if (h, w) == (height, width):
        return part
    return np.pad(part, ((0, height - h), (0, width - w), (0, 0)), "symmetric")
