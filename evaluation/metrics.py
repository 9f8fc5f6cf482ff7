"""How near a picture is to the truth: PSNR, SSIM, colour shift, blotches and borders.

All take two pictures of one shape, H x W x 3 RGB, each uint8 or float in [0, 1] (or straying
outside, as unclipped noise does: nothing is clipped here).
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

SSIM_WINDOW = 11  # pixels
BLOTCH = 8  # pixels: side of the squares whose means are taken
FLAT = 3.0  # grey levels: a square of the truth is flat where no channel's deviation exceeds this
FLAT_SQUARES = 16  # a picture with fewer flat squares says nothing about blotches
BORDER_APART = 16  # pixels: what lies further than this from the border is the inside

# Rows: Y, Cb and Cr of R, G and B (ITU-R BT.601, as in JPEG files).
_YCBCR = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])


def psnr(image: np.ndarray, truth: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over all channel values, for a peak of 255; infinite when
    the pictures are identical."""
    a, b = _grey_levels(image, truth)
    error = float(np.square(a - b).mean())
    return 10 * math.log10(255**2 / error) if error else math.inf


def ssim(image: np.ndarray, truth: np.ndarray) -> float:
    """Structural similarity (Wang et al. 2004): the mean of the three channels' own.

    As in the paper: 11 x 11 Gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, only windows that
    lie wholly inside. 1 for identical pictures.

    Raises:
        ValueError: A side is shorter than the window.
    """
    a, b = _grey_levels(image, truth)
    if min(a.shape[:2]) < SSIM_WINDOW:
        raise ValueError(f"SSIM needs at least 11 x 11 pixels. Received: shape={a.shape}")
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    mean_a, mean_b = _window_mean(a), _window_mean(b)
    variance_a = _window_mean(a * a) - mean_a**2
    variance_b = _window_mean(b * b) - mean_b**2
    covariance = _window_mean(a * b) - mean_a * mean_b
    alike = (2 * mean_a * mean_b + c1) * (2 * covariance + c2)
    most = (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
    return float((alike / most).mean())


def colour_shift(image: np.ndarray, truth: np.ndarray) -> float:
    """The greatest difference between the means of a channel, in grey levels (0-255)."""
    a, b = _grey_levels(image, truth)
    return float(np.abs(a.mean(axis=(0, 1)) - b.mean(axis=(0, 1))).max())


class Blotches(NamedTuple):
    """What is left of coarse noise, in grey levels; NaN where the truth has too little flat area.

    rgb: root mean square over the three channels. luma: of Y alone. chroma: over Cb and Cr.
    """

    rgb: float
    luma: float
    chroma: float


def blotches(image: np.ndarray, truth: np.ndarray) -> Blotches:
    """How much the error's 8 x 8 means swing in flat areas of the truth.

    Fine grain averages out within a square; patches of a wrong shade stay, which the eye sees
    first on skin, sky and dark backgrounds. A shift of the whole picture counts too. White noise
    of sigma 25, left as it is, has 25 / 8 = 3.1 in each channel.
    """
    a, b = (_squares(x) for x in _grey_levels(image, truth))
    flat = (b.std(axis=(1, 3)) <= FLAT).all(axis=-1)
    if flat.sum() < FLAT_SQUARES:
        return Blotches(math.nan, math.nan, math.nan)
    error = (a - b).mean(axis=(1, 3))[flat]
    luma, *chroma = (error @ _YCBCR.T).T
    return Blotches(*(float(np.sqrt(np.square(x).mean())) for x in (error, luma, chroma)))


def border_errors(image: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Mean square error, in grey levels squared: of the outermost rows and columns, and of the
    inside, more than `BORDER_APART` pixels from them.

    Raises:
        ValueError: The pictures are too small to have an inside.
    """
    a, b = _grey_levels(image, truth)
    if min(a.shape[:2]) <= 2 * BORDER_APART:
        raise ValueError(f"Too small to have an inside. Received: shape={a.shape}")
    error = np.square(a - b).mean(axis=-1)
    outermost = np.ones(error.shape, bool)
    outermost[1:-1, 1:-1] = False
    inside = slice(BORDER_APART, -BORDER_APART)
    return float(error[outermost].mean()), float(error[inside, inside].mean())


def _squares(x: np.ndarray) -> np.ndarray:
    """Rows x BLOTCH x columns x BLOTCH x 3: whole squares from the top left."""
    rows, columns = (length // BLOTCH for length in x.shape[:2])
    whole = x[: rows * BLOTCH, : columns * BLOTCH]
    return whole.reshape(rows, BLOTCH, columns, BLOTCH, 3)


def _window_mean(x: np.ndarray) -> np.ndarray:
    """Gaussian mean around each pixel whose window lies wholly inside."""
    r = SSIM_WINDOW // 2
    return cv2.GaussianBlur(x, (SSIM_WINDOW, SSIM_WINDOW), 1.5)[r:-r, r:-r]


def _grey_levels(image: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both as float64 grey levels, 0-255."""
    if image.shape != truth.shape:
        raise ValueError(
            f"the two pictures must have one shape. Received: {image.shape} and {truth.shape}"
        )
    a, b = (x.astype(np.float64) * (1 if x.dtype == np.uint8 else 255) for x in (image, truth))
    return a, b
