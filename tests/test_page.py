"""The page's flows and errors, driven without a browser."""

import io
import os
import signal
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from pages import MAIN, labels, only, png, press, upload
from PIL import Image
from streamlit.testing.v1 import AppTest
from waiting import finished, until

import helper
import photo
from ui import about, jobs, playground, words
from ui.picture import written
from ui.results import Settings
from ui.saving import Saving
from ui.store import Store
from ui.worker import worker

NASTY = "**bold** <img src=x onerror=alert(1)> :red[x] $y$ [a](b) ../../etc.png"


def pixels_of(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def nearly(seen: np.ndarray, wanted: np.ndarray) -> bool:
    """Equal, but for the precision: two processes may choose bfloat16 and float32."""
    error = np.abs(seen.astype(int) - wanted)
    return seen.shape == wanted.shape and error.max() <= 3 and error.mean() < 0.5


def test_first_look_offers_files_a_folder_and_samples(page: AppTest) -> None:
    assert not page.exception
    assert [one.label for one in page.file_uploader] == ["Photos", "All photos of a folder"]
    assert {"Salt and pepper", "Grain", "Night shot"} <= set(labels(page))


def test_a_picture_is_denoised_and_offered_for_download(page: AppTest) -> None:
    finished(upload(page, ("noisy.png", png())))
    assert not page.exception and not page.error
    file = written(only(page).writing(Settings()))
    assert file.name == "noisy-denoised.png"
    assert nearly(pixels_of(file.data), helper.denoise(pixels_of(png())))


def test_a_rerun_computes_and_encodes_nothing(page: AppTest) -> None:
    finished(upload(page, ("noisy.png", png())))
    picture = only(page)
    first, job = picture.result, picture.job
    page.run()
    assert picture.result is first and picture.job is job


@pytest.mark.parametrize(
    "name, data",
    [
        ("empty.png", b""),
        ("notes.png", b"just some text, not a picture"),
        ("drawing.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("cut.png", png(size=(200, 200))[:2000]),
    ],
)
def test_a_bad_file_is_one_sentence_beside_its_name(page: AppTest, name: str, data: bytes) -> None:
    finished(upload(page, (name, data)))
    assert not page.exception
    assert len(page.error) == 1
    assert words.plain(name) in page.error[0].value


def test_a_good_file_takes_the_place_of_a_bad_one(page: AppTest) -> None:
    finished(upload(page, ("bad.png", b"x")))
    finished(upload(page, ("noisy.png", png())))
    assert not page.error and only(page).name == "noisy.png"


def test_an_untrusted_name_never_reaches_markdown_as_markup(page: AppTest) -> None:
    finished(upload(page, (NASTY, png())))
    shown = " ".join(item.value for item in [*page.markdown, *page.header])
    for markup in ("**bold**", "<img", ":red[", "$y$", "[a]("):
        assert markup not in shown


def test_a_sample_is_one_click_away_and_start_over_can_be_undone(page: AppTest) -> None:
    finished(press(page, "Salt and pepper"))
    result = only(page).result
    press(page, "Start over")
    assert "Salt and pepper" in labels(page) and not page.session_state["desk"].pictures
    press(page, "Undo: bring my photos back")
    assert only(page).result is result


def test_more_files_keep_what_is_done(page: AppTest) -> None:
    finished(upload(page, ("first.png", png(3))))
    picture = only(page)
    job, result = picture.job, picture.result
    finished(upload(page, ("second.png", png(4))))
    assert [one.name for one in page.session_state["desk"].pictures.values()] == [
        "first.png",
        "second.png",
    ]
    assert picture.job is job and picture.result is result


@pytest.mark.parametrize("count", [1, 2])
def test_a_file_that_is_being_written_can_be_given_up(page: AppTest, count: int) -> None:
    finished(upload(page, *((f"{seed}.png", png(seed)) for seed in range(count))))
    page.session_state["saving"] = Saving(busy=True)
    press(page.run(), "Cancel")
    assert page.session_state["saving"].stop.is_set()


def test_a_batch_skips_the_bad_file(page: AppTest) -> None:
    upload(page, ("a.png", png(1)), ("a.png", png(2)), ("bad.png", b"x"))
    finished(page)
    pictures = page.session_state["desk"].pictures.values()
    assert [str(one.job.stage) for one in pictures] == ["done", "done", "failed"]
    assert not page.exception


def test_a_batch_that_is_watched_lets_the_store_make_room(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished(upload(page, ("a.png", png(1)), ("b.png", png(2))))
    results = {one.digest for one in page.session_state["desk"].pictures.values()}
    asked: list[str] = []
    get = Store.get

    def noted(store: Store, key: str, owner: str) -> Any:
        asked.append(key)
        return get(store, key, owner)

    monkeypatch.setattr(Store, "get", noted)
    page.run()
    assert not results & set(asked)


def test_start_over_lets_go_of_what_a_refresh_would_find(page: AppTest) -> None:
    finished(upload(page, ("a.png", png(1))))
    place = f"desk {page.session_state['secret']}"
    assert worker().store.get(place, "") is not None
    press(page, "Start over")
    assert worker().store.get(place, "") is None


def test_a_playground_whose_jobs_both_fail_comes_to_rest(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    submitted: list[str] = []

    def fail(job: jobs.Job) -> None:
        submitted.append("job")
        raise photo.PhotoError("No.")

    what = [("grain", "gaussian", 25.0), ("grain", "gaussian")]
    held: dict = {}
    monkeypatch.setattr(playground, "STATE", held)
    for _ in range(3):
        for one in [playground._job(each, fail) for each in what]:
            one.wait(30)
    assert len(submitted) == 2


def test_what_the_browser_remembers_is_taken_over_if_it_fits() -> None:
    def run() -> None:
        from ui import choices

        choices.recall({"grain": 40, "colour": "x", "format": "PNG", "quality": 900, "more": 1})

    seen = AppTest.from_function(run).run().session_state["choices"]
    assert (seen.grain, seen.colour, seen.format, seen.quality) == (40, 100, "PNG", 100)


def test_a_format_that_is_no_longer_offered_is_forgotten() -> None:
    def run() -> None:
        from ui import choices

        choices.recall({"format": "AVIF", "quality": 80})

    seen = AppTest.from_function(run).run().session_state["choices"]
    assert (seen.format, seen.quality) == ("", 80)


def test_a_child_killed_at_work_is_reported_and_the_next_try_works(page: AppTest) -> None:
    upload(page, ("large.png", png(size=(1100, 1000))))
    picture = only(page)
    until(lambda: picture.job is not None and picture.job.done > 0)
    os.kill(picture.worker.process.pid or 0, signal.SIGKILL)
    finished(page)
    assert picture.job is not None and picture.job.error == jobs.DIED
    finished(press(page, "Try again"))
    assert picture.result is not None


FLOW = """
import sys
sys.path.insert(0, "tests")
from pages import *
from waiting import finished
from ui.picture import written
from ui.results import Settings
import cv2, photo
def refuse(*args, **options):
    raise AssertionError("the page's process decodes or encodes a picture")
bytes_of_a_file = png()
for place, name in ((photo, "read"), (photo, "write"), (cv2, "imdecode"), (cv2, "imencode")):
    setattr(place, name, refuse)
page = opened()
finished(press(page, "Salt and pepper"))
assert written(only(page).writing(Settings())).data
finished(upload(page, ("a.png", bytes_of_a_file), ("bad.png", b"x")))
pictures = page.session_state["desk"].pictures.values()
assert [str(one.job.stage) for one in pictures] == ["done", "done", "failed"]
print({"tensorflow", "keras", "jax", "torch", "openvino"} & set(sys.modules))
"""


def test_the_pages_process_neither_imports_the_network_nor_decodes_a_picture() -> None:
    done = subprocess.run(
        [sys.executable, "-c", FLOW], cwd=MAIN.parent, stdout=subprocess.PIPE, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_plain_cuts_long_names_and_drops_invisible_signs() -> None:
    assert len(words.visible("x" * 500)) == 60
    assert words.visible("a\u202eb\x00c\nd") == "abcd"


def test_bold_marks_the_best_of_a_row_whoever_it_is() -> None:
    table = "| case | **ours** | other |\n|---|---:|---:|\n| a | **1.50** | 2.25 |"
    assert about.best_in_bold(table).endswith("| a | 1.50 | **2.25** |")
