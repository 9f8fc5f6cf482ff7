"""model/training/pairs.py: crops of real noise."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from pictures import photograph

from model.training.data import DataError
from model.training.pairs import Pairs


def _folder(root: Path, brighter: float = 0.0) -> Path:
    """Two pairs whose noisy side has 7 grey levels more on a chessboard, and `brighter`."""
    for seed in range(2):
        truth = photograph(48, 64, seed) * 200 + 20
        noisy = truth + 7 * (np.indices(truth.shape[:2]).sum(0) % 2)[..., None] + brighter
        for name, picture in (("gt", truth), ("noisy", noisy)):
            (root / name).mkdir(parents=True, exist_ok=True)
            cv2.imwrite(str(root / name / f"{seed}.png"), np.rint(picture)[..., ::-1])
    return root


def test_both_sides_of_a_pair_are_cut_turned_and_flipped_alike(tmp_path: Path) -> None:
    pairs = Pairs(_folder(tmp_path), 32, 3, seed=1)
    for number in range(5):
        crops = pairs(number).astype(int)
        assert crops.shape == (6, 32, 32, 3)
        assert set(np.unique(crops[3:] - crops[:3])) <= {0, 7}


def test_a_batch_depends_on_its_number_and_the_seed_alone(tmp_path: Path) -> None:
    pairs = Pairs(_folder(tmp_path), 32, 2, seed=1)
    assert np.array_equal(pairs(4), Pairs(tmp_path, 32, 2, seed=1)(4))
    assert not np.array_equal(pairs(4), pairs(5))
    assert not np.array_equal(pairs(4), Pairs(tmp_path, 32, 2, seed=2)(4))


def test_a_pair_whose_light_changed_is_passed_over_where_there_is_another(tmp_path: Path) -> None:
    _folder(tmp_path, brighter=20.0)
    shutil.copy(tmp_path / "gt" / "1.png", tmp_path / "noisy" / "1.png")
    crops = Pairs(tmp_path, 32, 16, seed=1)(0).astype(int)
    assert np.array_equal(crops[:16], crops[16:])


def test_names_that_differ_are_a_sentence(tmp_path: Path) -> None:
    (_folder(tmp_path) / "gt" / "0.png").rename(tmp_path / "gt" / "other.png")
    with pytest.raises(DataError, match="files of the same names"):
        Pairs(tmp_path, 32, 1, seed=1)


def test_two_pictures_of_one_name_are_a_sentence(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (first, *_) = sorted((folder / "gt").iterdir())
    shutil.copy(first, first.with_suffix(".bmp"))
    with pytest.raises(DataError, match="share a name"):
        Pairs(folder, 32, 1, seed=1)


def test_what_macos_leaves_among_pictures_is_no_pair(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "noisy" / "._a.png").write_bytes(b"clutter")
    assert len(Pairs(folder, 32, 1, seed=1)(0)) == 2


def test_sides_that_differ_in_size_are_a_sentence(tmp_path: Path) -> None:
    cv2.imwrite(str(_folder(tmp_path) / "gt" / "0.png"), np.zeros((50, 64, 3), "uint8"))
    with pytest.raises(DataError, match="differ in size"):
        Pairs(tmp_path, 32, 1, seed=1)


def test_a_damaged_picture_is_named(tmp_path: Path) -> None:
    (_folder(tmp_path) / "noisy" / "1.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"1\.png is damaged"):
        Pairs(tmp_path, 32, 1, seed=1)
