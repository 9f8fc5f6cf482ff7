"""Classical denoising filters: what the network is measured against.

Every filter takes an H x W x 3 RGB picture, either uint8 or float32 in [0, 1] (unclipped noise may
stray outside), and returns the same shape and dtype. All but `best_median` are blind: those that
need to know the noise level take it from `sigma.estimate_sigma`. Only numpy and OpenCV are needed;
BM3D is optional.
"""

from collections.abc import Callable
from importlib.util import find_spec

import cv2
import numpy as np

from evaluation.metrics import psnr
from evaluation.sigma import estimate_sigma
from model.depth import to_float, to_uint8

Filter = Callable[[np.ndarray], np.ndarray]

MEDIAN_SIZES = (3, 5, 7, 9)
# Shares of the noise's standard deviation: best on average over photographs with Gaussian noise of
# 15 to 50 grey levels, Poisson, mixed and camera noise.
NLM_STRENGTH = 0.8
TV_WEIGHT = 1.1


def median(image: np.ndarray, size: int = 3) -> np.ndarray:
    """Median of each channel over `size` x `size` pixels (odd)."""
    return _like(image, cv2.medianBlur(to_uint8(image), size))


def best_median(
    image: np.ndarray, truth: np.ndarray, sizes: tuple[int, ...] = MEDIAN_SIZES
) -> np.ndarray:
    """The median that comes nearest to `truth` (H x W x 3, uint8 or float in [0, 1])."""
    return max((median(image, size) for size in sizes), key=lambda m: psnr(m, truth))


def adaptive_median(image: np.ndarray, largest: int = 15) -> np.ndarray:
    """Adaptive median filter, each channel by itself.

    Where the window's median is not itself an extreme of the window, an extreme value becomes that
    median and any other stays as it is; elsewhere the window grows, 3 x 3 up to `largest`, and its
    last median is taken. (Hwang and Haddad 1995; Gonzalez and Woods, Digital Image Processing.)
    """
    levels = to_uint8(image)
    result = levels.copy()
    open_values = np.ones(levels.shape, bool)
    for size in range(3, largest + 1, 2):
        window = np.ones((size, size), np.uint8)
        low, high = cv2.erode(levels, window), cv2.dilate(levels, window)
        middle = cv2.medianBlur(levels, size)
        decided = open_values & (low < middle) & (middle < high)
        impulse = decided & ((levels == low) | (levels == high))
        result[impulse] = middle[impulse]
        open_values &= ~decided
        if not open_values.any():
            break
    result[open_values] = middle[open_values]
    return _restore_untouched(image, levels, result)


def detect_and_repair(image: np.ndarray) -> np.ndarray:
    """Salt-and-pepper only: channel values at 0 or 255 are taken for damaged and filled from the
    sound ones around them; all others stay exactly as they are.

    The fill is a normalised Gaussian convolution (Knutsson and Westin 1993), whose width grows
    until every hole has sound values within reach. Where most values around are 0, or most are
    255, the picture itself is black or white, and stays so (without this, photographs with
    saturated areas lose 1 to 7 dB). For damage of at most 60 %.
    """
    levels = to_uint8(image)
    sound = (levels > 0) & (levels < 255)
    weight = sound.astype(np.float32)
    values = levels * weight
    middle = cv2.medianBlur(levels, 9)
    filled = middle.astype(np.float32)
    holes = ~sound & (middle > 0) & (middle < 255)
    sigma = 0.5
    while holes.any() and sigma < 2 * max(levels.shape):
        share = cv2.GaussianBlur(weight, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        total = cv2.GaussianBlur(values, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
        reached = holes & (share > 0.05)
        filled[reached] = total[reached] / share[reached]
        holes &= ~reached
        sigma *= 1.5
    filled[sound] = levels[sound]
    return _restore_untouched(image, levels, filled.round().astype(np.uint8))


def nonlocal_means(image: np.ndarray) -> np.ndarray:
    """OpenCV's non-local means for colour pictures (Buades, Coll and Morel 2005), 8-bit inside."""
    strength = NLM_STRENGTH * estimate_sigma(image)
    bgr = cv2.cvtColor(to_uint8(image), cv2.COLOR_RGB2BGR)
    clean = cv2.fastNlMeansDenoisingColored(bgr, None, strength, strength, 7, 21)
    return _like(image, cv2.cvtColor(clean, cv2.COLOR_BGR2RGB))


def total_variation(image: np.ndarray) -> np.ndarray:
    """Total variation denoising (Rudin, Osher and Fatemi 1992), the three channels coupled."""
    return _from_levels(image, rof(to_float(image, 255), TV_WEIGHT * estimate_sigma(image)))


def rof(noisy: np.ndarray, weight: float, steps: int = 60) -> np.ndarray:
    """The u that minimises |u - noisy|^2 / 2 + weight * TV(u), for float32 H x W x 3.

    Chambolle's dual projection (2004) with the acceleration of Beck and Teboulle (2009).
    """
    if weight <= 0:
        return noisy
    dual = ahead = np.zeros((2, *noisy.shape), np.float32)
    momentum = 1.0
    for _ in range(steps):
        step = ahead + _gradient(noisy + weight * _divergence(ahead)) / (8 * weight)
        norm = np.sqrt(np.square(step).sum(axis=(0, 3), keepdims=True))
        previous, dual = dual, step / np.maximum(norm, 1)
        grown = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead = dual + (momentum - 1) / grown * (dual - previous)
        momentum = grown
    return noisy + weight * _divergence(dual)


def _gradient(u: np.ndarray) -> np.ndarray:
    """Forward differences down and across, 0 past the border: 2 x H x W x 3."""
    result = np.zeros((2, *u.shape), np.float32)
    np.subtract(u[1:], u[:-1], out=result[0, :-1])
    np.subtract(u[:, 1:], u[:, :-1], out=result[1, :, :-1])
    return result


def _divergence(p: np.ndarray) -> np.ndarray:
    """Minus the adjoint of `_gradient`."""
    result = p[0] + p[1]
    result[1:] -= p[0, :-1]
    result[:, 1:] -= p[1, :, :-1]
    return result


def has_bm3d() -> bool:
    """Whether the optional package `bm3d` is installed."""
    return find_spec("bm3d") is not None


def bm3d(image: np.ndarray) -> np.ndarray:
    """Colour BM3D (Dabov et al. 2007) by its authors' package, given the estimated noise level."""
    from bm3d import bm3d_rgb

    sigma = estimate_sigma(image)
    if sigma <= 0:
        return image
    return _from_levels(image, bm3d_rgb(to_float(image, 255), sigma))


def _from_levels(image: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Grey levels back in the dtype and range of `image`."""
    if image.dtype == np.uint8:
        return np.clip(levels, 0, 255).round().astype(np.uint8)
    return (levels / 255).astype(np.float32)


def _like(image: np.ndarray, result: np.ndarray) -> np.ndarray:
    """An 8-bit result in the dtype and range of `image`."""
    return result if image.dtype == np.uint8 else to_float(result)


def _restore_untouched(image: np.ndarray, levels: np.ndarray, result: np.ndarray) -> np.ndarray:
    """`result` in the dtype and range of `image`, whose own values stand where nothing changed."""
    return np.where(result == levels, image, _like(image, result))
