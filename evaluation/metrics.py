"""How near a picture is to the truth: PSNR, SSIM and colour shift.

All take two pictures of one shape, H x W x 3 RGB, each uint8 or float in [0, 1] (or straying
outside, as unclipped noise does: nothing is clipped here).
"""

import math

import cv2
import numpy as np

SSIM_WINDOW = 11  # pixels


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
