"""model/synthesis/mixture.py: what a training batch suffers."""

import keras
import numpy as np
import pytest
from pictures import photograph

from model.synthesis import mixture


@pytest.fixture(scope="module")
def batch() -> np.ndarray:
    return np.stack([photograph(32, 32, seed) for seed in range(100)])


@pytest.fixture(scope="module")
def blind(batch: np.ndarray) -> tuple[np.ndarray, ...]:
    return _arrays(mixture.blind, batch)


def _arrays(recipe, batch: np.ndarray, seed: int = 1) -> tuple[np.ndarray, ...]:  # type: ignore[no-untyped-def]
    return tuple(map(np.asarray, recipe(batch, keras.random.SeedGenerator(seed))))


def _spans() -> list[tuple[slice, mixture.Kind, mixture.Kind]]:
    """Which of a hundred images each group takes."""
    ends = np.cumsum([0, *mixture.counts(100)])
    return [
        (slice(start, stop), prepare, corrupt)
        for start, stop, (_, prepare, corrupt) in zip(ends, ends[1:], mixture.GROUPS, strict=False)
    ]


@pytest.mark.parametrize("batch_size", [11, 14, 16, 20, 64])
def test_every_kind_of_noise_is_in_a_batch_that_has_room_for_all(batch_size: int) -> None:
    counts = mixture.counts(batch_size)
    assert sum(counts) == batch_size
    assert len(counts) == len(mixture.GROUPS) + 1
    assert min(counts) > 0


@pytest.mark.parametrize("batch_size", [1, 5, 20, 200])
def test_a_batch_is_shared_out_as_the_groups_say(batch_size: int) -> None:
    shares = np.array([share for share, _, _ in mixture.GROUPS] + [mixture.IMPULSES])
    exact = shares * batch_size / mixture.SHARES
    assert (np.abs(mixture.counts(batch_size) - exact) < 1).all()


@pytest.mark.parametrize("size", [1, 2, 3, 8, 32])
@pytest.mark.parametrize("recipe", [mixture.blind, mixture.original])
def test_every_batch_size_keeps_its_shape(recipe, size: int, batch: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    for array in _arrays(recipe, batch[:size]):
        assert array.shape == (size, 32, 32, 3)
        assert array.dtype == np.float32
        assert np.isfinite(array).all()


def test_the_target_is_the_clean_picture_as_the_camera_would_show_it(
    blind: tuple[np.ndarray, ...], batch: np.ndarray
) -> None:
    for of, prepare, _ in _spans():
        same = (np.abs(blind[1][of] - batch[of]) < 1e-6).all((1, 2, 3))
        if prepare is mixture._none:
            assert same.all()
        else:
            assert not same.all()


def test_a_camera_s_pictures_are_softer_and_as_bright(
    blind: tuple[np.ndarray, ...], batch: np.ndarray
) -> None:
    for of in (of for of, prepare, _ in _spans() if prepare is mixture._soft):
        detail = np.diff(blind[1][of], axis=2).std(), np.diff(batch[of], axis=2).std()
        assert detail[0] < 0.95 * detail[1]
        assert abs(blind[1][of].mean() - batch[of].mean()) < 2e-3


def test_night_is_dark_and_its_deepest_shadows_are_black(
    blind: tuple[np.ndarray, ...], batch: np.ndarray
) -> None:
    ((of, _, _),) = (span for span in _spans() if span[1] is mixture._dark)
    assert blind[1][of].mean() < 0.6 * batch[of].mean()
    assert blind[1][of].min() == 0


def test_the_first_images_are_left_clean(blind: tuple[np.ndarray, ...], batch: np.ndarray) -> None:
    untouched = (blind[0] == batch).all((1, 2, 3))
    assert untouched.sum() >= mixture.counts(100)[0]


def test_noise_reaches_from_hardly_any_to_very_strong(
    blind: tuple[np.ndarray, ...], batch: np.ndarray
) -> None:
    levels = np.sqrt(((blind[0] - batch) ** 2).mean((1, 2, 3)))[:75] * 255
    assert (levels < 4).any()
    assert (levels > 45).any()


def test_the_loss_keeps_intact_values_only_under_pure_salt_and_pepper(
    blind: tuple[np.ndarray, ...],
) -> None:
    kept = np.any(blind[2], axis=(1, 2, 3))
    assert not kept[:94].any()
    assert 0 < kept[94:].sum() < 6


def test_what_the_loss_keeps_is_what_salt_and_pepper_left_intact(batch: np.ndarray) -> None:
    rounded = []
    for seed in range(8):  # a few images alone hang on whether they hold a dense clump of hits
        dice = mixture.Dice(keras.random.SeedGenerator(seed))
        noisy, keep = map(np.asarray, mixture._salt_and_pepper(batch[:8], dice))
        rounded.append(np.abs(noisy - batch[:8])[keep == 1] < 0.501 / 255)
    assert np.concatenate(rounded).mean() > 0.998  # a clump can pass for a white or black area


def test_original_hits_a_fifth_of_the_values(batch: np.ndarray) -> None:
    noisy, target, keep = _arrays(mixture.original, batch)
    assert ((noisy == 0) | (noisy == 1)).mean() == pytest.approx(0.2, abs=0.005)
    assert np.array_equal(target, batch)
    assert not keep.any()


@pytest.mark.parametrize("recipe", [mixture.blind, mixture.original])
def test_the_same_seed_gives_the_same_batch(recipe, batch: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    one, again, other = (_arrays(recipe, batch[:11], seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_real_pairs_go_through_untouched_at_the_end(batch: np.ndarray) -> None:
    recipe = mixture.with_pairs(mixture.blind, 3)
    noisy, target, keep = _arrays(recipe, batch[:20])
    assert len(noisy) == len(target) == len(keep) == 17
    assert np.array_equal(target[-3:], batch[14:17])
    assert np.array_equal(noisy[-3:], batch[17:20])
    assert not keep[-3:].any()


def test_film_grain_is_strongest_in_the_mid_tones() -> None:
    greys = np.stack([np.full((64, 64, 3), level, "float32") for level in (0.1, 0.5, 0.9)] * 40)
    noisy = np.asarray(mixture._film(greys, mixture.Dice(keras.random.SeedGenerator(1))))
    dark, mid, bright = (np.std(noisy[i::3] - greys[i::3]) for i in range(3))
    assert mid > 1.3 * dark
    assert mid > 1.3 * bright


def test_an_enlarged_picture_s_noise_is_as_coarse_as_its_pixels_were() -> None:
    grey = np.full((20, 64, 64, 3), 0.5, "float32")
    noise = np.asarray(mixture._enlarged(grey, mixture.Dice(keras.random.SeedGenerator(1)))) - grey
    assert (noise[:, 1:] * noise[:, :-1]).mean() > 0.5 * (noise**2).mean()
