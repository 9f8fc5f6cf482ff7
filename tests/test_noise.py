"""model/synthesis/noise.py: each noise has the strength that was asked for."""

import keras
import numpy as np
import pytest
from keras import ops
from pictures import AMOUNTS

from model.synthesis import noise

SIZE = 256


def _flat(value: float, size: int = SIZE) -> np.ndarray:
    return np.full((size, size, 3), value, "float32")


def _added(kind: str, amount: float, value: float = 0.5, *, clip: bool = False) -> np.ndarray:
    return noise.add(_flat(value), kind, amount, seed=3, clip=clip)


@pytest.mark.parametrize("sigma", [5, 25, 50])
def test_gaussian_has_its_sigma_and_no_offset(sigma: float) -> None:
    noisy = _added("gaussian", sigma) * 255
    assert noisy.std() == pytest.approx(sigma, rel=0.01)
    assert noisy.mean() == pytest.approx(127.5, abs=0.5)


def test_gaussian_is_independent_between_channels_and_neighbours() -> None:
    x = _added("gaussian", 25) - 0.5
    assert abs(np.corrcoef(x[..., 0].ravel(), x[..., 1].ravel())[0, 1]) < 0.02
    assert abs(np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1]) < 0.02


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.6])
def test_salt_and_pepper_hits_its_share_half_each_way(share: float) -> None:
    noisy = _added("salt_and_pepper", share)
    assert (noisy == 0).mean() == pytest.approx(share / 2, abs=0.004)
    assert (noisy == 1).mean() == pytest.approx(share / 2, abs=0.004)
    assert (noisy == 0.5).mean() == pytest.approx(1 - share, abs=0.006)


def test_salt_and_pepper_can_hit_whole_pixels() -> None:
    x = ops.convert_to_tensor(_flat(0.5)[None])
    hit = np.asarray(noise.salt_and_pepper(x, 0.3, 1, per_pixel=True)) != 0.5
    assert np.array_equal(hit.any(-1), hit.all(-1))
    assert hit.mean() == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("peak", [20, 100])
@pytest.mark.parametrize("value", [0.25, 0.9])
def test_poisson_has_the_mean_and_variance_of_counts(peak: float, value: float) -> None:
    photons = _added("poisson", peak, value) * peak
    assert photons.mean() == pytest.approx(value * peak, rel=0.01)
    assert photons.var() == pytest.approx(value * peak, rel=0.05)


def test_poisson_leaves_black_black() -> None:
    assert _added("poisson", 30, 0.0).max() == 0


@pytest.mark.parametrize("value", [0.2, 0.8])
def test_speckle_grows_with_the_value(value: float) -> None:
    assert _added("speckle", 0.2, value).std() == pytest.approx(0.2 * value, rel=0.01)


@pytest.mark.parametrize("sigma", [5, 15])
def test_camera_has_its_sigma_at_mid_grey(sigma: float) -> None:
    noisy = _added("camera", sigma) * 255
    assert noisy.std() == pytest.approx(sigma, rel=0.06)
    assert 0 <= 127.5 - noisy.mean() < 0.1 * sigma  # the curve is concave: it darkens a little


def test_camera_noise_is_correlated_between_neighbours() -> None:
    x = _added("camera", 10) - 0.5
    assert 0.5 < np.corrcoef(x[:, 1:].ravel(), x[:, :-1].ravel())[0, 1] < 0.8


def test_camera_noise_is_correlated_between_channels() -> None:
    x = _added("camera", 10) - 0.5
    assert 0.2 < np.corrcoef(x[..., 0].ravel(), x[..., 1].ravel())[0, 1] < 0.6


@pytest.mark.parametrize("radius", [0.0, 0.6, 1.2])
def test_correlating_keeps_the_standard_deviation(radius: float) -> None:
    white = noise.normal_like(np.zeros((1, SIZE, SIZE, 3), "float32"), 1)
    rough = noise.correlate(white, np.full((1, 1, 1, 1), radius, "float32"))
    assert np.std(rough[:, 8:-8, 8:-8]) == pytest.approx(1, rel=0.03)


