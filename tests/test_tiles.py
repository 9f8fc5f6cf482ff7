"""model/inference/tiles.py: cut and put together again, whatever the size."""

import threading
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from model.inference import tiles
from model.inference.tiles import Axis, stitch
from model.networks import Network, Tiling

tilings = st.sampled_from([Network("first").tiling, Network("second").tiling])
FIRST = Network("first").tiling
sizes = st.integers(1, 5000)
sides = st.integers(6, 40).map(lambda n: n * 32)


@given(sizes, sides, tilings)
def test_tiles_start_on_the_pooling_grid_and_cover_the_picture(
    size: int, side: int, tiling: Tiling
) -> None:
    axis = Axis.cut(size, side, tiling)
    assert axis.tile % tiling.multiple_of == 0
    assert axis.tile <= side
    assert all(start % tiling.multiple_of == 0 for start in axis.starts)
    assert axis.starts[0] == 0
    assert size <= axis.starts[-1] + axis.tile < size + tiling.multiple_of


@given(sizes, sides, tilings)
def test_neighbouring_tiles_share_the_overlap(size: int, side: int, tiling: Tiling) -> None:
    axis = Axis.cut(size, side, tiling)
    gaps = np.diff(axis.starts)
    assert (axis.tile - gaps >= tiling.overlap).all()


@given(sizes, sides, tilings)
def test_a_tile_fades_in_from_nothing_to_all(size: int, side: int, tiling: Tiling) -> None:
    axis = Axis.cut(size, side, tiling)
    assert axis.shared(0) == 0
    for number in range(1, len(axis.starts)):
        fade = axis.fade_in(number)
        assert fade.shape == (axis.shared(number),)
        assert (np.diff(fade) >= 0).all()
        assert fade[0] == 0
        assert fade[-1] == 1


@given(sizes, sizes, st.integers(6, 40).map(lambda n: (n * 32) ** 2), tilings)
def test_the_plan_keeps_to_the_pixels_a_tile_may_have(
    height: int, width: int, most: int, tiling: Tiling
) -> None:
    down, across = tiles.plan((height, width), tiling, most)
    assert down.tile * across.tile <= most


def test_a_picture_no_larger_than_a_tile_is_one_tile() -> None:
    down, across = tiles.plan((817, 1225), FIRST)
    assert (down, across) == (Axis(817, 832, (0,), 32), Axis(1225, 1248, (0,), 32))


def test_little_of_a_large_picture_is_computed_twice() -> None:
    for tiling, most in ((FIRST, 1.25), (Network().tiling, 1.27)):
        assert tiles._cost(tiles.plan((3000, 4000), tiling)) < most * 3000 * 4000
        assert tiles._cost(tiles.plan((600, 20_000), tiling)) < 1.1 * 600 * 20_000


SMALL = 192 * 192  # pixels of a tile


def _through(
    picture: np.ndarray, process: Callable[[np.ndarray], np.ndarray], tiling: Tiling = FIRST
) -> tuple[np.ndarray, list[tuple[int, int]]]:
    result = np.full_like(picture, np.nan)
    written: list[int] = []

    def write(rows: slice, values: np.ndarray) -> None:
        written.extend(range(rows.start, rows.stop))
        result[rows] = values

    def read(rows: slice, columns: slice) -> np.ndarray:
        return picture[rows, columns]

    reported = list(stitch(picture.shape[:2], read, process, write, tiling, SMALL))
    assert written == list(range(len(picture)))  # each row once, in order
    return result, reported


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 500), st.integers(1, 500), tilings)
def test_a_process_that_changes_nothing_gives_the_picture_back(
    height: int, width: int, tiling: Tiling
) -> None:
    picture = np.random.default_rng(height * width).random((height, width, 3)).astype("float32")
    result, reported = _through(picture, lambda tile: tile, tiling)
    assert np.allclose(result, picture, atol=1e-6)
    assert reported[-1][0] == reported[-1][1] == len(reported)


def test_progress_counts_every_tile_up_to_the_total() -> None:
    picture = np.zeros((400, 300, 3), "float32")
    _, reported = _through(picture, lambda tile: tile)
    down, across = tiles.plan((464, 364), FIRST, SMALL)
    total = len(down.starts) * len(across.starts)
    assert total > 4
    assert reported == [(done, total) for done in range(1, total + 1)]


def test_every_tile_has_the_same_shape() -> None:
    shapes = set()

    def process(tile: np.ndarray) -> np.ndarray:
        shapes.add(tile.shape)
        return tile

    _through(np.zeros((401, 333, 3), "float32"), process)
    assert len(shapes) == 1


