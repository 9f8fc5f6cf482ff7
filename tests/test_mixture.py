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


def test_the_shares_of_a_batch_add_up_to_one() -> None:
    assert sum(share for share, _ in mixture.GROUPS) + mixture.SALT_AND_PEPPER == pytest.approx(1)


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
    start = 0.0
    for share, corrupt in mixture.GROUPS:
        of = slice(round(start * 100), round((start + share) * 100))
        start += share
        same = (np.abs(blind[1][of] - batch[of]) < 1e-6).all((1, 2, 3))
        if corrupt in mixture.OF_CAMERAS:
            assert not same.all()
            detail = np.diff(blind[1][of], axis=2).std(), np.diff(batch[of], axis=2).std()
            assert detail[0] < 0.95 * detail[1]
            assert abs(blind[1][of].mean() - batch[of].mean()) < 2e-3
        else:
            assert same.all()


def test_some_images_are_left_clean_and_no_more_than_their_share(
    blind: tuple[np.ndarray, ...], batch: np.ndarray
) -> None:
    untouched = (blind[0] == batch).all((1, 2, 3))
    assert untouched.sum() == 3


def test_noise_reaches_from_hardly_any_to_very_strong(
    blind: tuple[np.ndarray, ...], batch: np.ndarray
) -> None:
    levels = np.sqrt(((blind[0] - batch) ** 2).mean((1, 2, 3)))[:80] * 255
    assert (levels < 4).any()
    assert (levels > 45).any()


def test_the_loss_keeps_intact_values_only_under_pure_salt_and_pepper(
    blind: tuple[np.ndarray, ...],
) -> None:
    kept = np.any(blind[2], axis=(1, 2, 3))
    assert not kept[:94].any()
    assert list(kept[94:]) == [True, False, True, False, True, False]


def test_what_the_loss_keeps_is_what_salt_and_pepper_left_intact(batch: np.ndarray) -> None:
    rounded = []
    for seed in range(8):  # a few images alone hang on whether they hold a dense clump of hits
        noisy, _, keep = _arrays(mixture.blind, batch, seed)
        rounded.append(np.abs(noisy - batch)[keep == 1] < 0.501 / 255)
    assert np.concatenate(rounded).mean() > 0.998  # a clump can pass for a white or black area


def test_original_hits_a_fifth_of_the_values(batch: np.ndarray) -> None:
    noisy, target, keep = _arrays(mixture.original, batch)
    assert ((noisy == 0) | (noisy == 1)).mean() == pytest.approx(0.2, abs=0.005)
    assert np.array_equal(target, batch)
    assert not keep.any()


@pytest.mark.parametrize("recipe", [mixture.blind, mixture.original])
def test_the_same_seed_gives_the_same_batch(recipe, batch: np.ndarray) -> None:  # type: ignore[no-untyped-def]
    one, again, other = (_arrays(recipe, batch[:32], seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
