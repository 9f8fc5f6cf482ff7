"""The released weights do what they are for; the tables come from `evaluation`."""

from pathlib import Path

import numpy as np
import pytest
from pictures import AMOUNTS

import helper
import photo
from evaluation import classical
from evaluation.metrics import colour_shift, psnr
from evaluation.pictures import middle
from model.depth import to_float, to_uint8
from model.synthesis import noise

SAMPLES = Path(__file__).parents[1] / "ui" / "samples"


@pytest.fixture(scope="module", params=["face", "dog"])
def clean(request: pytest.FixtureRequest) -> np.ndarray:
    """The middle of a sample photograph, 256 x 256 x 3 uint8."""
    pixels = photo.read((SAMPLES / f"{request.param}.webp").read_bytes()).pixels
    return middle(pixels, 256)


def noisy(clean: np.ndarray, kind: str, amount: float) -> np.ndarray:
    return to_uint8(noise.add(to_float(clean), kind, amount, seed=7))


def test_a_clean_picture_is_left_alone(clean: np.ndarray) -> None:
    assert psnr(clean, helper.denoise(clean)) >= 62


@pytest.mark.parametrize("sigma", [15, 25, 50])
def test_grain_is_removed_better_than_by_non_local_means(clean: np.ndarray, sigma: int) -> None:
    picture = noisy(clean, "gaussian", sigma)
    ours = psnr(clean, helper.denoise(picture))
    assert ours > psnr(clean, classical.nonlocal_means(picture))
    assert ours > psnr(clean, picture) + 5


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_salt_and_pepper_is_removed_better_than_by_filters(clean: np.ndarray, share: float) -> None:
    picture = noisy(clean, "salt_and_pepper", share)
    ours = psnr(clean, helper.denoise(picture))
    for rival in (classical.adaptive_median, classical.detect_and_repair):
        assert ours > psnr(clean, rival(picture))


@pytest.mark.parametrize(
    ("kind", "amount", "share"),
    # Under strong camera noise these weights move the colours further than the noise itself does.
    [("gaussian", 25, 0.1), ("poisson", 30, 0.1), ("mixed", 8, 0.1), ("camera", 15, 1.15)],
)
def test_colours_do_not_drift(clean: np.ndarray, kind: str, amount: float, share: float) -> None:
    """Clipping moves the noisy picture's own colours; the result must not be much further off."""
    picture = noisy(clean, kind, amount)
    moved = colour_shift(clean, picture)
    assert colour_shift(clean, helper.denoise(picture)) < max(share * moved, 0.4)


@pytest.mark.parametrize(("sigma", "gain"), [(15, 0.69), (25, 0.98), (50, 1.69)])
def test_grain_is_removed_better_than_by_the_first_network(
    clean: np.ndarray, sigma: int, gain: float
) -> None:
    picture = noisy(clean, "gaussian", sigma)
    first = helper.denoise(picture, model=helper.load_model("first"))
    assert psnr(clean, helper.denoise(picture)) > psnr(clean, first) + gain


@pytest.mark.parametrize("sigma", [15, 25, 50])
def test_the_mean_of_four_results_is_better_than_one(clean: np.ndarray, sigma: int) -> None:
    picture = noisy(clean, "gaussian", sigma)
    best = psnr(clean, helper.denoise(picture, mode="best"))
    assert best > psnr(clean, helper.denoise(picture)) + 0.02


@pytest.mark.parametrize(("sigma", "most"), [(25, 0.8), (50, 1.45)])
def test_few_blotches_are_left_on_flat_grey(sigma: int, most: float) -> None:
    """Means of 8 x 8 pixels of white noise vary by sigma / 8; these are hardly seen."""
    grey = np.full((192, 192, 3), 128, "uint8")
    result = helper.denoise(noisy(grey, "gaussian", sigma)).astype("float32")
    means = result.reshape(24, 8, 24, 8, 3).mean((1, 3))
    assert means.std((0, 1)).mean() < most


def test_every_kind_of_noise_gets_less(clean: np.ndarray) -> None:
    for kind in ("gaussian", "salt_and_pepper", "poisson", "speckle", "camera", "mixed"):
        picture = noisy(clean, kind, AMOUNTS[kind])
        assert psnr(clean, helper.denoise(picture)) > psnr(clean, picture) + 2, kind
