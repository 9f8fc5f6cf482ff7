"""ui/experiment.py: what the playground compares."""

import cv2
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

import helper
import photo
from ui import experiment
from ui.child import Task
from ui.experiment import CLEAN, FILTERS, FIRST, NOISY, OURS
from ui.memo import Memo


class Alone(Task):
    """A task without a page: never cancelled, unless after so many reports."""

    def __init__(self, reports: int = 1000) -> None:
        self.memo, self._reports = Memo(), reports
        self.reported: list[tuple[int, int]] = []
        self.parts: dict[str, experiment.Outcome] = {}

    def wait_until_ready(self) -> None:
        """Nothing was begun."""

    def report(self, done: int, total: int, part: dict | None = None) -> None:
        self.reported.append((done, total))
        self.parts |= part or {}

    def cancelled(self) -> bool:
        return len(self.reported) >= self._reports


@pytest.fixture(scope="module")
def clean() -> bytes:
    """A smooth picture's file, 96 x 64."""
    coarse = np.random.default_rng(0).integers(40, 216, (4, 5, 3)).astype(np.uint8)
    pixels = cv2.resize(coarse, (96, 64), interpolation=cv2.INTER_CUBIC)
    return photo.write(photo.Photo(pixels=pixels), "PNG")


def test_both_networks_and_every_filter_are_compared(clean: bytes) -> None:
    task = Alone()
    outcomes = experiment.run(task, clean, "gaussian", 25)
    assert list(outcomes) == [CLEAN, NOISY, OURS, FIRST, *FILTERS]
    for network in (OURS, FIRST):
        assert outcomes[network].psnr > outcomes[NOISY].psnr + 5
    assert outcomes[OURS].picture != outcomes[FIRST].picture
    assert task.reported == [(done, 6) for done in range(7)]
    assert task.parts == outcomes


def test_a_picture_that_is_too_small_for_ssim_has_the_rest() -> None:
    tiny = photo.write(photo.Photo(pixels=np.full((7, 30, 3), 90, np.uint8)), "PNG")
    outcomes = experiment.run(Alone(), tiny, "gaussian", 25)
    assert list(outcomes) == [CLEAN, NOISY, OURS, FIRST, *FILTERS]
    assert {one.ssim for one in outcomes.values()} == {None}
    page = AppTest.from_function(table, kwargs={"outcomes": outcomes}).run()
    assert set(page.table[0].value["SSIM"]) == {"–"}


def table(outcomes: dict) -> None:
    from ui import playground

    playground._table(outcomes)


def test_a_curve_has_a_figure_for_each_amount(clean: bytes) -> None:
    lines = experiment.curve(Alone(), clean, "gaussian", [5, 50])
    assert list(lines) == [NOISY, OURS, FIRST, *FILTERS]
    for figures in lines.values():
        assert figures[0] > figures[1]


def test_an_experiment_stops_when_it_is_cancelled(clean: bytes) -> None:
    task = Alone(reports=1)
    with pytest.raises(helper.Cancelled):
        experiment.run(task, clean, "gaussian", 25)
    assert len(task.reported) == 1
