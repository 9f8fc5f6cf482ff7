"""model/inference/estimate.py: how noisy a picture is."""

import numpy as np
import pytest
from pictures import eight_bit, photograph

from model.inference.estimate import estimate_noise
from model.synthesis import noise


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return photograph(256, 320, seed=6)


@pytest.mark.parametrize("sigma", [5, 15, 25, 50])
def test_gaussian_noise_is_measured(photo: np.ndarray, sigma: float) -> None:
    noisy = noise.add(photo, "gaussian", sigma, clip=False)
    assert estimate_noise(noisy) == pytest.approx(sigma, rel=0.15, abs=1)


def test_a_clean_picture_has_hardly_any(photo: np.ndarray) -> None:
    assert estimate_noise(photo) < 2


def test_a_plain_ramp_has_none() -> None:
    ramp = np.repeat(np.linspace(0.1, 0.9, 256, dtype="float32")[:, None, None], 256, 1)
    assert estimate_noise(np.repeat(ramp, 3, 2)) < 0.01


def test_every_depth_gives_the_same_estimate(photo: np.ndarray) -> None:
    noisy = np.clip(noise.add(photo, "gaussian", 20), 0, 1)
    depths = [noisy, eight_bit(noisy), np.rint(noisy * 65535).astype("uint16")]
    estimates = [estimate_noise(picture) for picture in depths]
    assert max(estimates) - min(estimates) < 0.05


def test_blown_highlights_do_not_pass_for_clean(photo: np.ndarray) -> None:
    bright = np.clip(photo, 0.05, 0.95)
    bright[:, :120] = 1.4
    noisy = noise.add(bright, "gaussian", 20)
    assert estimate_noise(noisy) == pytest.approx(20, rel=0.2)


def test_a_large_picture_is_judged_by_samples() -> None:
    noisy = np.random.default_rng(0).normal(128, 10, (1700, 1800, 3)).astype("uint8")
    assert estimate_noise(noisy) == pytest.approx(10, rel=0.15)


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_tiny_pictures_give_zero(size: tuple[int, int]) -> None:
    assert estimate_noise(np.full((*size, 3), 7, "uint8")) == 0
