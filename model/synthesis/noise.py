"""Noise as cameras and files make it, in Keras ops, for training, evaluation and the page alike.

The functions on batches take and return (N, H, W, 3) float32 RGB with black 0 and white 1. Amounts
are floats or (N, 1, 1, 1) tensors, one an image. `seed` is an int (the same noise again) or a
`keras.random.SeedGenerator` (new noise at each call). Nothing is clipped unless it says so: call
`to_8_bit` for what a file would hold. `add` does one picture, by the noise's name.
"""

from typing import Any

import keras
import numpy as np
from keras import ops

from model.synthesis.jpeg import MULTIPLE_OF, jpeg

KINDS = {  # name -> what its amount counts
    "gaussian": "sigma in grey levels",
    "salt_and_pepper": "share of channel values",
    "poisson": "photons at white",
    "speckle": "sigma, as a share of the value",
    "camera": "sigma at mid grey in grey levels",
    "jpeg": "quality",
    "mixed": "sigma of the Gaussian part in grey levels",
}

# Rows: what one unit of Y, Cb, Cr adds to R, G, B (ITU-R BT.601, as in JPEG files).
_RGB_OF_YCBCR = np.array([[1, 1, 1], [0, -0.344, 1.772], [1.402, -0.714, 0]], "float32")

Seed = Any  # int | keras.random.SeedGenerator


def to_8_bit(x: Any) -> Any:
    """Clips to [0, 1] and rounds to the 256 levels of an 8-bit file."""
    return ops.round(ops.clip(x, 0.0, 1.0) * 255.0) / 255.0


def normal_like(x: Any, seed: Seed) -> Any:
    """Standard normal values in x's shape."""
    return keras.random.normal(ops.shape(x), dtype="float32", seed=seed)


def gaussian(x: Any, sigma: Any, seed: Seed) -> Any:
    """White Gaussian noise, independent in each channel; sigma on the [0, 1] scale."""
    return x + sigma * normal_like(x, seed)


def speckle(x: Any, sigma: Any, seed: Seed) -> Any:
    """Multiplicative Gaussian noise."""
    return x + x * sigma * normal_like(x, seed)


def salt_and_pepper(x: Any, share: Any, seed: Seed, *, per_pixel: bool = False) -> Any:
    """Sets a share of the channel values (or of whole pixels) to 0 or 1, as likely either way."""
    where = ops.shape(x[..., :1] if per_pixel else x)
    dice = keras.random.uniform(where, dtype="float32", seed=seed)
    return ops.where(dice < share / 2, 0.0, ops.where(dice < share, 1.0, x))


def poisson(x: Any, peak: Any, seed: Seed) -> Any:
    """Shot noise with `peak` photons at white.

    Keras has no Poisson sampler: the inverse of the square-root transform (Anscombe 1948) of a
    normal value has the right mean and skewness, and its variance is off by 1/8 photon.
    """
    photons = ops.maximum(x, 0.0) * peak
    root = ops.maximum(ops.sqrt(photons) + normal_like(x, seed) / 2, 0.0)
    return ops.where(photons > 0, ops.maximum(root**2 - 0.25, 0.0) / peak, 0.0)


def correlate(noise: Any, radius: Any) -> Any:
    """Blurs noise as demosaicing does, its standard deviation kept.

    Args:
        noise: (N, H, W, C) white noise.
        radius: (N, 1, 1, 1) Gaussian sigma of the blur in pixels, 0 to 1.5 (5 x 5 kernel).
    """
    weights = _gaussian(radius)
    return _filter(noise, weights / ops.sqrt(ops.sum(weights**2, -1, keepdims=True)))


def blur(picture: Any, radius: Any) -> Any:
    """The softness of a camera's own pixels: (N, H, W, C), the radius as in `correlate`."""
    weights = _gaussian(radius)
    return _filter(picture, weights / ops.sum(weights, -1, keepdims=True))


