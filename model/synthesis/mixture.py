"""What each image of a training batch suffers: the noises of `model.synthesis.noise`, mixed.

A batch is cut into fixed groups, one kind of noise each, so that no noise is computed only to be
thrown away. Levels are drawn anew for each image, down to almost none: a denoiser that has not seen
weak noise harms good pictures.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
from keras import ops

from model.inference import impulse
from model.synthesis import noise
from model.synthesis.jpeg import jpeg


class Sample(NamedTuple):
    """All (N, H, W, 3) float32.

    `noisy` is what the network sees. `target` is the truth. Where `keep` is 1 the loss takes the
    input's own value instead of the network's: the values that salt-and-pepper left intact, which
    `helper.denoise` keeps as well.
    """

    noisy: Any
    target: Any
    keep: Any


class Dice:
    """Random levels, one an image."""

    def __init__(self, seed: keras.random.SeedGenerator) -> None:
        self.seed = seed

    def uniform(self, x: Any, low: float, high: float, channels: int = 1) -> Any:
        shape = (ops.shape(x)[0], 1, 1, channels)
        return keras.random.uniform(shape, low, high, dtype="float32", seed=self.seed)

    def log_uniform(self, x: Any, low: float, high: float) -> Any:
        return low * ops.exp(self.uniform(x, 0.0, 1.0) * math.log(high / low))

    def pick(self, x: Any, chance: float, yes: Any, no: Any) -> Any:
        return ops.where(self.uniform(x, 0.0, 1.0) < chance, yes, no)


def _white(x: Any, dice: Dice) -> Any:
    """Gaussian noise as the benchmarks add it: neither clipped nor rounded."""
    return noise.gaussian(x, dice.uniform(x, 0.0, 60 / 255), dice.seed)


def _white_8_bit(x: Any, dice: Dice) -> Any:
    return noise.to_8_bit(_white(x, dice))


def _tinted(x: Any, dice: Dice) -> Any:
    """Gaussian noise that is grey, or differs between channels, or is correlated; and speckle."""
    white = noise.normal_like(x, dice.seed) * dice.uniform(x, 0.3, 1.0, channels=3)
    grey = noise.normal_like(x[..., :1], dice.seed) * ops.ones_like(x)
    rough = noise.correlate(dice.pick(x, 0.4, grey, white), dice.uniform(x, -0.5, 1.2))
    sigma = dice.log_uniform(x, 2 / 255, 50 / 255)
    return noise.to_8_bit(x + rough * sigma * dice.pick(x, 0.25, x * 2, ops.ones_like(x)))


def _camera(x: Any, dice: Dice) -> Any:
    """As measured on cameras at ISO 1600 to 6400: neighbours correlate by 0.5 to 0.8, values four
    pixels apart by 0.15, channels by 0 to 0.7, and green is the quietest.
    """
    noisy = noise.camera(
        x,
        dice.log_uniform(x, 1 / 255, 30 / 255),
        dice.seed,
        radius=dice.uniform(x, 0.2, 1.4),
        shot=dice.uniform(x, 0.2, 1.0),
        tint=dice.uniform(x, 0.6, 1.4, channels=3),
        grey=dice.uniform(x, 0.0, 0.7),
        coarse=ops.square(dice.uniform(x, 0.0, 0.6)),
    )
    return noise.to_8_bit(noisy)


def _developed(x: Any, dice: Dice) -> Any:
    noisy = noise.developed(
        x,
        dice.log_uniform(x, 1 / 255, 22 / 255),
        dice.seed,
        radius=dice.uniform(x, 0.2, 1.2),
        chroma=dice.uniform(x, 0.1, 1.1),
        chroma_radius=dice.uniform(x, 0.2, 1.5),
        coarse=ops.square(dice.uniform(x, 0.0, 0.5)),
        tone=dice.uniform(x, 0.4, 1.3, channels=3),
    )
    return noise.to_8_bit(jpeg(noisy, dice.uniform(x, 70, 100), subsample=False))


def _camera_jpeg(x: Any, dice: Dice) -> Any:
    return noise.to_8_bit(jpeg(_camera(x, dice), dice.uniform(x, 60, 98), subsample=False))


def _poisson(x: Any, dice: Dice) -> Any:
    return noise.to_8_bit(noise.poisson(x, dice.log_uniform(x, 10.0, 400.0), dice.seed))


def _messenger(x: Any, dice: Dice) -> Any:
    peak, sigma = dice.log_uniform(x, 25.0, 600.0), dice.log_uniform(x, 1 / 255, 18 / 255)
    quality = dice.uniform(x, 45, 96)
    return noise.to_8_bit(noise.mixed(x, peak, sigma, quality, dice.seed))


def _impulses(x: Any, dice: Dice) -> Any:
    """Salt-and-pepper that the detection lets through: rare, or no longer pure after a JPEG."""
    hit = noise.salt_and_pepper(x, dice.uniform(x, 0.0, 0.02), dice.seed)
    return noise.to_8_bit(jpeg(hit, dice.uniform(x, 85, 100), subsample=False))


def _soft(x: Any, dice: Dice) -> Any:
    """As a camera's own pixels are, which lens, demosaicing and noise reduction blur.

    Shrunk photographs are sharper than any camera's: seen in those alone, the grain that cameras
    leave looks like texture, and the network keeps it.
    """
    return noise.blur(x, dice.uniform(x, 0.0, 1.3))


def _none(x: Any, dice: Dice) -> Any:
    return x


# The shares of a batch. Salt-and-pepper comes beside these, as it keeps its intact values.
GROUPS: tuple[tuple[float, Callable[[Any, Dice], Any]], ...] = (
    (0.12, _white),
    (0.14, _white_8_bit),
    (0.04, _tinted),
    (0.08, _camera),
    (0.06, _camera_jpeg),
    (0.29, _developed),
    (0.07, _poisson),
    (0.09, _messenger),
    (0.02, _impulses),
    (0.03, _none),
)
OF_CAMERAS = (_camera, _camera_jpeg, _developed)  # these get `_soft` pictures
SALT_AND_PEPPER = 0.06  # the rest of the batch, half of it with Gaussian noise as well


def blind(clean: Any, seed: keras.random.SeedGenerator) -> Sample:
    """The released recipe: every kind of noise, the level never told.

    Args:
        clean: (N, H, W, 3) float32 in [0, 1], N fixed, sides multiples of 16.
    """
    dice, count = Dice(seed), clean.shape[0]
    parts, targets, start, total = [], [], 0, 0.0
    for share, corrupt in GROUPS:
        total += share
        stop = round(total * count)
        if stop > start:
            crops = clean[start:stop]
            targets.append(_soft(crops, dice) if corrupt in OF_CAMERAS else crops)
            parts.append(corrupt(targets[-1], dice))
        start = stop
    keep = [ops.zeros_like(clean[:start])]
    if start < count:
        noisy, kept = _salt_and_pepper(clean[start:], dice)
        parts.append(noisy)
        targets.append(clean[start:])
        keep.append(kept)
    return Sample(ops.concatenate(parts), ops.concatenate(targets), ops.concatenate(keep))


def _salt_and_pepper(x: Any, dice: Dice) -> tuple[Any, Any]:
    """Repaired as `helper.denoise` repairs it; in the odd images over light Gaussian noise."""
    odd = ops.reshape(ops.cast(ops.arange(x.shape[0]) % 2, "float32"), (-1, 1, 1, 1))
    grainy = noise.to_8_bit(noise.gaussian(x, odd * dice.uniform(x, 0.0, 40 / 255), dice.seed))
    hit = noise.salt_and_pepper(grainy, dice.uniform(x, 0.005, 0.6), dice.seed)
    repaired, intact = impulse.repair(hit)
    return repaired, intact * (1.0 - odd)


def original(clean: Any, seed: keras.random.SeedGenerator) -> Sample:
    """The first version's recipe: salt-and-pepper on a fifth of the channel values, unrepaired."""
    return Sample(noise.salt_and_pepper(clean, 0.2, seed), clean, ops.zeros_like(clean))
