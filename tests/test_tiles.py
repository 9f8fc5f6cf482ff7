"""model/tiles.py: cut and put together again, whatever the size."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model import tiles
from model.tiles import Axis, stitch
from model.unet import MULTIPLE_OF

sizes = st.integers(1, 5000)
sides = st.integers(6, 40).map(lambda n: n * MULTIPLE_OF)


@given(sizes, sides)
def test_tiles_start_on_the_pooling_grid_and_cover_the_picture(size: int, side: int) -> None:
    axis = Axis.cut(size, side)
    assert axis.tile % MULTIPLE_OF == 0
    assert axis.tile <= side
    assert all(start % MULTIPLE_OF == 0 for start in axis.starts)
    assert axis.starts[0] == 0
    assert size <= axis.starts[-1] + axis.tile < size + MULTIPLE_OF


@given(sizes, sides)
def test_neighbouring_tiles_share_the_overlap(size: int, side: int) -> None:
    axis = Axis.cut(size, side)
    gaps = np.diff(axis.starts)
    assert (axis.tile - gaps >= tiles.OVERLAP).all()


@given(sizes, sides)
def test_the_weights_add_up_to_one(size: int, side: int) -> None:
    axis = Axis.cut(size, side)
    total = np.zeros(axis.starts[-1] + axis.tile)
    for number, start in enumerate(axis.starts):
        weights = axis.weights(number)
        assert weights.min() >= 0
        total[start : start + axis.tile] += weights
    assert np.allclose(total, 1, atol=1e-6)


def test_a_picture_no_larger_than_a_tile_is_one_tile() -> None:
    assert Axis.cut(700) == Axis(700, 704, (0,))


def _through(picture: np.ndarray, process, side: int) -> tuple[np.ndarray, list]:  # type: ignore[no-untyped-def]
    result = np.full_like(picture, np.nan)
    written: list[int] = []

    def write(rows: slice, values: np.ndarray) -> None:
        written.extend(range(rows.start, rows.stop))
        result[rows] = values

    size = picture.shape[:2]
    told = list(stitch(size, lambda rows, columns: picture[rows, columns], process, write, side))
    assert written == list(range(len(picture)))  # each row once, in order
    return result, told


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500))
def test_a_process_that_changes_nothing_gives_the_picture_back(height: int, width: int) -> None:
    picture = np.random.default_rng(height * width).random((height, width, 3)).astype("float32")
    result, told = _through(picture, lambda tile: tile, side=192)
    assert np.allclose(result, picture, atol=1e-6)
    assert told[-1][0] == told[-1][1] == len(told)


def test_progress_counts_every_tile_up_to_the_total() -> None:
    picture = np.zeros((400, 300, 3), "float32")
    _, told = _through(picture, lambda tile: tile, side=192)
    total = len(Axis.cut(400, 192).starts) * len(Axis.cut(300, 192).starts)
    assert told == [(done, total) for done in range(1, total + 1)]


def test_every_tile_has_the_same_shape() -> None:
    shapes = set()

    def process(tile: np.ndarray) -> np.ndarray:
        shapes.add(tile.shape)
        return tile

    _through(np.zeros((401, 333, 3), "float32"), process, side=192)
    assert len(shapes) == 1


def test_missing_rows_and_columns_are_mirrored() -> None:
    picture = np.arange(40 * 37 * 3, dtype="float32").reshape(40, 37, 3)
    seen = []

    def process(tile: np.ndarray) -> np.ndarray:
        seen.append(tile)
        return tile

    _through(picture, process, side=192)
    assert np.array_equal(seen[0][40:], seen[0][39:15:-1])
    assert np.array_equal(seen[0][:, 37:], seen[0][:, 36:9:-1])


@pytest.mark.parametrize("far", [0.0, 1.0])
def test_what_lies_near_a_tile_s_border_has_no_weight_in_the_result(far: float) -> None:
    margin = (tiles.OVERLAP - tiles.RAMP) // 2

    def spoil_borders(tile: np.ndarray) -> np.ndarray:
        result = np.full_like(tile, far)
        inner = slice(margin, -margin)
        result[inner, inner] = tile[inner, inner]
        return result

    picture = np.full((400, 400, 3), 0.5, "float32")
    result, _ = _through(picture, spoil_borders, side=192)
    assert np.allclose(result[margin:-margin, margin:-margin], 0.5, atol=1e-6)
