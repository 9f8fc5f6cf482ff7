"""A picture of any size through a network that sees one tile at a time, without seams."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from model.unet import MULTIPLE_OF

SIDE = 768  # greatest tile side: near the best speed, a fraction of a second each
OVERLAP = 128  # pixels that neighbouring tiles share
RAMP = 64  # the middle part of the overlap, where one tile fades into the next


@dataclass(frozen=True)
class Axis:
    """How one side of a picture is cut: tiles of one length, each start a multiple of 32.

    Starts elsewhere would shift the pooling grid, and tiles would differ from the whole.
    """

    size: int
    tile: int
    starts: tuple[int, ...]

    @staticmethod
    def cut(size: int, side: int = SIDE, overlap: int = OVERLAP) -> "Axis":
        """Tiles as equal as can be, so that little is computed twice."""
        whole = _round_up(size)
        if whole <= side:
            return Axis(size, whole, (0,))
        count = -(-(whole - overlap) // (side - overlap))
        tile = _round_up(-(-(whole - overlap) // count) + overlap)
        last = whole - tile
        starts = [round(last * i / (count - 1) / MULTIPLE_OF) * MULTIPLE_OF for i in range(count)]
        return Axis(size, tile, tuple(starts))

    def weights(self, number: int) -> np.ndarray:
        """(tile,) float32: 1 inside, ramps where tiles meet; over all tiles they add up to 1."""
        fade_in = np.ones(self.tile, "float32")
        if number > 0:
            fade_in = self._ramp(number - 1, number)
        fade_out = np.zeros(self.tile, "float32")
        if number < len(self.starts) - 1:
            ramp = self._ramp(number, number + 1)
            shift = self.starts[number + 1] - self.starts[number]
            fade_out[shift:] = ramp[: self.tile - shift]
        return fade_in - fade_out

    def _ramp(self, before: int, after: int) -> np.ndarray:
        """The fade-in of tile `after`: 0, a straight line in the middle of the overlap, then 1."""
        shared = self.starts[before] + self.tile - self.starts[after]
        length = min(RAMP, shared)
        position = np.arange(self.tile) + 0.5 - (shared - length) / 2
        return np.clip(position / length, 0, 1).astype("float32")


def _round_up(size: int) -> int:
    return -(-size // MULTIPLE_OF) * MULTIPLE_OF


def stitch(
    size: tuple[int, int],
    read: Callable[[slice, slice], np.ndarray],
    process: Callable[[np.ndarray], np.ndarray],
    write: Callable[[slice, np.ndarray], None],
    side: int = SIDE,
) -> Iterator[tuple[int, int]]:
    """Runs a picture through `process`, tile by tile; yields (tiles done, tiles in all).

    Besides the caller's own arrays it holds one strip, a tile high and the picture wide.

    Args:
        size: Height and width of the picture.
        read: Rows and columns -> that part as (h, w, 3) float32.
        process: (h, w, 3) -> (h, w, 3) float32, sides multiples of 32.
        write: Takes rows and their finished (h, width, 3) float32 values; rows come in order, once.
        side: Greatest tile side.
    """
    down, across = Axis.cut(size[0], side), Axis.cut(size[1], side)
    total, done = len(down.starts) * len(across.starts), 0
    strip = np.zeros((down.tile, size[1], 3), "float32")
    for i, top in enumerate(down.starts):
        rows = slice(top, min(top + down.tile, size[0]))
        for j, left in enumerate(across.starts):
            columns = slice(left, min(left + across.tile, size[1]))
            part = _padded(read(rows, columns), down.tile, across.tile)
            weight = down.weights(i)[:, None, None] * across.weights(j)[:, None]
            result = process(part) * weight
            h, w = rows.stop - rows.start, columns.stop - columns.start
            strip[:h, columns] += result[:h, :w]
            done += 1
            if done < total:
                yield done, total
        final = down.starts[i + 1] - top if i + 1 < len(down.starts) else rows.stop - top
        write(slice(top, top + final), strip[:final])
        strip[: down.tile - final] = strip[final:].copy()
        strip[down.tile - final :] = 0
    yield total, total


def _padded(part: np.ndarray, height: int, width: int) -> np.ndarray:
    """Mirrors the lower and right edges out to the tile's size."""
    h, w = part.shape[:2]
    if (h, w) == (height, width):
        return part
    return np.pad(part, ((0, height - h), (0, width - w), (0, 0)), "symmetric")
