"""`python -m evaluation`: cases, and what is wrong with a folder."""

import argparse
import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from evaluation import __main__ as program
from evaluation import classical
from evaluation.__main__ import main
from evaluation.cases import DEFAULT_CASES, Case
from evaluation.methods import METHODS, USUAL
from evaluation.metrics import blotches, psnr
from evaluation.pictures import evenly

CLASSICAL = ["--methods", "noisy", "median3", "best_median"]


def picture(seed: int, side: int = 48) -> np.ndarray:
    """A smooth square, uint8."""
    coarse = np.random.default_rng(seed).integers(40, 216, (4, 4, 3)).astype(np.uint8)
    return cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def clean(tmp_path: Path) -> Path:
    """A folder of three pictures, one of them in a folder of its own."""
    folder = tmp_path / "clean"
    (folder / "inner").mkdir(parents=True)
    for i, name in enumerate(("a.png", "b.png", "inner/c.png")):
        Image.fromarray(picture(i)).save(folder / name)
    return folder


@pytest.fixture
def noisy(tmp_path: Path, clean: Path) -> Path:
    """The same pictures, 10 levels brighter, as other files of the same names."""
    folder = tmp_path / "noisy"
    for path in clean.rglob("*.png"):
        target = (folder / path.relative_to(clean)).with_suffix(".bmp")
        target.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.asarray(Image.open(path)) + np.uint8(10)).save(target)
    return folder


def rows(path: Path) -> list[dict[str, str]]:
    with (path / "evaluation.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    "text, case, title",
    [
        ("gaussian:25", Case("gaussian", 25), "Gaussian 25"),
        ("gaussian:15:unclipped", Case("gaussian", 15, clip=False), "Gaussian 15, unclipped"),
        ("salt_and_pepper:0.05", Case("salt_and_pepper", 0.05), "salt-and-pepper 5 %"),
        ("salt_and_pepper:0.004", Case("salt_and_pepper", 0.004), "salt-and-pepper 0.4 %"),
        ("jpeg:50", Case("jpeg", 50), "JPEG 50"),
        ("gaussian:25:grey", Case("gaussian", 25, grey=True), "Gaussian 25, grey"),
        (
            "gaussian:25:grey:unclipped",
            Case("gaussian", 25, clip=False, grey=True),
            "Gaussian 25, grey, unclipped",
        ),
        ("clean", Case("clean"), "clean"),
    ],
)
def test_a_case_is_read_from_the_command_line(text: str, case: Case, title: str) -> None:
    assert Case.parse(text) == case
    assert case.title == title


@pytest.mark.parametrize(
    "text",
    [
        "snow:3",
        "gaussian",
        "gaussian:much",
        "gaussian:25:often",
        "gaussian:nan",
        "gaussian:-3",
        "poisson:0",
        "salt_and_pepper:20",
    ],
)
def test_a_wrong_case_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}'"):
        Case.parse(text)


def test_every_usual_case_can_be_made() -> None:
    truth = picture(0)
    for text in DEFAULT_CASES:
        assert Case.parse(text).apply(truth, "a.png").shape == truth.shape


def test_the_same_picture_gets_the_same_noise_and_another_gets_other_noise() -> None:
    case, truth = Case("gaussian", 25), picture(0)
    first = case.apply(truth, "a.png")
    np.testing.assert_array_equal(case.apply(truth, "a.png"), first)
    assert (case.apply(truth, "b.png") != first).mean() > 0.5


def test_clipped_noise_is_8_bit_and_unclipped_noise_strays_out_of_range() -> None:
    white = np.full((32, 32, 3), 255, np.uint8)
    assert Case("gaussian", 25).apply(white, "a").dtype == np.uint8
    assert Case("gaussian", 25, clip=False).apply(white, "a").max() > 1


@pytest.mark.parametrize("kind", ["gaussian", "salt_and_pepper", "poisson"])
def test_a_grey_case_has_one_truth_and_one_noise_for_all_channels(kind: str) -> None:
    case = Case(kind, 0.2 if kind == "salt_and_pepper" else 25, grey=True)
    truth = case.truth(picture(0))
    noisy = case.apply(truth, "a")
    for image in (truth, noisy):
        assert image.dtype == np.uint8
        assert (image == image[..., :1]).all()
    assert psnr(noisy, truth) < 35


