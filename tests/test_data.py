"""model/training/data.py: a folder of photographs -> repeatable batches of clean crops."""

from pathlib import Path

import numpy as np
import pytest
from pictures import eight_bit, photograph, save_folder
from PIL import Image

from model.training.data import Crops, DataError, find_pictures


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_folder(tmp_path / "photos", 6)


def _crops(folder: Path, batch: int = 4, seed: int = 7, **options: object) -> Crops:
    pictures = find_pictures(folder, 32)[0]
    return Crops(pictures, 32, batch, seed=seed, **options)  # type: ignore[arg-type]


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:3000])


def test_pictures_are_found_in_nested_folders_in_order(folder: Path) -> None:
    pictures, skipped = find_pictures(folder, 32)
    names = [p.path.relative_to(folder).as_posix() for p in pictures]
    assert names == ["00.png", "02.png", "04.png", "below/01.png", "below/03.png", "below/05.png"]
    assert not skipped


def test_other_files_are_not_looked_at(folder: Path) -> None:
    (folder / "notes.txt").write_text("nothing to see")
    assert len(find_pictures(folder, 32)[0]) == 6


@pytest.mark.parametrize("content", [b"", b"text, not pixels", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_picture_is_skipped_and_named(folder: Path, content: bytes) -> None:
    (folder / "bad.png").write_bytes(content)
    pictures, skipped = find_pictures(folder, 32)
    assert len(pictures) == 6
    assert len(skipped) == 1
    assert "bad.png: not a readable picture" in skipped[0]


def test_tiny_pictures_are_skipped_and_named(folder: Path) -> None:
    Image.fromarray(np.zeros((31, 500, 3), "uint8")).save(folder / "tiny.png")
    pictures, skipped = find_pictures(folder, 32)
    assert len(pictures) == 6
    assert "tiny.png: smaller than the 32-pixel crops" in skipped[0]


def test_deep_grey_pictures_are_not_clipped_to_white_but_named(folder: Path) -> None:
    Image.fromarray(np.full((64, 64), 30_000, "uint16")).save(folder / "deep.png")
    assert "deep.png: a grey picture of more than 8 bits" in find_pictures(folder, 32)[1][0]


@pytest.mark.parametrize(("quality", "least"), [(75, 2.0), (95, 1.0)])
def test_files_of_low_jpeg_quality_are_halved(tmp_path: Path, quality: int, least: float) -> None:
    image = Image.fromarray(eight_bit(photograph(80, 96)))
    image.save(tmp_path / "photo.jpg", quality=quality)
    assert find_pictures(tmp_path, 32)[0][0].least_scale == least


def test_a_missing_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"There is no folder .*nowhere\. Give --data"):
        find_pictures(tmp_path / "nowhere", 32)


def test_an_empty_folder_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"No usable photograph .* holds no picture files"):
        find_pictures(tmp_path, 32)


def test_a_folder_of_tiny_pictures_is_a_sentence(folder: Path) -> None:
    with pytest.raises(
        DataError, match=r"No usable photograph of 128 .* smaller than the 128-pixel crops"
    ):
        find_pictures(folder, 128)


@pytest.mark.parametrize("whole", [False, True])
def test_a_batch_is_uint8_crops_of_the_side(folder: Path, whole: bool) -> None:
    batch = _crops(folder, whole=whole).make(0)
    assert batch.shape == (4, 32, 32, 3)
    assert batch.dtype == np.uint8
    assert len({crop.tobytes() for crop in batch}) > 1


@pytest.mark.parametrize("whole", [False, True])
def test_a_batch_depends_on_seed_and_number_alone(folder: Path, whole: bool) -> None:
    feed = _crops(folder, whole=whole, workers=3).batches()
    straight = [next(feed) for _ in range(6)]
    feed.close()
    later = _crops(folder, whole=whole, workers=1, cache_bytes=0).batches(start=4)
    assert np.array_equal(next(later), straight[4])
    assert np.array_equal(next(later), straight[5])
    assert not np.array_equal(straight[4], straight[5])
    assert not np.array_equal(_crops(folder, seed=8, whole=whole).make(4), straight[4])


def test_the_roughest_crop_often_comes_first(tmp_path: Path) -> None:
    flat, rough = np.full((64, 64, 3), 128, np.uint8), eight_bit(np.random.rand(64, 64, 3))
    for i in range(8):
        Image.fromarray(rough if i == 5 else flat).save(tmp_path / f"{i}.png")
    crops = _crops(tmp_path, batch=10)
    batches = [batch for batch in map(crops.make, range(60)) if (batch.std((1, 2, 3)) > 20).any()]
    first = sum(batch[0].std() > 20 for batch in batches)
    assert 0.65 * len(batches) < first < 0.95 * len(batches)  # by chance alone 0.3 of them


def test_whole_pictures_come_once_an_epoch(folder: Path) -> None:
    crops = _crops(folder, batch=4, whole=True)  # 6 pictures: an epoch is a batch and a half
    seen = [crop.tobytes() for number in range(3) for crop in crops.make(number)]
    assert len(set(seen[:6])) == len(set(seen[6:])) == 6
    assert seen[:6] != seen[6:]


def test_whole_pictures_fill_a_batch_that_is_larger_than_the_folder(folder: Path) -> None:
    seen = [crop.tobytes() for crop in _crops(folder, batch=16, whole=True).make(0)]
    assert [seen.count(one) for one in set(seen[:6])].count(1) == 0
    assert len(set(seen)) == 6


def test_a_damaged_picture_is_named_once_and_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _cut_short(folder / "02.png")
    crops = _crops(folder, batch=6, whole=True)
    batch = [crops.make(number) for number in range(3)]
    assert all(one.shape == (6, 32, 32, 3) for one in batch)
    assert [path.name for path in crops.skipped] == ["02.png"]
    assert capsys.readouterr().out.count("02.png: damaged") == 1


def test_a_folder_of_damaged_pictures_is_a_sentence(folder: Path) -> None:
    crops = _crops(folder)
    for picture in crops.pictures:
        _cut_short(picture.path)
    with pytest.raises(DataError, match="Nearly every picture of the folder is damaged"):
        crops.make(0)


@pytest.mark.parametrize("kept", [0, 2])
def test_no_more_is_kept_than_the_budget_allows(folder: Path, kept: int) -> None:
    one = 80 * 96 * 3
    crops = _crops(folder, cache_bytes=kept * one + one // 2)
    for number in range(12):
        crops.make(number)
    assert len(crops._cache) == kept
