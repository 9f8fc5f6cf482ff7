"""What each image of a training batch suffers: the noises of `model.synthesis.noise`, mixed.

A batch is cut into fixed groups, one kind of noise each, so that no noise is computed only to be
thrown away. Levels are drawn anew for each image, down to almost none: a denoiser that has not seen
weak noise harms good pictures.
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import numpy as np
from keras import ops

from model.depth import LUMA
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


Corrupt = Callable[[Any, keras.random.SeedGenerator], Sample]


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


Kind = Callable[[Any, Dice], Any]  # (N, H, W, 3) float32 -> the same, as the kind makes it


def _white(x: Any, dice: Dice) -> Any:
    """Gaussian noise as the benchmarks add it: neither clipped nor rounded."""
    return noise.gaussian(x, dice.uniform(x, 0.0, 60 / 255), dice.seed)


def _white_8_bit(x: Any, dice: Dice) -> Any:
    """Clipped; some of it so strong that shadows and highlights are lost in it."""
    usual, strong = dice.uniform(x, 0.0, 55 / 255), dice.uniform(x, 40 / 255, 75 / 255)
    return noise.to_8_bit(noise.gaussian(x, dice.pick(x, 0.25, strong, usual), dice.seed))


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
    """Down to the weak grain of ISO 1600; half of the JPEGs at half the chroma resolution."""
    return _as_jpeg(_grainy(x, dice, 1 / 255, 22 / 255), dice, 70, 100)


def _night(x: Any, dice: Dice) -> Any:
    """Dark pictures: strong noise, coarse in colour, cut off at black."""
    strong = _grainy(x, dice, 3 / 255, 32 / 255, chroma=2.0, coarse=0.8)
    return _as_jpeg(strong, dice, 60, 100)


def _grainy(
    x: Any, dice: Dice, low: float, high: float, *, chroma: float = 1.1, coarse: float = 0.5
) -> Any:
    return noise.developed(
        x,
        dice.log_uniform(x, low, high),
        dice.seed,
        radius=dice.uniform(x, 0.2, 1.2),
        chroma=dice.uniform(x, 0.1, chroma),
        chroma_radius=dice.uniform(x, 0.2, 1.5),
        coarse=ops.square(dice.uniform(x, 0.0, coarse)),
        tone=dice.uniform(x, 0.4, 1.3, channels=3),
    )


def _as_jpeg(noisy: Any, dice: Dice, low: float, high: float) -> Any:
    """Either chroma resolution: 4:2:0 makes blotches of colour noise, as in blue skies."""
    quality, noisy = dice.uniform(noisy, low, high), noise.to_8_bit(noisy)
    full = jpeg(noisy, quality, subsample=False)
    half = jpeg(noisy, quality, subsample=True, smooth=True)
    return noise.to_8_bit(dice.pick(noisy, 0.5, full, half))


def _camera_jpeg(x: Any, dice: Dice) -> Any:
    return _as_jpeg(_camera(x, dice), dice, 60, 98)


def _film(x: Any, dice: Dice) -> Any:
    """Grain of film: correlated, mostly in brightness, strongest in the mid-tones."""
    own, common = noise.normal_like(x, dice.seed), noise.normal_like(x[..., :1], dice.seed)
    colour = dice.uniform(x, 0.0, 0.5)
    grain = noise.correlate(common + colour * own, dice.uniform(x, 0.4, 1.5))
    level = ops.clip(ops.mean(x, -1, keepdims=True), 0.0, 1.0)
    gain = dice.uniform(x, 0.2, 0.6) + 2.0 * level * (1.0 - level)
    return noise.to_8_bit(x + dice.log_uniform(x, 3 / 255, 40 / 255) * gain * grain)


def _enlarged(x: Any, dice: Dice) -> Any:
    """A small picture's noise, blown up with it, as of phones that crop instead of zooming."""
    side = x.shape[1]
    small = ops.average_pool(x, 2, strides=2)
    noisy = noise.gaussian(small, dice.log_uniform(x, 2 / 255, 35 / 255), dice.seed)
    return noise.to_8_bit(x + ops.image.resize(noisy - small, (side, side), "bilinear"))


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


def _dark(x: Any, dice: Dice) -> Any:
    """As photographed at night: little light, the deepest shadows black."""
    return ops.clip(x * dice.uniform(x, 0.12, 0.6) - dice.uniform(x, -0.02, 0.06), 0.0, 1.0)


def _grey(x: Any, dice: Dice) -> Any:
    """As black-and-white photographs are: the three channels are equal."""
    return ops.tensordot(x, LUMA, 1)[..., None] * ops.ones_like(x)


def _grey_noise(x: Any, dice: Dice) -> Any:
    """On a grey picture: equal in all channels, as it was made grey after it was taken."""
    grain = noise.normal_like(x[..., :1], dice.seed) * dice.uniform(x, 0.0, 60 / 255)
    unclipped = x + grain
    clipped = noise.to_8_bit(unclipped)
    either = dice.pick(x, 0.4, unclipped, clipped)
    return dice.pick(x, 0.6, either, noise.to_8_bit(_grey(_camera_jpeg(x, dice), dice)))


