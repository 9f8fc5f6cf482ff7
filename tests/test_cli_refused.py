"""cli.py and cli_arguments.py: what is refused, and with what sentence."""

from pathlib import Path

import pytest
from pictures import eight_bit, photograph, save_folder
from PIL import Image
from terminal import files, run

import helper
from cli_arguments import find


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """photos/00.png and photos/below/01.png, 40 x 48."""
    return save_folder(tmp_path / "photos", 2, 40, 48)


def test_a_mistyped_file_is_what_the_sentence_is_about(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "typo.jpg", "-o", tmp_path / "clean.jpg") == 2
    assert capsys.readouterr().err.endswith("typo.jpg: there is no such file or folder.\n")


def test_no_picture_at_all_is_a_wrong_call(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "-o", tmp_path / "out") == 2
    assert capsys.readouterr().err == "No pictures found; check the paths.\n"


def test_photographs_of_other_kinds_in_a_folder_are_told_but_no_failure(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.dng", "below/B.PSD", "c.NEF", "._d.dng", "notes.txt", "paper.pdf"):
        (folder / name).touch()
    assert run(folder, "-o", tmp_path / "out", "--strength", "0") == 0
    assert len(files(tmp_path / "out")) == 2
    assert capsys.readouterr().err == (
        "3 files of kinds that are not supported (DNG, Photoshop, camera raw) were skipped in "
        f"{folder}.\n"
    )


def test_one_photograph_of_another_kind_is_told(folder: Path) -> None:
    (folder / "a.jxl").touch()
    *_, told = find([folder], folder.parent / "out")
    assert told == [f"1 file of a kind that is not supported (JPEG XL) was skipped in {folder}."]


@pytest.mark.parametrize("output", ["photos/00.png", "photos"])
def test_a_file_is_never_overwritten_by_its_own_result(folder: Path, output: str) -> None:
    before = (folder / "00.png").read_bytes()
    assert run(folder / "00.png", "-o", folder.parent / output) == 1
    assert (folder / "00.png").read_bytes() == before


def test_another_input_is_never_overwritten(folder: Path) -> None:
    below, own = folder / "below" / "00.png", folder / "00.png"
    Image.fromarray(eight_bit(photograph(40, 48, 9))).save(below)
    before = own.read_bytes()
    assert run(below, own, "-o", folder) == 1
    assert own.read_bytes() == before


def test_a_folder_is_not_its_own_output(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "-o", folder) == 1
    assert files(folder) == ["00.png", "below/01.png"]
    assert "is the folder for the results; choose another -o." in capsys.readouterr().err


def test_what_is_no_weight_file_is_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "words.npz").write_text("no weights")
    assert run(folder, "-o", tmp_path / "out", "--weights", tmp_path / "words.npz") == 2
    assert "words.npz is damaged, or was not written by this project." in capsys.readouterr().err


@pytest.mark.parametrize(
    "flags", [["--strength", "101"], ["--colour", "x"], ["--quality", "0"], ["--mode", "fast"]]
)
def test_a_wrong_flag_is_a_wrong_call(folder: Path, tmp_path: Path, flags: list[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        run(folder, "-o", tmp_path / "out", *flags)
    assert exit.value.code == 2


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("x.jxl", "JPEG XL files cannot be written"),
        ("x.heic", "HEIC files cannot be written"),
        ("file", "is a file, not a folder"),
        ("file/below", "is a file, not a folder"),
    ],
)
def test_an_impossible_output_is_refused_before_work(
    folder: Path,
    tmp_path: Path,
    output: str,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(helper, "denoise", None)
    assert run(folder / "00.png", "-o", tmp_path / output) == 2
    assert words in capsys.readouterr().err


def test_a_name_and_a_format_that_disagree_are_refused(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = next(folder.glob("*.png"))
    out = tmp_path / "clean.jpg"
    assert run(picture, "-o", out, "--format", "PNG") == 2
    assert "the name says JPEG, --format says PNG" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("flag", "value"), [("--strength", "abc"), ("--quality", "0"), ("--quality", "x")]
)
def test_a_number_that_makes_no_sense_is_named(
    flag: str, value: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run(folder, "-o", "out", flag, value)
    assert f"is needed, not {value}" in capsys.readouterr().err
