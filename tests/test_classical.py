"""The classical filters: each does what its textbook says."""

import cv2
import numpy as np
import pytest

from evaluation import classical
from evaluation.metrics import psnr
from evaluation.sigma import estimate_sigma
from model.depth import to_uint8

FILTERS = [
    classical.median,
    classical.adaptive_median,
    classical.detect_and_repair,
    classical.nonlocal_means,
    classical.total_variation,
]
needs_bm3d = pytest.mark.skipif(not classical.has_bm3d(), reason="bm3d is not installed")


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    """A smooth picture with a few edges, 96 x 128, uint8 within 20 to 235."""
    down, across = np.mgrid[:96, :128]
    waves = [60 * np.sin(down / 17 + k) * np.cos(across / (23 - 3 * k)) + 120 for k in range(3)]
    picture = np.stack(waves, axis=-1)
    cv2.circle(picture, (64, 48), 24, (200, 90, 40), -1)
    return picture.clip(20, 235).round().astype(np.uint8)


def gaussian(truth: np.ndarray, sigma: float) -> np.ndarray:
    """Unclipped float32 in about [0, 1]."""
    noise = np.random.default_rng(1).normal(0, sigma, truth.shape)
    return ((truth + noise) / 255).astype(np.float32)


def salt_and_pepper(truth: np.ndarray, share: float) -> np.ndarray:
    dice = np.random.default_rng(2).random(truth.shape)
    return np.where(dice < share / 2, 0, np.where(dice < share, 255, truth)).astype(np.uint8)


@pytest.mark.parametrize("run", FILTERS)
def test_shape_and_dtype_come_back(run: classical.Filter, truth: np.ndarray) -> None:
    for image in (to_uint8(gaussian(truth, 20)), gaussian(truth, 20)):
        result = run(image)
        assert (result.shape, result.dtype) == (image.shape, image.dtype)


@pytest.mark.parametrize("run", FILTERS)
def test_the_input_is_not_changed(run: classical.Filter, truth: np.ndarray) -> None:
    image = salt_and_pepper(truth, 0.1)
    before = image.copy()
    run(image)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("run", FILTERS)
@pytest.mark.parametrize("height, width", [(1, 1), (3, 40), (17, 5)])
def test_small_pictures_are_filtered_too(run: classical.Filter, height: int, width: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (height, width, 3)).astype(np.uint8)
    assert run(image).shape == image.shape


@pytest.mark.parametrize(
    "run, gain",
    [(classical.median, 6), (classical.nonlocal_means, 7), (classical.total_variation, 10)],
)
def test_gaussian_noise_is_reduced(run: classical.Filter, gain: float, truth: np.ndarray) -> None:
    noisy = gaussian(truth, 25)
    assert psnr(run(noisy), truth) > psnr(noisy, truth) + gain


@needs_bm3d
def test_bm3d_beats_total_variation_on_white_noise(truth: np.ndarray) -> None:
    noisy = gaussian(truth, 25)
    assert psnr(classical.bm3d(noisy), truth) > psnr(classical.total_variation(noisy), truth) + 1


def test_median_takes_the_middle_of_nine() -> None:
    image = np.zeros((3, 3, 3), np.uint8)
    image[..., 0] = np.arange(9).reshape(3, 3) * 10
    assert classical.median(image)[1, 1, 0] == 40


def test_best_median_takes_a_wider_window_for_denser_noise(truth: np.ndarray) -> None:
    noisy = salt_and_pepper(truth, 0.4)
    best = psnr(classical.best_median(noisy, truth), truth)
    assert best == max(psnr(classical.median(noisy, size), truth) for size in (3, 5, 7, 9))
    assert best > psnr(classical.median(noisy, 3), truth)


def test_adaptive_median_keeps_values_that_are_no_extremes() -> None:
    image = np.random.default_rng(3).integers(100, 110, (5, 5, 3)).astype(np.uint8)
    image[2, 2] = 105
    image[1, 2], image[2, 1] = 0, 255
    assert (classical.adaptive_median(image)[2, 2] == 105).all()


def test_adaptive_median_replaces_an_impulse_by_the_median() -> None:
    image = np.tile(np.array([98, 99, 100, 101, 102], np.uint8)[None, :, None], (5, 1, 3))
    image[2, 2, 0] = 255
    result = classical.adaptive_median(image)
    assert 99 <= result[2, 2, 0] <= 101
    assert result[2, 2, 1] == 100