def test_the_borders_are_mirrored_outwards() -> None:
    picture = np.arange(40 * 37 * 3, dtype="float32").reshape(40, 37, 3)
    seen = []

    def process(tile: np.ndarray) -> np.ndarray:
        seen.append(tile)
        return tile

    _through(picture, process)
    (tile,), margin = seen, FIRST.margin
    inside = tile[margin:, margin : margin + 37]
    assert np.array_equal(inside[:40], picture)
    assert np.array_equal(inside[40:72], picture[:7:-1])
    assert np.array_equal(tile[:margin, margin : margin + 37], picture[margin - 1 :: -1])
    assert np.array_equal(tile[margin : margin + 40, :margin], picture[:, margin - 1 :: -1])


@pytest.mark.parametrize("far", [0.0, 1.0])
def test_what_lies_near_a_tile_s_border_has_no_weight_in_the_result(far: float) -> None:
    margin = (FIRST.overlap - FIRST.ramp) // 2

    def spoil_borders(tile: np.ndarray) -> np.ndarray:
        result = np.full_like(tile, far)
        inner = slice(margin, -margin)
        result[inner, inner] = tile[inner, inner]
        return result

    picture = np.full((400, 400, 3), 0.5, "float32")
    result, _ = _through(picture, spoil_borders)
    assert np.allclose(result, 0.5, atol=1e-6)


def test_each_tile_is_processed_in_the_caller_s_thread() -> None:
    threads = set()

    def process(tile: np.ndarray) -> np.ndarray:
        threads.add(threading.current_thread())
        return tile

    _through(np.zeros((400, 300, 3), "float32"), process)
    assert threads == {threading.current_thread()}


def test_the_next_tile_is_read_while_one_is_in_process() -> None:
    reads = threading.Semaphore(0)
    seen: list[bool] = []

    def read(rows: slice, columns: slice) -> np.ndarray:
        reads.release()
        return np.zeros((rows.stop - rows.start, columns.stop - columns.start, 3), "float32")

    def process(tile: np.ndarray) -> np.ndarray:
        if not seen:
            reads.acquire()  # its own read; the next can only come from another thread
            seen.append(reads.acquire(timeout=20))
        return tile

    list(stitch((400, 300), read, process, lambda rows, values: None, FIRST, SMALL))
    assert seen == [True]


@pytest.mark.parametrize("where", ["read", "process", "write"])
def test_a_failure_anywhere_reaches_the_caller(where: str) -> None:
    def fail(at: str) -> None:
        if at == where:
            raise OSError(where)

    def read(rows: slice, columns: slice) -> np.ndarray:
        fail("read")
        return np.zeros((rows.stop - rows.start, columns.stop - columns.start, 3), "float32")

    def process(tile: np.ndarray) -> np.ndarray:
        fail("process")
        return tile

    with pytest.raises(OSError, match=where):
        list(stitch((400, 300), read, process, lambda rows, values: fail("write"), FIRST, SMALL))


def test_no_thread_is_left_when_the_caller_stops_half_way() -> None:
    before = threading.active_count()
    picture = np.zeros((400, 300, 3), "float32")

    def read(rows: slice, columns: slice) -> np.ndarray:
        return picture[rows, columns]

    steps = stitch((400, 300), read, lambda tile: tile, lambda rows, values: None, FIRST, SMALL)
    next(steps)
    del steps  # as when the loop over it is left
    assert threading.active_count() == before


def test_the_caller_s_own_picture_is_left_alone() -> None:
    picture = np.random.default_rng(1).random((400, 300, 3)).astype("float32")
    before = picture.copy()
    _through(picture, lambda tile: tile)
    assert np.array_equal(picture, before)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 900), st.integers(1, 900), tilings)
def test_the_cores_of_the_tiles_cover_the_picture_once(
    height: int, width: int, tiling: Tiling
) -> None:
    covered = np.zeros((height, width), int)
    for core in tiles.cores((height, width), tiling, SMALL):
        rows, columns = core.inside
        assert rows.stop - rows.start == core.height
        assert columns.stop - columns.start == core.width
        covered[core.top : core.top + core.height, core.left : core.left + core.width] += 1
    assert (covered == 1).all()


def test_a_core_shows_what_the_whole_picture_becomes() -> None:
    picture = np.random.default_rng(2).random((400, 300, 3)).astype("float32")
    cores, shown = tiles.cores((400, 300), FIRST, SMALL), np.empty_like(picture)

    def process(tile: np.ndarray) -> np.ndarray:
        core = next(cores)
        place = slice(core.top, core.top + core.height), slice(core.left, core.left + core.width)
        shown[place] = tile[core.inside]
        return tile

    _through(picture, process)
    assert np.array_equal(shown, picture)
