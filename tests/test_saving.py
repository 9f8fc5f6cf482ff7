"""ui/saving.py: one picture as a file, and many as one ZIP file."""

import itertools
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from here import HereProcess
from visits import contents, done, file_of, noisy, picture
from waiting import until

import helper
import photo
from ui import jobs, saving, work
from ui.child import Task
from ui.picture import written
from ui.process import Died
from ui.results import Settings, Written
from ui.saving import FULL, Missing, Saving, Stopped, pack
from ui.store import Store
from ui.worker import Worker

pytestmark = pytest.mark.usefixtures("small_network")


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> Saving:
    """The visitor's."""
    one = Saving()
    monkeypatch.setattr(saving, "current", lambda: one)
    return one


def stop_while_writing(monkeypatch: pytest.MonkeyPatch) -> None:
    write = work.write

    def stopped(task: Task, data: bytes, *more: Any) -> Written:
        saving.stop()
        return write(task, data, *more)

    monkeypatch.setattr(work, "write", stopped)


@pytest.mark.usefixtures("blurring")
def test_a_zip_is_made_with_the_settings_of_now_and_without_the_network(
    worker: Worker, process: HereProcess
) -> None:
    pixels = [noisy(seed=seed) for seed in (1, 2)]
    batch = [done(picture(worker, file_of(each)), show=False) for each in pixels]
    for strength in (1.0, 0.3):
        state = Saving()
        data = pack([(each, Settings(strength)) for each in batch], state)
        assert (state.done, state.missing) == (2, [])
        for seen, image in zip(contents(data).values(), pixels, strict=True):
            wanted = helper.blend(image, cv2.GaussianBlur(image, (0, 0), 2), strength)
            assert np.array_equal(photo.read(seen).pixels, wanted)
    assert process.calls.count("full") == 2


def test_what_memory_was_too_short_for_is_computed_again_for_the_zip(
    worker: Worker, process: HereProcess
) -> None:
    worker.store = Store(limit=1, now=itertools.count(0, 1000).__next__)  # keeps nothing
    batch = [done(picture(worker, file_of(noisy(seed=seed))), show=False) for seed in (1, 2)]
    data = pack([(each, Settings()) for each in batch], Saving())
    assert list(contents(data)) == ["a-denoised.png", "a-denoised (2).png"]
    assert process.calls.count("full") == 4


def test_a_picture_that_cannot_be_written_does_not_cost_the_zip(worker: Worker) -> None:
    sizes: list[Callable[[], np.ndarray]] = [lambda: np.zeros((1, 17_000, 3), np.uint8), noisy]
    batch = [done(picture(worker, file_of(size())), show=False) for size in sizes]
    state = Saving()
    data = pack([(each, Settings(format="WEBP")) for each in batch], state)
    assert list(contents(data)) == ["a-denoised.webp"]
    assert [one.name for one in state.missing] == ["a.png"]


def test_a_picture_that_takes_the_child_down_is_named_and_does_not_cost_the_zip(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [done(picture(worker, file_of(noisy(seed=seed))), show=False) for seed in (1, 2)]
    write = work.write

    def falls(task: Task, data: bytes, *more: Any) -> Written:
        if data == batch[0].load():
            raise Died
        return write(task, data, *more)

    monkeypatch.setattr(work, "write", falls)
    state = Saving()
    data = pack([(each, Settings()) for each in batch], state)
    assert list(contents(data)) == ["a-denoised.png"]
    assert state.missing == [Missing("a.png", "a.png", jobs.DIED)]


def test_what_a_full_zip_has_no_room_for_is_counted(worker: Worker) -> None:
    batch = [done(picture(worker, file_of(noisy(seed=seed))), show=False) for seed in (1, 2, 3)]
    state = Saving()
    size = len(written(batch[0].writing(Settings())).data)
    data = pack([(each, Settings()) for each in batch], state, limit=size + 500)
    assert list(contents(data)) == ["a-denoised.png"]
    assert state.missing == [Missing("", "2 photos", FULL)]


def test_a_picture_that_is_too_large_by_itself_does_not_keep_out_the_others(worker: Worker) -> None:
    large, small = file_of(noisy(200, 200)), file_of(noisy())
    batch = [done(picture(worker, data), show=False) for data in (large, small)]
    state = Saving()
    size = len(written(batch[1].writing(Settings())).data)
    data = pack([(each, Settings()) for each in batch], state, limit=size + 500)
    assert len(contents(data)) == 1
    assert state.missing == [Missing("", "1 photo", FULL)]


def test_a_zip_ends_with_its_tab_and_says_so_if_that_comes_back(
    process: HereProcess, monkeypatch: pytest.MonkeyPatch, state: Saving
) -> None:
    monkeypatch.setattr(saving, "GRACE_S", 0.01)
    monkeypatch.setattr(saving, "LOOK_S", 0.01)
    open_tabs = {""}
    worker = Worker(process, lambda owner: owner in open_tabs)  # type: ignore[arg-type]
    one = done(picture(worker, file_of(noisy()), owner=""), show=False)
    assert pack([(one, Settings())], Saving())
    open_tabs.clear()
    saving.many([(one, Settings())])
    until(lambda: not state.busy)
    assert state.ready is None
    assert state.missing == [Missing("", "denoised.zip", jobs.LOST)]


def test_what_was_dropped_while_the_tab_was_away_is_written_after_all(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = [done(picture(worker, file_of(noisy(seed=seed))), show=False) for seed in (1, 2)]
    state, write, tries = Saving(total=2), work.write, itertools.count()

    def dropped(task: Task, data: bytes, *more: Any) -> Written:
        if next(tries) == 0:
            until(lambda: state.job is not None)
            state.job.drop()  # type: ignore[union-attr]
        return write(task, data, *more)

    monkeypatch.setattr(work, "write", dropped)
    data = pack([(each, Settings()) for each in batch], state)
    assert len(contents(data)) == 2
    assert (state.done, state.missing) == (2, [])


def test_a_zip_is_given_up_when_the_visitor_says_so(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, state: Saving
) -> None:
    batch = [done(picture(worker, file_of(noisy(seed=seed))), show=False) for seed in (1, 2)]
    stop_while_writing(monkeypatch)
    with pytest.raises(Stopped):
        pack([(each, Settings()) for each in batch], state)
    assert state.done == 0


def test_a_single_file_is_given_up_when_the_visitor_says_so(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, state: Saving
) -> None:
    one = done(picture(worker, file_of(noisy())))
    stop_while_writing(monkeypatch)
    saving.one(one, Settings())
    until(lambda: not state.busy)
    assert (state.ready, state.missing) == (None, [])


def test_a_zip_of_nothing_is_no_file(worker: Worker) -> None:
    wide = done(picture(worker, file_of(np.zeros((1, 17_000, 3), np.uint8))), show=False)
    with pytest.raises(photo.PhotoError):
        pack([(wide, Settings(format="WEBP"))], Saving())
