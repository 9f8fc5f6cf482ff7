"""helper.py: any picture in, the same kind of picture out, clean."""

import itertools
import threading

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pictures import eight_bit, photograph, psnr

import helper
from model.networks import Network
from model.synthesis import noise
from model.unet import build_unet

DTYPES = ("uint8", "uint16", "float32")


@pytest.fixture(scope="module")
def noisy(clean: np.ndarray) -> np.ndarray:
    """The photograph with Gaussian noise of sigma 25, 8-bit."""
    return eight_bit(noise.add(clean, "gaussian", 25))


@pytest.fixture(scope="module")
def denoised(noisy: np.ndarray) -> np.ndarray:
    return helper.denoise(noisy)


@pytest.fixture(scope="module")
def identity() -> keras.Model:
    """A network that changes nothing: what comes back is the work around it."""
    return build_unet(4)


def _typed(picture: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "float32":
        return picture.astype("float32")
    return np.rint(np.clip(picture, 0, 1) * np.iinfo(dtype).max).astype(dtype)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.sampled_from(DTYPES), st.integers(0, 9))
def test_any_array_comes_back_in_shape_and_dtype(h: int, w: int, dtype: str, seed: int) -> None:
    image = _typed(np.random.default_rng(seed).random((h, w, 3)), dtype)
    before = image.copy()
    result = helper.denoise(image)
    assert result.shape == image.shape
    assert result.dtype == image.dtype
    assert np.array_equal(image, before)


def test_a_very_long_picture_comes_back_in_shape() -> None:
    assert helper.denoise(np.full((2000, 20, 3), 99, "uint8")).shape == (2000, 20, 3)


def test_views_of_other_arrays_are_taken(noisy: np.ndarray) -> None:
    turned = np.rot90(noisy)[::2, ::-1]
    turned.flags.writeable = False
    assert np.array_equal(helper.denoise(turned), helper.denoise(turned.copy()))


def test_noise_falls(clean: np.ndarray, noisy: np.ndarray, denoised: np.ndarray) -> None:
    assert psnr(denoised / 255, clean) > psnr(noisy / 255, clean) + 6


def test_salt_and_pepper_falls_further_than_a_median_could(clean: np.ndarray) -> None:
    hit = noise.add(clean, "salt_and_pepper", 0.2)
    assert psnr(helper.denoise(hit), clean) > psnr(hit, clean) + 15


def test_levels_and_colours_stay(
    clean: np.ndarray, noisy: np.ndarray, denoised: np.ndarray
) -> None:
    shift = denoised.mean((0, 1)) - 255 * clean.mean((0, 1))
    assert np.abs(shift).max() < 1.5


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_network_that_changes_nothing_gives_every_value_back(
    dtype: str, identity: keras.Model
) -> None:
    image = _typed(np.random.default_rng(0).uniform(0.05, 0.95, (61, 47, 3)), dtype)
    assert np.allclose(helper.denoise(image, model=identity), image, rtol=0, atol=1e-7)


def test_sixteen_bits_are_worked_on_in_full(clean: np.ndarray) -> None:
    image = _typed(noise.add(clean, "gaussian", 10, clip=False), "uint16")
    model = helper.load_model()  # in single precision, which the fastest engine may not be
    deep = helper.denoise(image, model=model)
    exact = helper.denoise(image / np.float32(65535), model=model) * np.float64(65535)
    assert len(np.unique(deep)) > 10_000
    assert np.abs(deep - exact).max() < 0.6


def test_floats_out_of_the_range_are_taken_and_come_back_within_it(clean: np.ndarray) -> None:
    stray = noise.add(clean, "gaussian", 50, clip=False)
    result = helper.denoise(stray)
    assert stray.min() < 0
    assert 0 <= result.min() < result.max() <= 1


def test_strength_0_gives_the_input_exactly(noisy: np.ndarray) -> None:
    result = helper.denoise(noisy, strength=0)
    assert np.array_equal(result, noisy)
    assert not np.shares_memory(result, noisy)