def test_every_picture_case_and_method_is_a_line_of_the_csv(clean: Path, tmp_path: Path) -> None:
    command = ["--data", str(clean), "--cases", "clean", "gaussian:25", *CLASSICAL]
    assert main([*command, "--out", str(tmp_path)]) == 0
    lines = rows(tmp_path)
    assert len(lines) == 3 * 2 * 3
    assert {line["picture"] for line in lines} == {"a.png", "b.png", "inner/c.png"}


def test_figures_are_those_of_the_metrics(clean: Path, noisy: Path, tmp_path: Path) -> None:
    command = ["--data", str(clean), "--pairs", str(noisy), *CLASSICAL, "--out", str(tmp_path)]
    assert main(command) == 0
    line = next(
        li for li in rows(tmp_path) if (li["picture"], li["method"]) == ("a.png", "median 3 x 3")
    )
    median = classical.median(picture(0) + np.uint8(10))
    assert float(line["psnr"]) == pytest.approx(psnr(median, picture(0)))
    found = float(line["blotches_luma"]), float(line["blotches_chroma"])
    assert found == pytest.approx(blotches(median, picture(0))[1:], nan_ok=True)


def test_pairs_are_matched_by_name_whatever_their_format(
    clean: Path, noisy: Path, tmp_path: Path
) -> None:
    main(["--data", str(clean), "--pairs", str(noisy), *CLASSICAL, "--out", str(tmp_path)])
    shifts = [float(li["colour_shift"]) for li in rows(tmp_path) if li["method"] == "noisy input"]
    assert shifts == pytest.approx([10, 10, 10])


def test_the_usual_columns_are_shown_in_order(clean: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "network", lambda *_: METHODS["noisy"])
    args = program.arguments(["--data", str(clean)])
    assert list(program.choose_methods(args)) == list(USUAL)


def test_strong_adds_the_filters_made_for_the_noise(clean: Path, tmp_path: Path) -> None:
    methods = ["--methods", "noisy", "repair", "tv"]
    cases = ["--cases", "salt_and_pepper:0.2", "gaussian:25"]
    main(["--data", str(clean), *methods, *cases, "--out", str(tmp_path)])
    pairs = {(line["case"], line["method"]) for line in rows(tmp_path)}
    assert ("salt-and-pepper 20 %", "detect-and-repair") in pairs
    assert ("Gaussian 25", "detect-and-repair") not in pairs
    assert ("Gaussian 25", "total variation") in pairs


def test_bm3d_is_left_out_by_name_when_it_is_not_installed(
    clean: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classical, "has_bm3d", lambda: False)
    args = program.arguments(["--data", str(clean), "--methods", "noisy", "bm3d"])
    assert list(program.choose_methods(args)) == ["noisy"]
    assert "BM3D is left out" in capsys.readouterr().err


def test_methods_that_are_not_made_for_the_cases_are_code_2(
    clean: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(clean), "--methods", "tv", "--cases", "salt_and_pepper:0.2"]
    assert main(command) == 2
    assert "None of the methods is made for these cases" in capsys.readouterr().err


def test_limit_spreads_over_the_folder() -> None:
    assert evenly(list(range(10)), 3) == [0, 3, 6]
    assert evenly(list(range(3)), 10) == [0, 1, 2]


def test_several_workers_give_the_same_table(clean: Path, capsys: pytest.CaptureFixture) -> None:
    command = ["--data", str(clean), "--cases", "gaussian:25", *CLASSICAL]
    tables = []
    for workers in "1", "3":
        main([*command, "--workers", workers])
        tables.append(capsys.readouterr().out)
    assert tables[0] == tables[1]


def test_progress_names_every_picture(clean: Path, capsys: pytest.CaptureFixture) -> None:
    main(["--data", str(clean), "--cases", "clean", *CLASSICAL])
    progress = capsys.readouterr().err
    assert all(name in progress for name in ("a.png", "b.png", "inner/c.png"))


