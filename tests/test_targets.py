"""`python -m evaluation.targets`: its rows, their figures and its faults."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation import targets
from evaluation.methods import METHODS, Method, blind
from evaluation.metrics import psnr
from evaluation.targets import Measured, Target, border_ratio, mean_psnr, worst_psnr


def picture(seed: int) -> np.ndarray:
    """48 x 48 x 3 uint8."""
    return np.random.default_rng(seed).integers(60, 200, (48, 48, 3)).astype(np.uint8)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """All three sets, small; the noisy photographs are 10 levels brighter."""
    for folder in ("cbsd68", "faces_512", "real_cc15/gt", "real_cc15/noisy"):
        (tmp_path / folder).mkdir(parents=True)
        for seed in range(5):
            pixels = picture(seed) + np.uint8(10 if folder.endswith("noisy") else 0)
            Image.fromarray(pixels).save(tmp_path / folder / f"{seed}.png")
    return tmp_path


def cells(table: str, title: str) -> list[str]:
    """Of the row of that title: set, title, figure, floor, goal, what is reached."""
    line = next(line for line in table.splitlines() if f"| {title} |" in line)
    return [cell.strip(" *") for cell in line.strip("|").split("|")]


def test_every_target_is_a_row(data: Path) -> None:
    table = targets.table(data, METHODS["noisy"])
    rows = [[cell.strip() for cell in line.split("|")] for line in table.splitlines()[2:]]
    titles = [(row[1].split(" (")[0], row[2]) for row in rows]
    data_of = {"grey": "flat grey"}
    expected = [(data_of.get(t.data, t.data), t.title) for t in targets.TARGETS]
    assert sorted(titles) == sorted(expected)


def test_real_photographs_are_measured_against_their_truth(data: Path) -> None:
    found = cells(targets.table(data, METHODS["noisy"]), "as photographed: PSNR")
    expected = psnr(picture(0) + np.uint8(10), picture(0))
    assert found == ["real_cc15 (5)", "as photographed: PSNR", f"{expected:.2f}", "36.5", "37",
                     f"{expected - 36.5:+.2f}"]  # fmt: skip


def test_noise_left_as_it_is_shows_on_flat_grey(data: Path) -> None:
    figure = float(cells(targets.table(data, METHODS["noisy"]), "Gaussian 25: blotches")[2])
    assert figure == pytest.approx(25 / 8, rel=0.05)


def test_quick_takes_every_fourth_picture(data: Path) -> None:
    table = targets.table(data, METHODS["noisy"], quick=True)
    assert cells(table, "clean: PSNR")[0] == "cbsd68 (2)"


def test_a_set_that_is_not_there_is_named_and_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    table = targets.table(tmp_path, METHODS["noisy"])
    assert "flat grey" in table
    assert "cbsd68" not in table
    assert "There is no cbsd68" in capsys.readouterr().err


def test_each_case_is_computed_once_for_all_its_figures(data: Path) -> None:
    runs: list[np.ndarray] = []

    def count(noisy: np.ndarray) -> np.ndarray:
        runs.append(noisy)
        return noisy

    targets.table(data, Method("ours", blind(count)))
    assert len(runs) == 4 * 5 + 7 * 5 + 5 + 2


def measured(psnr: float, border: tuple[float, float] = (1, 1)) -> Measured:
    return Measured(psnr, shift=0, blotches=0, border=border)


def test_summaries() -> None:
    results = [measured(30, (1, 2)), measured(50, (17, 6))]
    assert mean_psnr(results) == 40
    assert worst_psnr(results) == 30
    assert border_ratio(results) == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("value", "falls", "verdict"),
    [
        (34.0, False, "goal"),
        (33.7, False, "floor"),
        (33.5, False, "-0.10"),
        (33.5, True, "goal"),
        (35.0, True, "+1.40"),
    ],
)
def test_what_is_reached(value: float, falls: bool, verdict: str) -> None:
    goal = 33.5 if falls else 34.0
    assert Target("", "", "", mean_psnr, 33.6, goal, falls).verdict(value) == verdict


def test_a_missing_weight_file_is_one_sentence_and_code_2(
    data: Path, capsys: pytest.CaptureFixture
) -> None:
    assert targets.main(["--data", str(data), "--weights", str(data / "none.npz")]) == 2
    assert "none.npz" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "sentence"), [(b"no picture", "not a picture"), (None, "larger than 32 pixels")]
)
def test_a_picture_that_cannot_be_measured_is_named(
    content: bytes | None, sentence: str, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = data / "cbsd68" / "2.png"
    if content:
        path.write_bytes(content)
    else:
        Image.fromarray(picture(1)[:32]).save(path)
    assert targets.main(["--data", str(data)]) == 2
    message = capsys.readouterr().err
    assert str(path) in message
    assert sentence in message


def test_a_missing_folder_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert targets.main(["--data", str(tmp_path / "nowhere")]) == 2
    assert "There is no folder" in capsys.readouterr().err
