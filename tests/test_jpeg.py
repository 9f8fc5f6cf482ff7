"""model/synthesis/jpeg.py: the damage is the one that a real encoder does."""

import io

import numpy as np
import pytest
from pictures import eight_bit, photograph, psnr
from PIL import Image

from model.synthesis.jpeg import jpeg


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return eight_bit(photograph(128, 160, seed=2))


def _pillow(photo: np.ndarray, quality: int, subsample: bool) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=quality, subsampling=2 if subsample else 0)
    return np.asarray(Image.open(file), "float32") / 255


def _ours(photo: np.ndarray, quality: int, subsample: bool) -> np.ndarray:
    x = photo[None].astype("float32") / 255
    return np.asarray(jpeg(x, np.full((1, 1, 1, 1), quality, "float32"), subsample=subsample))[0]


@pytest.mark.parametrize("quality", [10, 30, 50, 75, 95])
@pytest.mark.parametrize("subsample", [False, True])
def test_close_to_pillow_s_file_of_the_same_quality(
    photo: np.ndarray, quality: int, subsample: bool
) -> None:
    ours, pillow = _ours(photo, quality, subsample), _pillow(photo, quality, subsample)
    damage = psnr(pillow, photo / np.float32(255))
    assert psnr(ours, pillow) > damage + 3
    assert psnr(ours, photo / np.float32(255)) == pytest.approx(damage, abs=0.8)


def test_best_quality_changes_hardly_anything(photo: np.ndarray) -> None:
    assert psnr(_ours(photo, 100, False), photo / np.float32(255)) > 48


def test_each_image_of_a_batch_has_its_own_quality(photo: np.ndarray) -> None:
    x = np.stack([photo, photo]).astype("float32") / 255
    bad, good = jpeg(x, np.array([10.0, 90.0], "float32").reshape(2, 1, 1, 1), subsample=True)
    assert psnr(np.asarray(bad), x[0]) < psnr(np.asarray(good), x[0]) - 5