@pytest.mark.parametrize("kind", noise.KINDS)
def test_the_same_seed_gives_the_same_noise_and_another_one_other(kind: str) -> None:
    x = np.random.default_rng(0).random((33, 47, 3)).astype("float32")
    usual = AMOUNTS[kind]
    one, again, other = (noise.add(x, kind, usual, seed=seed) for seed in (1, 1, 2))
    assert one.shape == x.shape
    assert one.dtype == np.float32
    assert np.array_equal(one, again)
    assert (kind == "jpeg") == np.array_equal(one, other)  # JPEG's damage is no matter of chance


@pytest.mark.parametrize("kind", noise.KINDS)
def test_clipped_noise_is_what_an_8_bit_file_holds(kind: str) -> None:
    levels = _added(kind, AMOUNTS[kind], 0.9, clip=True) * np.float64(255)
    assert levels.min() >= 0
    assert levels.max() <= 255
    assert np.abs(levels - np.rint(levels)).max() < 1e-4


def test_unclipped_noise_leaves_the_range() -> None:
    assert _added("gaussian", 25, 1.0).max() > 1.2


def test_each_image_of_a_batch_can_have_its_own_amount() -> None:
    x = np.full((2, SIZE, SIZE, 3), 0.5, "float32")
    sigma = np.array([0.02, 0.2], "float32").reshape(2, 1, 1, 1)
    weak, strong = np.asarray(noise.gaussian(x, sigma, 1))
    assert weak.std() == pytest.approx(0.02, rel=0.02)
    assert strong.std() == pytest.approx(0.2, rel=0.02)


def test_a_seed_generator_gives_new_noise_at_each_call() -> None:
    x, seed = np.zeros((1, 16, 16, 3), "float32"), keras.random.SeedGenerator(1)
    assert not np.array_equal(noise.gaussian(x, 1.0, seed), noise.gaussian(x, 1.0, seed))


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="kind must be one of gaussian"):
        noise.add(_flat(0.5, 16), "static", 1)


def test_a_grey_array_is_refused() -> None:
    with pytest.raises(ValueError, match="H x W x 3"):
        noise.add(np.zeros((16, 16), "float32"), "gaussian", 25)


def test_blotches_reach_across_eight_pixels_and_no_further() -> None:
    field = np.asarray(noise.blotches(np.zeros((4, 256, 256, 3), "float32"), 1))
    assert field.std() == pytest.approx(1, abs=0.05)
    for lag, least, most in ((1, 0.8, 0.95), (4, 0.4, 0.6), (10, -0.1, 0.1)):
        assert least < (field[:, lag:] * field[:, :-lag]).mean() / field.var() < most


def _developed(**settings) -> np.ndarray:  # type: ignore[no-untyped-def]
    """The noise alone as Y, Cb, Cr, on mid grey, with luma of standard deviation 0.04."""
    grey = ops.convert_to_tensor(_flat(0.5)[None])
    noisy = noise.developed(grey, 0.04, 3, coarse=0.0, **settings)
    return (np.asarray(noisy)[0] - 0.5) @ np.linalg.inv(noise._RGB_OF_YCBCR)


def test_developed_noise_has_its_strength_in_luma_and_chroma() -> None:
    luma, *chroma = _developed(chroma=0.5).std((0, 1))
    assert luma == pytest.approx(0.04, rel=0.03)
    assert chroma == pytest.approx([0.02, 0.02], rel=0.03)


def test_developed_noise_is_coarser_in_chroma_than_in_luma() -> None:
    planes = np.moveaxis(_developed(radius=0.5), -1, 0)
    luma, *chroma = (np.corrcoef(p[:, 3:].ravel(), p[:, :-3].ravel())[0, 1] for p in planes)
    assert abs(luma) < 0.05
    assert min(chroma) > 0.4


def test_developed_noise_follows_the_tone() -> None:
    ramp = np.repeat(np.linspace(0, 1, SIZE, dtype="float32")[None, :, None], SIZE, 0)
    x = np.repeat(ramp, 3, -1)[None]
    tone = np.array([1.0, 0.5, 0.2], "float32").reshape(1, 1, 1, 3)
    error = np.asarray(noise.developed(x, 0.04, 3, chroma=0.0, coarse=0.0, tone=tone))[0] - x[0]
    black, white = error[:, :16].std(), error[:, -16:].std()
    assert black == pytest.approx(0.04, rel=0.1)
    assert white == pytest.approx(0.04 * 0.2, rel=0.15)