def _gaussian(radius: Any) -> Any:
    """(N, 1, 1, 5), 1 at the centre."""
    steps = np.arange(-2, 3, dtype="float32").reshape(1, 1, 1, 5)
    return ops.exp(-0.5 * (steps / ops.maximum(radius, 0.05)) ** 2)


def _filter(x: Any, weights: Any) -> Any:
    """The same five weights along rows and columns, the borders mirrored."""
    h, w = x.shape[1:3]
    padded = ops.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)), mode="symmetric")
    rows = sum(weights[..., i : i + 1] * padded[:, i : i + h] for i in range(5))
    return sum(weights[..., i : i + 1] * rows[:, :, i : i + w] for i in range(5))


def blotches(x: Any, seed: Seed) -> Any:
    """Coarse noise in x's shape, standard deviation 1: values correlate up to 8 pixels away."""
    n, (h, w, c), side = ops.shape(x)[0], x.shape[1:], 8
    white = keras.random.normal((n, h + side - 1, w + side - 1, c), dtype="float32", seed=seed)
    return side * ops.average_pool(white, side, strides=1, padding="valid")


def camera(
    x: Any,
    sigma: Any,
    seed: Seed,
    *,
    radius: Any = 0.8,
    shot: Any = 0.7,
    tint: Any = 1.0,
    grey: Any = 0.4,
    coarse: Any = 0.0,
) -> Any:
    """A camera's noise: shot and read noise in linear light, demosaiced, through the tone curve.

    The curve is a power of 2.2; noise is added before it, so shadows are noisier than a white noise
    of the same strength would be.

    Args:
        sigma: The noise's standard deviation at mid grey after the curve, on the [0, 1] scale.
        radius: How far neighbouring values are correlated; see `correlate`.
        shot: Share of the noise's variance at mid grey that is shot noise; the rest is read noise.
        tint: (N, 1, 1, 3) or float, the noise's gain in each channel (white balance).
        grey: Share of the noise's variance that the channels have in common: demosaicing and
            colour correction mix them.
        coarse: Share of the variance that is blotches, which in-camera noise reduction leaves.
    """
    linear = ops.maximum(x, 1e-4) ** 2.2
    mid = 0.5**2.2
    slope = 2.2 * 0.5**1.2  # how much of the linear noise one unit after the curve is worth
    variance = (sigma * slope) ** 2 * (shot * linear / mid + (1.0 - shot))
    own, common = normal_like(x, seed), normal_like(x[..., :1], seed)
    grey, radius = ops.ones((1, 1, 1, 1)) * grey, ops.ones((1, 1, 1, 1)) * radius
    noise = ops.sqrt(1.0 - grey) * own + ops.sqrt(grey) * common
    noise = correlate(noise, radius)
    if not (isinstance(coarse, float) and coarse == 0.0):
        noise = ops.sqrt(1.0 - coarse) * noise + ops.sqrt(coarse) * blotches(x, seed)
    noise = noise * tint
    return ops.maximum(linear + ops.sqrt(variance) * noise, 1e-6) ** (1 / 2.2)


def developed(
    x: Any,
    sigma: Any,
    seed: Seed,
    *,
    radius: Any = 0.6,
    chroma: Any = 0.6,
    chroma_radius: Any = 1.0,
    coarse: Any = 0.05,
    tone: Any = 1.0,
) -> Any:
    """What a camera's own noise reduction leaves in its JPEG: fine grain in luma, blots of colour.

    Measured on four cameras at ISO 1600 to 6400: in luma the spectrum is flat up to a quarter of
    the sampling rate; in chroma it falls from a thirtieth of it on. A network that knows only noise
    of one spectrum takes this for texture and leaves it.

    Args:
        sigma: The luma noise's standard deviation on the [0, 1] scale, where `tone` is 1.
        radius: How far luma values are correlated; see `correlate`.
        chroma: Standard deviation of Cb and Cr, each relative to luma's.
        chroma_radius: As `radius`, in pixels of the chroma planes, which have half the resolution.
        coarse: Share of the variance that is blotches.
        tone: The noise's gain where the picture is black, mid grey and white: (N, 1, 1, 3); between
            them a quadratic Bezier curve. A camera's curve and noise reduction make it anything.
    """
    one = ops.ones((ops.shape(x)[0], 1, 1, 1))
    luma = correlate(normal_like(x[..., :1], seed), one * radius)
    grain = ops.concatenate([luma, _half_resolution(x, one * chroma_radius, seed)], -1)
    grain = ops.sqrt(1.0 - coarse) * grain + ops.sqrt(coarse) * blotches(x, seed)
    grain = grain * ops.concatenate([one, one * chroma, one * chroma], -1)
    tone = ops.ones((1, 1, 1, 3)) * tone
    level = ops.clip(ops.mean(x, -1, keepdims=True), 0.0, 1.0)
    black, mid, white = (tone[..., i : i + 1] for i in range(3))
    gain = black * (1 - level) ** 2 + 2 * mid * level * (1 - level) + white * level**2
    return x + sigma * gain * ops.matmul(grain, ops.convert_to_tensor(_RGB_OF_YCBCR))