def _none(x: Any, dice: Dice) -> Any:
    return x


def _any_of(*kinds: Kind) -> Kind:
    """One of several kinds, drawn for each image. All are computed: for rare kinds only."""

    def corrupt(x: Any, dice: Dice) -> Any:
        drawn, result = dice.uniform(x, 0.0, float(len(kinds))), kinds[0](x, dice)
        for i, kind in enumerate(kinds[1:], 1):
            result = ops.where(drawn < i, result, kind(x, dice))
        return result

    return corrupt


# Shares of a batch; what is done to the picture first; its noise. What comes first often gets a
# copy of the batch's roughest crop (ROUGH in model/training/data.py).
GROUPS: tuple[tuple[int, Kind, Kind], ...] = (
    (2, _none, _none),
    (6, _none, _white),
    (2, _soft, _developed),
    (3, _none, _white_8_bit),
    (1, _any_of(_soft, _dark), _any_of(_camera, _camera_jpeg)),
    (1, _dark, _night),
    (1, _none, _messenger),
    (1, _none, _any_of(_film, _tinted, _enlarged, _impulses)),
    (1, _none, _poisson),
    (1, _grey, _grey_noise),
)
IMPULSES = 1  # the share of salt-and-pepper, half of it over Gaussian noise: a batch's end
SHARES = sum(share for share, _, _ in GROUPS) + IMPULSES


def counts(batch: int) -> list[int]:
    """How many of a batch's crops each group gets, and salt-and-pepper last.

    None goes without if there are enough for all; beyond that, by their shares.
    """
    shares = np.array([share for share, _, _ in GROUPS] + [IMPULSES])
    each = np.ones(len(shares), int) if batch >= len(shares) else np.zeros(len(shares), int)
    while each.sum() < batch:
        each[np.argmax(shares * batch / SHARES - each)] += 1  # whoever lacks most
    return [int(n) for n in each]


def blind(clean: Any, seed: keras.random.SeedGenerator) -> Sample:
    """The released recipe: every kind of noise, at every level.

    Args:
        clean: (N, H, W, 3) float32 in [0, 1], N fixed, sides multiples of 32.
    """
    dice, start = Dice(seed), 0
    parts, targets = [], []
    *groups, impulses = counts(clean.shape[0])
    for count, (_, prepare, corrupt) in zip(groups, GROUPS, strict=True):
        if count:
            targets.append(prepare(clean[start : start + count], dice))
            parts.append(corrupt(targets[-1], dice))
        start += count
    keep = [ops.zeros_like(clean[:start])]
    if impulses:
        noisy, kept = _salt_and_pepper(clean[start:], dice)
        parts.append(noisy)
        targets.append(clean[start:])
        keep.append(kept)
    return Sample(ops.concatenate(parts), ops.concatenate(targets), ops.concatenate(keep))


def white(clean: Any, seed: keras.random.SeedGenerator) -> Sample:
    """White Gaussian noise alone, sigma 0 to 60, neither clipped nor rounded: for comparisons."""
    return Sample(_white(clean, Dice(seed)), clean, ops.zeros_like(clean))


def with_pairs(corrupt: Corrupt, pairs: int) -> Corrupt:
    """The same noise for a batch whose end is real: `pairs` truths, then their noisy versions."""
    if not pairs:
        return corrupt

    def mixed(crops: Any, seed: keras.random.SeedGenerator) -> Sample:
        made = corrupt(crops[: -2 * pairs], seed)
        truth, noisy = crops[-2 * pairs : -pairs], crops[-pairs:]
        real = Sample(noisy, truth, ops.zeros_like(truth))
        return Sample(*(ops.concatenate(both) for both in zip(made, real, strict=True)))

    return mixed


def _salt_and_pepper(x: Any, dice: Dice) -> tuple[Any, Any]:
    """Repaired as `helper.denoise` repairs it; half of the images over light Gaussian noise."""
    odd = ops.cast(dice.uniform(x, 0.0, 1.0) < 0.5, "float32")
    grainy = noise.to_8_bit(noise.gaussian(x, odd * dice.uniform(x, 0.0, 40 / 255), dice.seed))
    share = dice.uniform(x, 0.005, 0.6)
    hit = dice.pick(
        x,
        0.3,  # whole pixels, as in every grey file
        noise.salt_and_pepper(grainy, share, dice.seed, per_pixel=True),
        noise.salt_and_pepper(grainy, share, dice.seed),
    )
    repaired, intact = impulse.repair(hit)
    return repaired, intact * (1.0 - odd)


def original(clean: Any, seed: keras.random.SeedGenerator) -> Sample:
    """The first version's recipe: salt-and-pepper on a fifth of the channel values, unrepaired."""
    return Sample(noise.salt_and_pepper(clean, 0.2, seed), clean, ops.zeros_like(clean))
