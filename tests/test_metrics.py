"""PSNR, SSIM, colour shift, blotches and border errors."""

import math

import cv2
import numpy as np
import pytest

from evaluation.metrics import blotches, border_errors, colour_shift, psnr, ssim


@pytest.fixture
def truth() -> np.ndarray:
    """A smooth 40 x 60 picture with an edge, uint8."""
    down, across = np.mgrid[:40, :60]
    picture = np.stack([down * 3 + 40, across * 2 + 60, (down + across) + 30], axis=-1)
    picture[10:30, 20:40] += 50
    return picture.astype(np.uint8)


def test_psnr_of_one_level_of_error_is_48_13_db(truth: np.ndarray) -> None:
    assert psnr(truth + np.uint8(1), truth) == pytest.approx(48.1308, abs=1e-4)


def test_psnr_of_identical_pictures_is_infinite(truth: np.ndarray) -> None:
    assert math.isinf(psnr(truth, truth))


def test_psnr_is_the_same_for_8_bit_and_float_pictures(truth: np.ndarray) -> None:
    noisy = truth ^ 8
    as_float = noisy.astype(np.float32) / 255
    assert psnr(as_float, truth) == pytest.approx(psnr(noisy, truth), abs=1e-4)


def test_psnr_counts_values_outside_the_range(truth: np.ndarray) -> None:
    white = np.ones((16, 16, 3), np.float32)
    assert psnr(white * 1.1, white) == pytest.approx(20, abs=1e-3)


def test_ssim_of_identical_pictures_is_one(truth: np.ndarray) -> None:
    assert ssim(truth, truth) == pytest.approx(1, abs=1e-12)


def test_ssim_is_the_papers_formula_over_one_window() -> None:
    random = np.random.default_rng(0)
    a, b = random.integers(0, 256, (2, 11, 11, 3)).astype(np.uint8)
    kernel = cv2.getGaussianKernel(11, 1.5)
    weights = (kernel @ kernel.T)[..., None]
    expected = []
    for x, y in zip(
        np.moveaxis(a.astype(float), 2, 0), np.moveaxis(b.astype(float), 2, 0), strict=True
    ):
        w = weights[..., 0]
        mx, my = (w * x).sum(), (w * y).sum()
        vx, vy = (w * (x - mx) ** 2).sum(), (w * (y - my) ** 2).sum()
        cov = (w * (x - mx) * (y - my)).sum()
        c1, c2 = 2.55**2, 7.65**2
        expected.append((2 * mx * my + c1) * (2 * cov + c2) / (mx**2 + my**2 + c1) / (vx + vy + c2))
    assert ssim(a, b) == pytest.approx(np.mean(expected), abs=1e-9)


def test_ssim_falls_with_blur(truth: np.ndarray) -> None:
    slight, strong = (cv2.GaussianBlur(truth, (0, 0), sigma) for sigma in (0.7, 3))
    assert 1 > ssim(slight, truth) > ssim(strong, truth) > 0


def test_ssim_of_a_picture_smaller_than_the_window_is_refused() -> None:
    small = np.zeros((10, 40, 3), np.uint8)
    with pytest.raises(ValueError, match="at least 11 x 11"):
        ssim(small, small)


def test_colour_shift_is_that_of_the_worst_channel(truth: np.ndarray) -> None:
    shifted = truth.astype(np.int16) + np.array([1, -7, 3], np.int16)
    assert colour_shift(shifted.astype(np.uint8), truth) == pytest.approx(7)


def test_colour_shift_ignores_errors_that_cancel_out(truth: np.ndarray) -> None:
    checks = np.indices(truth.shape).sum(axis=0) % 2
    assert colour_shift((truth + checks * 2 - 1).astype(np.uint8), truth) == pytest.approx(0)


@pytest.mark.parametrize("metric", [psnr, ssim, colour_shift, blotches, border_errors])
def test_pictures_of_two_shapes_are_refused(metric, truth: np.ndarray) -> None:
    with pytest.raises(ValueError, match="one shape"):
        metric(truth[1:], truth)


@pytest.fixture
def flat() -> np.ndarray:
    """Even grey, 64 x 64."""
    return np.full((64, 64, 3), 128, np.uint8)


def test_white_noise_has_an_eighth_of_its_sigma_in_blotches() -> None:
    truth = np.full((256, 256, 3), 0.5)
    noisy = truth + np.random.default_rng(0).normal(0, 16 / 255, truth.shape)
    assert blotches(noisy, truth).rgb == pytest.approx(2, rel=0.05)


def test_a_fine_pattern_is_no_blotch(flat: np.ndarray) -> None:
    checks = np.indices(flat.shape).sum(axis=0) % 2
    assert blotches((flat + checks * 20 - 10).astype(np.uint8), flat) == pytest.approx((0, 0, 0))


def test_a_grey_blotch_counts_in_luma_alone(flat: np.ndarray) -> None:
    found = blotches(flat + np.uint8(4), flat)
    assert found.rgb == pytest.approx(4)
    assert found.luma == pytest.approx(4, abs=0.01)
    assert found.chroma == pytest.approx(0, abs=0.01)


def test_a_coloured_blotch_counts_in_chroma(flat: np.ndarray) -> None:
    blue = flat + np.array([0, 0, 10], np.uint8)
    assert blotches(blue, flat).luma == pytest.approx(1.14, abs=0.01)
    # Cb 5, Cr -0.81
    assert blotches(blue, flat).chroma == pytest.approx(math.sqrt((25 + 0.66) / 2), abs=0.01)


def test_only_flat_areas_of_the_truth_count(flat: np.ndarray) -> None:
    truth = flat.copy()
    truth[:, 32:] += np.random.default_rng(0).integers(0, 60, (64, 32, 3)).astype(np.uint8)
    wrong = truth.copy()
    wrong[:, 32:] -= 30
    assert blotches(wrong, truth) == (0, 0, 0)


def test_a_picture_without_flat_areas_says_nothing_of_blotches(flat: np.ndarray) -> None:
    busy = np.random.default_rng(0).integers(0, 256, flat.shape).astype(np.uint8)
    assert all(map(math.isnan, blotches(busy, busy)))


def test_border_errors_are_those_of_the_outermost_pixels_and_of_the_inside(
    flat: np.ndarray,
) -> None:
    wrong = flat + np.uint8(3)  # between the two, which counts in neither
    wrong[[0, -1]] = wrong[:, [0, -1]] = flat[0, 0] + 2
    wrong[16:-16, 16:-16] = flat[0, 0] + 1
    assert border_errors(wrong, flat) == pytest.approx((4, 1))


def test_border_errors_of_a_picture_without_an_inside_are_refused() -> None:
    small = np.zeros((32, 64, 3), np.uint8)
    with pytest.raises(ValueError, match="inside"):
        border_errors(small, small)