def _half_resolution(x: Any, radius: Any, seed: Seed) -> Any:
    """(N, H, W, 2) noise of standard deviation 1 that was made on planes of H/2 x W/2."""
    h, w = x.shape[1:3]
    small = normal_like(x[:, : (h + 1) // 2, : (w + 1) // 2, :2], seed)
    small = ops.repeat(ops.repeat(correlate(small, radius), 2, axis=1), 2, axis=2)
    large = correlate(small[:, :h, :w], ops.full_like(radius, 0.7))
    return large / (ops.std(large, axis=(1, 2), keepdims=True) + 1e-6)


def mixed(
    x: Any, peak: Any, sigma: Any, quality: Any, seed: Seed, *, subsample: bool = True
) -> Any:
    """Poisson, then Gaussian noise, then an 8-bit JPEG: a phone's photo sent by a messenger."""
    return jpeg(
        to_8_bit(gaussian(poisson(x, peak, seed), sigma, seed)), quality, subsample=subsample
    )


def add(
    clean: np.ndarray, kind: str, amount: float, *, seed: int = 0, clip: bool = True
) -> np.ndarray:
    """One picture with noise.

    Args:
        clean: H x W x 3 float32 in [0, 1].
        kind: A name in `KINDS`.
        amount: What `KINDS` says it counts.
        seed: The same seed gives the same noise.
        clip: True returns what an 8-bit file would hold; False keeps values out of [0, 1].

    Returns:
        H x W x 3 float32.

    Raises:
        ValueError: The kind is unknown or the picture is not H x W x 3.
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}. Received: kind={kind!r}")
    if clean.ndim != 3 or clean.shape[-1] != 3:
        raise ValueError(f"clean must be H x W x 3. Received: shape={clean.shape}")
    h, w = clean.shape[:2]
    padding = ((0, -h % MULTIPLE_OF), (0, -w % MULTIPLE_OF), (0, 0))  # whole JPEG blocks
    x = ops.convert_to_tensor(np.pad(clean, padding, "edge")[None].astype("float32"))
    if keras.backend.backend() == "openvino":
        seed &= 0x7FFFFFFF  # its seeds are int32
    noisy = _by_name(x, kind, amount, keras.random.SeedGenerator(seed))
    if clip:
        noisy = to_8_bit(noisy)
    return np.asarray(ops.convert_to_numpy(noisy), "float32")[0, :h, :w]


def _by_name(x: Any, kind: str, amount: float, seed: Seed) -> Any:
    if kind == "jpeg":
        return jpeg(to_8_bit(x), ops.full((1, 1, 1, 1), float(amount)), subsample=True)
    if kind == "mixed":
        return mixed(x, 80.0, amount / 255, ops.full((1, 1, 1, 1), 80.0), seed)
    if kind == "gaussian":
        return gaussian(x, amount / 255, seed)
    if kind == "camera":
        return camera(x, amount / 255, seed)
    simple = {"salt_and_pepper": salt_and_pepper, "poisson": poisson, "speckle": speckle}
    return simple[kind](x, amount, seed)  # type: ignore[operator]