def test_a_damaged_picture_is_named_and_skipped(
    clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (clean / "broken.png").write_bytes((clean / "a.png").read_bytes()[:200])
    command = ["--data", str(clean), "--cases", "clean", *CLASSICAL]
    assert main([*command, "--out", str(tmp_path)]) == 0
    assert "broken.png" in capsys.readouterr().err
    assert {line["picture"] for line in rows(tmp_path)} == {"a.png", "b.png", "inner/c.png"}


@pytest.mark.parametrize("fault", ["missing", "of another size"])
def test_a_picture_without_its_partner_is_named_and_skipped(
    fault: str, clean: Path, noisy: Path, capsys: pytest.CaptureFixture
) -> None:
    partner = noisy / "b.bmp"
    partner.unlink()
    if fault == "of another size":
        Image.fromarray(picture(1, side=40)).save(partner)
    assert main(["--data", str(clean), "--pairs", str(noisy), *CLASSICAL]) == 0
    skipped = [li for li in capsys.readouterr().err.splitlines() if li.startswith("Skipped")]
    assert len(skipped) == 1
    assert "b.png" in skipped[0]


def test_a_missing_folder_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert main(["--data", str(tmp_path / "nowhere"), *CLASSICAL]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"There is no folder {tmp_path / 'nowhere'}; check the path."
    ]


def test_an_empty_folder_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    assert main(["--data", str(tmp_path), *CLASSICAL]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_folder_of_damaged_pictures_is_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "a.png").write_bytes(b"")
    assert main(["--data", str(tmp_path), "--cases", "clean", *CLASSICAL]) == 2
    assert "None of the pictures" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--out", "--sheet"])
def test_a_result_that_cannot_be_written_is_said_before_the_work(
    flag: str, clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    (tmp_path / "file").write_text("here already")
    assert main(["--data", str(clean), "--methods", "noisy", flag, str(tmp_path / "file")]) == 2
    said = capsys.readouterr()
    assert str(tmp_path / "file") in said.err
    assert len(said.err.splitlines()) == 1
    assert not said.out


def test_cases_together_with_pairs_are_refused(
    clean: Path, noisy: Path, capsys: pytest.CaptureFixture
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--data", str(clean), "--pairs", str(noisy), "--cases", "clean"])
    assert stop.value.code == 2
    assert "leave it out with --pairs" in capsys.readouterr().err


def test_missing_weights_are_one_sentence_and_code_2(
    clean: Path, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    missing = str(tmp_path / "none.npz")
    assert main(["--data", str(clean), "--ours-only", "--weights", missing]) == 2
    assert "none.npz" in capsys.readouterr().err


def test_the_network_is_measured_beside_the_noisy_input(clean: Path, tmp_path: Path) -> None:
    command = ["--data", str(clean), "--ours-only", "--limit", "1", "--cases", "gaussian:25"]
    assert main([*command, "--out", str(tmp_path)]) == 0
    quality = {line["method"]: float(line["psnr"]) for line in rows(tmp_path)}
    assert list(quality) == ["noisy input", "ours"]
    assert quality["ours"] > quality["noisy input"] + 3


def test_the_first_network_is_measured_under_its_own_name(clean: Path, tmp_path: Path) -> None:
    command = ["--data", str(clean), "--limit", "1", "--cases", "gaussian:25"]
    for choice in (["--model", "first", "--ours-only"], ["--methods", "noisy", "first"]):
        assert main([*command, *choice, "--out", str(tmp_path)]) == 0
        quality = {line["method"]: float(line["psnr"]) for line in rows(tmp_path)}
        assert list(quality) == ["noisy input", "first network"]
        assert quality["first network"] > quality["noisy input"] + 3


def test_weights_together_with_a_model_are_refused(clean: Path) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--data", str(clean), "--weights", "a.npz", "--model", "first"])
    assert stop.value.code == 2


def test_a_sheet_is_written_for_each_case(clean: Path, tmp_path: Path) -> None:
    sheets = tmp_path / "sheets"
    command = ["--data", str(clean), "--cases", "clean", "salt_and_pepper:0.2", *CLASSICAL]
    main([*command, "--sheet", str(sheets), "--crop", "40"])
    assert {p.name for p in sheets.iterdir()} == {"clean.png", "salt-and-pepper-20.png"}