def test_strength_1_is_the_default(noisy: np.ndarray, denoised: np.ndarray) -> None:
    assert np.array_equal(helper.denoise(noisy, strength=1), denoised)


def test_strength_in_between_moves_steadily(noisy: np.ndarray, denoised: np.ndarray) -> None:
    steps = [helper.blend(noisy, denoised, s).astype(float) for s in np.linspace(0, 1, 6)]
    left = [np.mean((one - denoised) ** 2) for one in steps]
    assert all(nearer < further for further, nearer in itertools.pairwise(left))
    assert np.array_equal(steps[0], noisy)
    assert np.array_equal(steps[-1], denoised)


def test_colour_noise_alone_can_be_removed(noisy: np.ndarray, denoised: np.ndarray) -> None:
    mixed = helper.blend(noisy, denoised, 0, colour=1).astype(float)
    luma = np.array([0.299, 0.587, 0.114])
    inside = ((noisy > 40) & (noisy < 215)).all(axis=2)  # where nothing is clipped
    left = (mixed - denoised)[inside]
    assert np.abs(left - (left @ luma)[:, None]).max() <= 1  # no colour noise, but for rounding
    assert np.abs((mixed - noisy)[inside] @ luma).max() <= 1  # all of the grain


def test_colour_noise_alone_can_be_kept(noisy: np.ndarray, denoised: np.ndarray) -> None:
    mixed = helper.blend(noisy, denoised, 1, colour=0).astype(float)
    luma = np.array([0.299, 0.587, 0.114])
    inside = ((noisy > 40) & (noisy < 215)).all(axis=2)
    assert np.abs((mixed - denoised)[inside] @ luma).max() <= 1


@pytest.mark.parametrize("strength", [0, 1])
def test_equal_strengths_at_the_ends_give_exact_pixels(
    noisy: np.ndarray, denoised: np.ndarray, strength: float
) -> None:
    wanted = denoised if strength else noisy
    assert np.array_equal(helper.blend(noisy, denoised, strength, colour=strength), wanted)


def test_the_strength_of_colour_noise_follows_by_its_cube(
    noisy: np.ndarray, denoised: np.ndarray
) -> None:
    together = helper.blend(noisy, denoised, 0.5)
    assert np.array_equal(together, helper.blend(noisy, denoised, 0.5, colour=1 - 0.5**3))


