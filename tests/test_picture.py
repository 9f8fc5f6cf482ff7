"""A visitor's picture: what is shown when, what is never computed twice, and what is written."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import cv2
import numpy as np
import pytest
from here import HereProcess
from visits import done, file_of, noisy, picture

import helper
import photo
from model.inference.removed import removed_noise
from photo.colour import Colour
from ui import work
from ui.jobs import Job, Stage
from ui.picture import written
from ui.results import Part, Rect, Settings
from ui.store import Store
from ui.worker import Worker

pytestmark = pytest.mark.usefixtures("small_network")


@contextmanager
def busy(worker: Worker) -> Iterator[None]:
    """Until the end of the block the worker does nothing else."""
    gate, begun = threading.Event(), threading.Event()

    def wait(job: Job) -> None:
        begun.set()
        gate.wait(60)

    worker.submit(Job("z", wait))
    begun.wait(60)
    yield
    gate.set()


@pytest.fixture(scope="module")
def large() -> bytes:
    return file_of(np.tile(noisy(300, 425), (4, 4, 1)))  # 2 megapixels, several tiles


def test_a_picture_ends_complete_and_asks_for_nothing_more(worker: Worker) -> None:
    shown = picture(worker, file_of(noisy()))
    assert shown.wanting
    done(shown)
    assert shown.complete and not shown.wanting and not shown.working


def test_a_small_picture_needs_no_preview(worker: Worker, process: HereProcess) -> None:
    done(picture(worker, file_of(noisy())))
    assert process.calls == ["open_file", "full"]


def test_of_a_large_one_preview_and_middle_come_before_the_rest(
    worker: Worker, process: HereProcess, large: bytes
) -> None:
    parts_before: list[int] = []
    shown = picture(worker, large)

    def seen(part: Part) -> None:
        parts_before.append(len(shown.parts))
        shown._add(part)

    with busy(worker):
        shown.start()
        assert shown.job is not None
        shown.job.on_part = seen
    shown.job.wait(60)
    assert process.calls == ["open_file", "preview", "region", "full"]
    assert shown.preview is not None
    assert parts_before[0] == 1  # the middle was there before the first tile
    assert shown.parts == []  # all is shown as one by now


def test_what_the_visitor_looks_at_comes_first(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, large: bytes
) -> None:
    shown, wanted, asked = picture(worker, large), Rect(10, 20, 300, 200), []
    region = work.region

    def spied(task: Any, data: bytes, name: str, rect: Rect) -> Part:
        asked.append(rect)
        return region(task, data, name, rect)

    monkeypatch.setattr(work, "region", spied)
    shown.look_at(wanted)
    done(shown)
    assert asked == [wanted]


def test_a_look_elsewhere_is_served_between_two_tiles(
    worker: Worker, process: HereProcess, large: bytes
) -> None:
    shown = picture(worker, large)
    with busy(worker):
        shown.start()
        job = shown.job
        assert job is not None

        def look(part: Part) -> None:
            job.on_part = shown._add
            shown.look_at(Rect(1500, 1100, 100, 80))

        job.on_part = look
    job.wait(60)
    assert process.calls.count("region") == 2


def test_a_look_at_what_is_finished_asks_for_nothing(
    worker: Worker, process: HereProcess, large: bytes
) -> None:
    shown = done(picture(worker, large))
    shown.look_at(Rect(0, 0, 100, 100))
    assert shown.looking is None


def test_the_same_file_is_never_computed_twice(worker: Worker, process: HereProcess) -> None:
    data = file_of(noisy())
    done(picture(worker, data))
    after_refresh = done(picture(worker, data, "other name.png", "new tab"))
    assert process.calls.count("full") == 1
    assert after_refresh.complete


def test_a_picture_of_a_batch_opens_in_the_viewer_without_the_network(
    worker: Worker, process: HereProcess
) -> None:
    shown = done(picture(worker, file_of(noisy())), show=False)
    assert not shown.complete
    shown.show()
    assert shown.looking is not None and shown.looking.wait(60)
    assert shown.complete and process.calls.count("full") == 1


def test_a_bad_file_has_its_sentence_and_is_not_tried_again(worker: Worker) -> None:
    shown = picture(worker, b"no picture")
    shown.start()
    assert shown.job is not None and shown.job.wait(60)
    assert shown.job.stage is Stage.FAILED and "picture" in shown.job.error
    assert not shown.wanting


def test_cancel_stops_and_start_goes_on(worker: Worker, large: bytes) -> None:
    shown = picture(worker, large)
    with busy(worker):
        shown.start()
        shown.cancel()
    assert shown.job is not None and shown.job.stage is Stage.CANCELLED
    assert not shown.wanting
    shown.job = None
    assert done(shown).complete


@pytest.mark.usefixtures("blurring")
def test_the_file_is_written_at_the_strengths_asked_for(worker: Worker) -> None:
    pixels = noisy()
    shown = done(picture(worker, file_of(pixels)))
    file = written(shown.writing(Settings(0.4, colour=0.8, format="TIFF")))
    assert file.name == "a-denoised.tif"
    wanted = helper.blend(pixels, cv2.GaussianBlur(pixels, (0, 0), 2), 0.4, 0.8)
    assert np.array_equal(photo.read(file.data).pixels, wanted)


def test_a_result_that_is_gone_is_made_again_for_its_download(worker: Worker) -> None:
    shown = done(picture(worker, file_of(noisy())))
    before = written(shown.writing(Settings())).data
    worker.store = Store()
    assert shown.result is None and shown.done
    assert written(shown.writing(Settings())).data == before


def test_a_format_that_cannot_hold_it_is_said_so(worker: Worker) -> None:
    shown = done(picture(worker, file_of(np.zeros((1, 17_000, 3), np.uint8))))
    with pytest.raises(photo.PhotoError, match="16383"):
        written(shown.writing(Settings(format="WEBP")))


@pytest.mark.usefixtures("blurring")
@pytest.mark.parametrize("settings", [Settings(), Settings(0.5), Settings(0.2, colour=0.9)])
def test_the_noise_removed_is_what_the_blend_removes(worker: Worker, settings: Settings) -> None:
    pixels = noisy(256, 256)
    shown = done(picture(worker, file_of(pixels)))
    found = shown.noise_removed(settings)
    clean = cv2.GaussianBlur(pixels, (0, 0), 2)
    whole_brightness, whole_colour = removed_noise(pixels, clean)
    share = settings.strength
    colour = 1 - (1 - share) ** 3 if settings.colour is None else settings.colour
    blend = helper.blend(pixels, clean, settings.strength, settings.colour)
    luma = np.array([0.299, 0.587, 0.114])
    difference = pixels.astype(float) - blend
    grain = difference @ luma
    difference_whole = pixels.astype(float) - clean
    grain_whole = difference_whole @ luma
    assert found is not None
    assert found.brightness == pytest.approx(whole_brightness * share)
    assert found.colour == pytest.approx(whole_colour * colour)
    assert grain.std() == pytest.approx(grain_whole.std() * share, rel=0.05, abs=0.3)


def test_what_was_dropped_for_a_lost_connection_begins_again(worker: Worker, large: bytes) -> None:
    one = picture(worker, large)
    one.start()
    assert one.job is not None
    one.job.drop()
    assert not one.wanting
    one.restart_if_dropped()
    assert one.wanting
    one.start()
    one.cancel()
    one.restart_if_dropped()  # the visitor's own wish stays
    assert not one.wanting


@pytest.mark.usefixtures("blurring")
def test_a_linear_file_is_blended_on_the_display_s_curve(worker: Worker) -> None:
    sixteen = noisy().astype(np.uint16) * 257
    source = photo.Photo(sixteen, icc=Colour(1, 8).profile())
    one = done(picture(worker, photo.write(source, "PNG")))
    result = photo.read(written(one.writing(Settings(0.5))).data).pixels
    shown = photo.to_display(source, sixteen)
    wanted = helper.blend(shown, cv2.GaussianBlur(shown, (0, 0), 2), 0.5)
    assert np.abs(photo.to_display(source, result) - wanted).max() < 1e-3
