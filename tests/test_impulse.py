"""model/inference: salt-and-pepper is found, measured and repaired."""

import cv2
import numpy as np
import pytest
from keras import ops
from pictures import eight_bit, night_sky, photograph, psnr, text_page

from model.inference import impulse
from model.inference.repair import repairer
from model.synthesis import noise


@pytest.fixture(scope="module")
def photo() -> np.ndarray:
    return photograph(192, 256, seed=4)


def _identity(tile: np.ndarray) -> np.ndarray:
    return tile


@pytest.mark.parametrize(
    ("kind", "amount"),
    [
        ("gaussian", 25),
        ("gaussian", 75),
        ("poisson", 30),
        ("poisson", 5),
        ("speckle", 0.5),
        ("camera", 40),
        ("jpeg", 10),
        ("mixed", 30),
    ],
)
@pytest.mark.parametrize("clip", [True, False])
def test_other_noise_is_not_taken_for_it(
    photo: np.ndarray, kind: str, amount: float, clip: bool
) -> None:
    assert impulse.share(noise.add(photo, kind, amount, clip=clip)) == 0


def test_other_noise_in_a_brightened_picture_is_not_taken_for_it(photo: np.ndarray) -> None:
    noisy = noise.add(np.clip(1.6 * photo - 0.2, 0, 1), "gaussian", 50)
    assert impulse.share(eight_bit(noisy)) == 0


@pytest.mark.parametrize("picture", [text_page(), night_sky(), 255 - text_page()])
def test_black_and_white_pictures_are_not_taken_for_it(picture: np.ndarray) -> None:
    assert impulse.share(picture) == 0


def test_a_clean_picture_has_none(photo: np.ndarray) -> None:
    assert impulse.share(photo) == 0
    assert impulse.share(eight_bit(photo)) == 0


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2, 0.5])
def test_the_share_is_measured(photo: np.ndarray, share: float, dtype: str) -> None:
    noisy = noise.add(photo, "salt_and_pepper", share)
    if dtype != "float32":
        noisy = np.rint(noisy * np.iinfo(dtype).max).astype(dtype)
    assert impulse.share(noisy) == pytest.approx(share, rel=0.1)


def test_it_is_measured_over_gaussian_noise_too(photo: np.ndarray) -> None:
    grainy = noise.add(photo, "gaussian", 10)
    noisy = noise.add(grainy, "salt_and_pepper", 0.2, seed=1)
    assert impulse.share(noisy) == pytest.approx(0.2, rel=0.2)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 5), (30, 3)])
def test_small_pictures_are_judged_without_failing(size: tuple[int, int]) -> None:
    assert impulse.share(np.zeros((*size, 3), "uint8")) == 0


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_repair_beats_the_median(photo: np.ndarray, share: float) -> None:
    noisy = noise.add(photo, "salt_and_pepper", share)
    repaired = np.asarray(impulse.repair(ops.convert_to_tensor(noisy[None]))[0])[0]
    median = cv2.medianBlur(eight_bit(noisy), 3) / np.float32(255)
    assert psnr(repaired, photo) > psnr(median, photo) + 3


@pytest.mark.parametrize("size", [(192, 256), (32, 40)])
def test_repair_of_an_array_is_that_of_a_tensor(size: tuple[int, int]) -> None:
    noisy = noise.add(photograph(*size, seed=4), "salt_and_pepper", 0.4)[None]
    in_keras = [np.asarray(part) for part in impulse.repair(ops.convert_to_tensor(noisy))]
    in_numpy = impulse.repair(noisy)
    assert np.allclose(in_numpy[0], in_keras[0], rtol=0, atol=1e-5)
    assert np.array_equal(in_numpy[1], in_keras[1])
    assert {part.dtype for part in in_numpy} == {np.dtype("float32")}


def test_repair_leaves_intact_values_alone(photo: np.ndarray) -> None:
    noisy = noise.add(photo, "salt_and_pepper", 0.3)
    repaired, intact = map(np.asarray, impulse.repair(ops.convert_to_tensor(noisy[None])))
    hit = (noisy == 0) | (noisy == 1)
    assert np.array_equal(repaired[0][~hit], noisy[~hit])
    assert np.array_equal(intact[0] == 0, hit)


def test_black_and_white_areas_of_the_picture_are_kept(photo: np.ndarray) -> None:
    with_areas = photo.copy()
    with_areas[20:60, 20:60], with_areas[100:140, 50:90] = 0, 1
    noisy = noise.add(with_areas, "salt_and_pepper", 0.1)
    repaired = np.asarray(impulse.repair(ops.convert_to_tensor(noisy[None]))[0])[0]
    inner = (slice(24, 56), slice(24, 56)), (slice(104, 136), slice(54, 86))
    assert psnr(repaired[inner[0]], with_areas[inner[0]]) > 40
    assert psnr(repaired[inner[1]], with_areas[inner[1]]) > 40


def test_the_repair_looks_no_further_than_its_reach() -> None:
    one = noise.add(photograph(64, 64), "salt_and_pepper", 0.3)
    other = one.copy()
    other[:, 0] = 1 - other[:, 0]
    results = [np.asarray(impulse.repair(ops.convert_to_tensor(x[None]))[0]) for x in (one, other)]
    columns = np.flatnonzero((results[0] != results[1]).any((0, 1, 3)))
    assert columns.max() <= impulse.REACH


def test_a_picture_without_it_goes_straight_to_the_network(photo: np.ndarray) -> None:
    assert repairer(photo, _identity) is _identity


def test_the_network_may_not_touch_intact_values_that_are_clean(photo: np.ndarray) -> None:
    photo = cv2.GaussianBlur(photo, (0, 0), 1.5)  # no texture that could pass for noise
    noisy = noise.add(photo, "salt_and_pepper", 0.2)
    result = repairer(noisy, lambda tile: tile * 0)(noisy)
    hit = (noisy == 0) | (noisy == 1)
    assert np.allclose(result[~hit], noisy[~hit], atol=1e-6)
    assert (result[hit] == 0).all()


def test_the_network_decides_where_there_is_other_noise_as_well(photo: np.ndarray) -> None:
    grainy = noise.add(photo, "gaussian", 15)
    noisy = noise.add(grainy, "salt_and_pepper", 0.2, seed=1)
    assert (repairer(noisy, lambda tile: tile * 0)(noisy) == 0).all()