def test_adaptive_median_grows_its_window_where_impulses_fill_it() -> None:
    image = np.full((15, 15, 3), 120, np.uint8) + np.arange(15, dtype=np.uint8)[:, None, None]
    image[5:9, 5:9] = 255
    assert (classical.adaptive_median(image)[5:9, 5:9] < 140).all()


def test_detect_and_repair_leaves_sound_values_alone(truth: np.ndarray) -> None:
    noisy = salt_and_pepper(truth, 0.3)
    sound = (noisy > 0) & (noisy < 255)
    np.testing.assert_array_equal(classical.detect_and_repair(noisy)[sound], noisy[sound])


def test_detect_and_repair_returns_sound_floats_exactly(truth: np.ndarray) -> None:
    image = np.clip(gaussian(truth, 5), 0.05, 0.95)
    np.testing.assert_array_equal(classical.detect_and_repair(image), image)


@pytest.mark.parametrize("share, floor", [(0.05, 38), (0.2, 34), (0.5, 29), (0.6, 27)])
def test_detect_and_repair_fills_damage_from_around_it(
    share: float, floor: float, truth: np.ndarray
) -> None:
    assert psnr(classical.detect_and_repair(salt_and_pepper(truth, share)), truth) > floor


def test_detect_and_repair_beats_the_best_median(truth: np.ndarray) -> None:
    noisy = salt_and_pepper(truth, 0.2)
    best = psnr(classical.best_median(noisy, truth), truth)
    assert psnr(classical.detect_and_repair(noisy), truth) > best + 3


def test_detect_and_repair_keeps_black_and_white_areas() -> None:
    truth = np.full((60, 60, 3), 128, np.uint8)
    truth[:, :25], truth[:, 35:] = 0, 255
    repaired = classical.detect_and_repair(salt_and_pepper(truth, 0.2))
    assert (repaired[:, :20] == 0).all()
    assert (repaired[:, 40:] == 255).all()


def test_detect_and_repair_of_a_wholly_damaged_picture_still_answers() -> None:
    image = np.random.default_rng(5).choice([0, 255], (20, 20, 3)).astype(np.uint8)
    assert classical.detect_and_repair(image).shape == image.shape


def test_rof_keeps_each_channels_mean(truth: np.ndarray) -> None:
    noisy = gaussian(truth, 25) * 255
    np.testing.assert_allclose(
        classical.rof(noisy, 20).mean(axis=(0, 1)), noisy.mean(axis=(0, 1)), atol=0.01
    )


def test_rof_of_a_step_lowers_it_by_the_known_amount() -> None:
    # On a step between two half planes of width w, TV with weight m moves each side m / w.
    step = np.zeros((40, 40, 3), np.float32)
    step[:, 20:, 0] = 100
    clean = classical.rof(step, weight=50, steps=400)
    assert clean[20, 5, 0] == pytest.approx(2.5, abs=0.2)
    assert clean[20, 35, 0] == pytest.approx(97.5, abs=0.2)


def test_rof_with_no_weight_changes_nothing(truth: np.ndarray) -> None:
    noisy = gaussian(truth, 25)
    np.testing.assert_array_equal(classical.rof(noisy, 0), noisy)


@pytest.mark.parametrize("sigma", [5, 15, 25, 50])
def test_sigma_of_white_noise_is_estimated_within_a_tenth(sigma: float, truth: np.ndarray) -> None:
    noisy = gaussian(cv2.resize(truth, (384, 288)), sigma)
    assert estimate_sigma(noisy) == pytest.approx(sigma, rel=0.1)


def test_sigma_of_correlated_noise_is_estimated_within_two_fifths(truth: np.ndarray) -> None:
    noise = np.random.default_rng(4).normal(0, 1, truth.shape)
    blurred = cv2.GaussianBlur(noise, (0, 0), 0.8)
    noisy = ((truth + blurred * 12 / blurred.std()) / 255).astype(np.float32)
    assert estimate_sigma(noisy) == pytest.approx(12, rel=0.4)


def test_sigma_of_a_flat_picture_is_zero() -> None:
    assert estimate_sigma(np.full((64, 64, 3), 90, np.uint8)) == 0
