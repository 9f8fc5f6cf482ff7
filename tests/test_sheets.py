"""`python -m evaluation.sheets`: crops side by side, and what is wrong with a list of them."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from evaluation import sheets
from evaluation.methods import METHODS
from evaluation.pictures import EvaluationError
from evaluation.sheets import AROUND, SIDE, Crop

AT = (100, 40)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """a.png, which says of each pixel where it lies, and b.png, 5 levels brighter."""
    down, across = np.mgrid[:300, :400]
    pixels = np.stack([down % 200, across % 200, (down + across) % 200], -1).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels + np.uint8(5)).save(tmp_path / "b.png")
    return tmp_path


def real(at: tuple[int, int] = AT) -> Crop:
    return Crop("real", "a.png", at, noisy="b.png")


def test_a_row_shows_every_method_and_the_truth_at_the_crop(data: Path) -> None:
    row = sheets.row(real(), data, [METHODS["noisy"], METHODS["median3"]])
    whole = np.asarray(Image.open(data / "a.png"))
    truth = whole[AT[1] : AT[1] + SIDE, AT[0] : AT[0] + SIDE]
    assert [label.partition("  ")[0] for label, _ in row] == [
        "noisy input",
        "median 3 x 3",
        "truth",
    ]
    np.testing.assert_array_equal(row[-1][1], truth)
    np.testing.assert_array_equal(row[0][1], truth + 5)
    assert "34.15 dB" in row[0][0]


@pytest.mark.parametrize("at", [(0, 0), (192, 92)])
def test_a_crop_may_touch_the_border(at: tuple[int, int], data: Path) -> None:
    row = sheets.row(real(at), data, [METHODS["noisy"]])
    np.testing.assert_array_equal(row[0][1], row[1][1] + 5)


def test_methods_see_what_lies_around_the_crop(data: Path) -> None:
    seen: list[tuple[int, ...]] = []

    def look(noisy: np.ndarray, truth: np.ndarray) -> np.ndarray:
        seen.append(noisy.shape)
        return noisy

    sheets.row(real(), data, [sheets.Method("look", look)])
    assert seen == [(AT[1] + SIDE + min(AROUND, 300 - AT[1] - SIDE), SIDE + 2 * AROUND, 3)]


def test_noise_can_be_added_to_a_clean_picture(data: Path) -> None:
    crop = Crop.read({"name": "x", "file": "a.png", "case": "gaussian:25", "at": list(AT)})
    noisy, truth = (pixels.astype(int) for _, pixels in sheets.row(crop, data, [METHODS["noisy"]]))
    middle = (truth > 75) & (truth < 180)
    assert (noisy - truth)[middle].std() == pytest.approx(25, rel=0.05)


@pytest.mark.parametrize(
    "entry",
    [
        {"name": "x", "file": "a.png", "at": [0, 0]},
        {"name": "x", "file": "a.png", "at": [0, 0], "case": "clean", "noisy": "b.png"},
        {"name": "x", "file": "a.png", "at": [0], "case": "clean"},
        {"name": "x", "case": "clean", "at": [0, 0]},
        {"name": "x", "file": "a.png", "at": [0, 0], "case": "snow:3"},
    ],
)
def test_an_incomplete_entry_is_refused(entry: dict) -> None:
    with pytest.raises(EvaluationError, match="not complete"):
        Crop.read(entry)


def test_a_crop_outside_the_picture_is_refused(data: Path) -> None:
    with pytest.raises(EvaluationError, match="the crop lies outside"):
        sheets.row(real((300, 0)), data, [METHODS["noisy"]])


def test_a_sheet_is_as_good_as_its_size_allows() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)
    small, large = (sheets.encode(Image.fromarray(noise), most) for most in (20_000, 60_000))
    assert len(small) <= 20_000 < len(large) <= 60_000
    assert Image.open(io.BytesIO(small)).size == (300, 200)


def test_the_command_writes_a_sheet_a_crop(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr(sheets, "network", lambda *_: METHODS["median3"])
    monkeypatch.setattr(sheets.classical, "has_bm3d", lambda: False)
    listed = data / "crops.toml"
    listed.write_text(
        '[[crop]]\nname = "one"\nfile = "a.png"\nnoisy = "b.png"\nat = [0, 0]\n'
        '[[crop]]\nname = "two"\nfile = "a.png"\ncase = "clean"\nat = [9, 9]\n'
    )
    command = [str(listed), "--data", str(data), "--out", str(data / "out")]
    assert sheets.main(command) == 0
    assert {path.name for path in (data / "out").iterdir()} == {"one.webp", "two.webp"}
    with Image.open(data / "out" / "one.webp") as sheet:
        assert sheet.width == 4 * (SIDE + 4) + 4
    assert "BM3D is left out" in capsys.readouterr().err


def test_a_name_that_is_not_in_the_list_is_refused(data: Path) -> None:
    assert sheets.chosen([real()], None) == [real()]
    with pytest.raises(EvaluationError, match="There is no sky in the list: "):
        sheets.chosen([real()], ["sky"])
    with pytest.raises(EvaluationError, match="has no"):
        sheets.chosen([], None)


def test_a_missing_list_is_one_sentence_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    assert sheets.main([str(tmp_path / "no.toml"), "--data", ".", "--out", str(tmp_path)]) == 2
    assert "no.toml" in capsys.readouterr().err
