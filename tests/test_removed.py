"""model/inference/removed.py: how much noise was taken away, in brightness and in colour."""

import numpy as np
import pytest
from pictures import eight_bit, photograph

import helper
from model.inference.removed import removed_noise
from model.synthesis import noise

BRIGHTNESS, COLOUR = np.sqrt(0.299**2 + 0.587**2 + 0.114**2), 0.8805  # of white noise of level 1


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return photograph(256, 320, seed=6)


def added(photo: np.ndarray, kind: str, amount: float) -> tuple[np.ndarray, np.ndarray]:
    """Noisy and clean, in 8 bits, so the noise is clipped."""
    return eight_bit(noise.add(photo, kind, amount)), eight_bit(photo)


@pytest.mark.parametrize("sigma", [5, 15, 25, 50])
def test_white_noise_is_split_into_its_two_parts(photo: np.ndarray, sigma: float) -> None:
    flat = np.clip(photo, 0.3, 0.7)  # nothing is clipped
    noisy = noise.add(flat, "gaussian", sigma, clip=False)
    brightness, colour = removed_noise(noisy, flat)
    assert brightness == pytest.approx(sigma * BRIGHTNESS, rel=0.1)
    assert colour == pytest.approx(sigma * COLOUR, rel=0.1)


def test_grey_noise_has_no_colour(photo: np.ndarray) -> None:
    grain = np.random.default_rng(0).normal(0, 0.05, photo.shape[:2]).astype("float32")
    brightness, colour = removed_noise(photo + grain[..., None], photo)
    assert brightness == pytest.approx(0.05 * 255, rel=0.15)
    assert colour < 0.01


@pytest.mark.parametrize(
    ("kind", "amount"),
    [("gaussian", 5), ("gaussian", 15), ("gaussian", 25), ("gaussian", 50), ("camera", 20)],
)
def test_what_the_network_removes_is_the_noise_that_was_added(
    photo: np.ndarray, kind: str, amount: float
) -> None:
    noisy, clean = added(photo, kind, amount)
    found = removed_noise(noisy, helper.denoise(noisy))
    assert found == pytest.approx(removed_noise(noisy, clean), rel=0.25)


def test_softened_detail_is_not_counted() -> None:
    sharp = np.full((256, 320, 3), 128, "uint8")
    sharp[:, :160:4] = 220
    soft = sharp.copy()
    soft[:, :160:4] = 190
    assert max(removed_noise(sharp, soft)) < 0.01


def test_every_depth_gives_the_same(photo: np.ndarray) -> None:
    noisy = np.clip(noise.add(photo, "gaussian", 20), 0, 1)
    pairs = [
        (noisy, photo),
        (eight_bit(noisy), eight_bit(photo)),
        (np.rint(noisy * 65535).astype("uint16"), np.rint(photo * 65535).astype("uint16")),
    ]
    found = np.array([removed_noise(*pair) for pair in pairs])
    assert np.ptp(found, axis=0).max() < 0.1


def test_a_large_picture_is_judged_by_samples() -> None:
    clean = np.full((1700, 1800, 3), 128, "uint8")
    noisy = np.rint(np.random.default_rng(0).normal(128, 10, clean.shape)).astype("uint8")
    brightness, colour = removed_noise(noisy, clean)
    assert brightness == pytest.approx(10 * BRIGHTNESS, rel=0.1)
    assert colour == pytest.approx(10 * COLOUR, rel=0.1)


@pytest.mark.parametrize("size", [(1, 1), (15, 400), (400, 15)])
def test_tiny_pictures_are_measured_as_well(size: tuple[int, int]) -> None:
    clean = np.full((*size, 3), 100, "uint8")
    brightness, colour = removed_noise(clean + np.uint8(2), clean)
    assert (brightness, colour) == (pytest.approx(2, abs=0.01), pytest.approx(0, abs=0.01))