def test_parts_cover_the_picture_once_and_are_what_comes_back(identity: keras.Model) -> None:
    image = np.random.default_rng(0).integers(0, 256, (1100, 1700, 3), np.uint8)
    put_together = np.zeros_like(image)
    count = np.zeros(image.shape[:2], int)

    def part(top: int, left: int, pixels: np.ndarray) -> None:
        place = np.s_[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        put_together[place] = pixels
        count[place] += 1

    helper.denoise(image, part=part, model=identity)
    assert np.array_equal(put_together, image)
    assert (count == 1).all()


def test_denoising_at_a_strength_is_blending(noisy: np.ndarray, denoised: np.ndarray) -> None:
    half = helper.denoise(noisy, strength=0.5)
    assert np.array_equal(half, helper.blend(noisy, denoised, 0.5))


def test_tiles_give_what_the_whole_picture_gives() -> None:
    noisy = noise.add(photograph(1300, 1000, seed=8), "gaussian", 25)
    engine = helper._engine()
    margin, grid = engine.tiling.margin, engine.tiling.multiple_of
    sides = [(margin, margin + -(side + 2 * margin) % grid) for side in noisy.shape[:2]]
    padded = np.pad(noisy, (*sides, (0, 0)), "symmetric")
    inside = slice(margin, margin + 1300), slice(margin, margin + 1000)
    whole = np.clip(engine(padded)[inside], 0, 1)
    reported: list[tuple[int, int]] = []
    difference = np.abs(helper.denoise(noisy, progress=lambda *at: reported.append(at)) - whole)
    assert reported[-1] == (2, 2)
    assert difference.max() <= 1 / 255
    assert difference.mean() < 0.05 / 255


def test_progress_ends_at_the_total(identity: keras.Model) -> None:
    reported: list[tuple[int, int]] = []
    image = np.zeros((1000, 2600, 3), "uint8")
    helper.denoise(image, progress=lambda *at: reported.append(at), model=identity)
    assert reported == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("after", [0, 1, 2])
def test_cancelling_stops_before_the_next_tile(after: int, identity: keras.Model) -> None:
    reported: list[int] = []
    with pytest.raises(helper.Cancelled):
        helper.denoise(
            np.zeros((1000, 2600, 3), "uint8"),
            progress=lambda done, total: reported.append(done),
            cancelled=lambda: len(reported) == after,
            model=identity,
        )
    assert len(reported) == after


def test_threads_get_what_they_would_get_alone() -> None:
    images = [eight_bit(noise.add(photograph(64, 96, k), "gaussian", 25)) for k in range(4)]
    alone = [helper.denoise(image) for image in images]
    together: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        together[number] = helper.denoise(images[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(together[number], alone[number]) for number in range(4))


def test_the_model_is_loaded_once_a_process() -> None:
    assert helper.load_model() is helper.load_model()
    assert Network.of(helper.load_model()) == Network("second")


def test_the_first_network_is_there_for_ever_by_its_name() -> None:
    first = helper.load_model("first")
    assert first is helper.load_model("first")
    assert first.count_params() == 13_361_747
    noisy = noise.add(photograph(64, 96, seed=2), "gaussian", 25)
    clean = helper.denoise(noisy, model=first)
    assert np.std(clean - photograph(64, 96, seed=2)) < 0.5 * np.std(noisy - clean)


def test_another_model_is_made_ready_once(identity: keras.Model) -> None:
    assert helper._engine_of(identity) is helper._engine_of(identity)


@pytest.mark.parametrize("size", [(30, 50), (700, 90), (1, 1)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_fit_gives_the_original_size_back(size: tuple[int, int], dtype: str) -> None:
    image = _typed(photograph(*size), dtype)
    result = helper.denoise(image, mode="fit")
    assert result.shape == image.shape
    assert result.dtype == image.dtype
    assert abs(float(result.mean()) / float(image.mean()) - 1) < 0.05


def test_fit_works_on_512_by_512() -> None:
    reported: list[tuple[int, int]] = []
    image = np.full((1100, 1300, 3), 99, "uint8")
    helper.denoise(image, mode="fit", progress=lambda *at: reported.append(at))
    assert reported == [(1, 1)]


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (np.zeros((8, 8), "uint8"), r"H x W x 3. Received: shape=\(8, 8\)"),
        (np.zeros((8, 8, 4), "uint8"), r"H x W x 3. Received: shape=\(8, 8, 4\)"),
        (np.zeros((0, 8, 3), "uint8"), r"H x W x 3. Received: shape=\(0, 8, 3\)"),
        (np.zeros((8, 8, 3), "int32"), "uint8, uint16 or float32. Received: dtype=int32"),
        (np.zeros((8, 8, 3)), "uint8, uint16 or float32. Received: dtype=float64"),
        (np.full((8, 8, 3), np.nan, "float32"), "NaN or infinite"),
        (np.full((8, 8, 3), np.inf, "float32"), "NaN or infinite"),
    ],
)
def test_a_wrong_picture_is_named(image: np.ndarray, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        helper.denoise(image)


@pytest.mark.parametrize("strength", [-0.1, 1.1, float("nan")])
def test_a_wrong_strength_is_named(noisy: np.ndarray, strength: float) -> None:
    with pytest.raises(ValueError, match=r"strength must be in \[0, 1\]"):
        helper.denoise(noisy, strength=strength)


def test_a_wrong_strength_of_colour_is_named(noisy: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"colour must be in \[0, 1\]"):
        helper.denoise(noisy, colour=2)


def test_a_wrong_mode_is_named(noisy: np.ndarray) -> None:
    with pytest.raises(ValueError, match="mode must be 'full', 'best' or 'fit'"):
        helper.denoise(noisy, mode="worst")
