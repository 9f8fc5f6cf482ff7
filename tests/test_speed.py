"""benchmarks/speed.py: one tiny case, and what the table says."""

import platform
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scene, speed
from benchmarks.speed_report import Cells, machine, report

TITLES = {"ours": "this", "plain": "other"}
QUICK = {"seconds": 0.5, "gigabytes": 1.25, "precision": "bfloat16"}
SLOW = {"seconds": 1.0, "gigabytes": 2.0, "precision": "float32"}
LIMITS = {"float32": 1e12, "bfloat16": 2e12, "flops_per_pixel": 1e5, "side": 8}


@pytest.fixture
def cells() -> Cells:
    return {
        ("ours", 1.0): QUICK,
        ("ours", 12.0): {**QUICK, "seconds": 6.0},
        ("plain", 1.0): SLOW,
        ("plain", 12.0): "not run: too little memory",
    }


def _rows(cells: Cells) -> list[list[str]]:
    text = report(cells, [1.0, 12.0], TITLES, LIMITS)
    return [[c.strip() for c in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]


def test_speeds_are_megapixels_a_second_and_ratios(cells: Cells) -> None:
    rows = _rows(cells)
    assert ["this", "bfloat16", "2", "2"] in rows
    assert ["other", "float32", "1 (2x)", "not run: too little memory"] in rows


def test_memory_is_each_process_s_own(cells: Cells) -> None:
    assert ["other", "float32", "2.00", "not run: too little memory"] in _rows(cells)


def test_the_share_of_the_limit_is_of_the_precision_used(cells: Cells) -> None:
    assert ["this", "10%", "10%"] in _rows(cells)  # 0.2 of 2 TFLOP/s


def test_the_machine_is_named_by_cores_and_instructions_only() -> None:
    assert re.fullmatch(r"\d+ cores, \w+( with [\w, ]+)?", machine())
    assert platform.node() not in machine()


@pytest.mark.parametrize("megapixels", [0.01, 0.25])
def test_the_picture_has_its_size_and_is_the_same_each_time(megapixels: float) -> None:
    one = scene.picture(megapixels)
    assert one.dtype == np.uint8
    assert one.shape[0] * one.shape[1] == pytest.approx(megapixels * 1e6, rel=0.02)
    assert np.array_equal(one, scene.picture(megapixels))


@pytest.mark.parametrize("method", ["ours", "plain", "nonlocal_means"])
def test_a_case_is_timed(method: str) -> None:
    result = speed.measure(method, 0.01, 1)
    assert result["seconds"] > 0
    assert result["gigabytes"] > 0.05


def test_a_case_runs_in_a_process_of_its_own() -> None:
    result = speed.child("measure('nonlocal_means', 0.01, 1)")
    assert isinstance(result, dict)
    assert result["precision"] == "8 bit"


def test_a_case_that_fails_is_named() -> None:
    assert speed.child("measure('none such', 0.01, 1)") == "failed"
    assert speed.child("measure('nonlocal_means', 1e9, 1)") == "out of memory"


def test_a_case_is_not_repeated_when_it_has_taken_long_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    times: list[float] = [4.0, 3.0, 5.0, 1.0, 1.0]
    monkeypatch.setattr(speed, "_seconds", lambda run, image: times.pop(0))
    assert speed.measure("nonlocal_means", 0.01, 5)["seconds"] == 3


def test_what_would_take_too_long_is_not_run() -> None:
    known: Cells = {("dncnn", 1.0): {**SLOW, "seconds": 60.0}}
    assert speed._case("dncnn", 12.0, known) == "not run: too slow"


def test_what_would_not_fit_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "free_memory", lambda: 2e9)
    assert speed._case("plain", 12.0, {}) == "not run: too little memory"


def test_the_work_is_counted_from_the_network() -> None:
    assert speed.flops_per_pixel() == pytest.approx(2 * 98_784)  # as model/figure.py counts it


def test_the_limit_is_measured_in_both_precisions() -> None:
    assert all(rate > 1e6 for rate in speed.limit(64).values())


def test_what_was_written_by_hand_below_the_report_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "BENCHMARK.md"
    file.write_text("old table\n" + speed._MARK + "\n## By hand\n")
    speed.save("new table\n", file)
    assert file.read_text() == "new table\n" + speed._MARK + "\n## By hand\n"
