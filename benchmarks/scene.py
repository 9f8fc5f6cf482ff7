"""The noisy picture that is timed: of any size, and the same in every run."""

import cv2
import numpy as np


def picture(megapixels: float, seed: int = 0) -> np.ndarray:
    """A noisy picture, three to two, H x W x 3 uint8: clouds, edges, and grain of sigma 25."""
    height = max(round((megapixels * 1e6 / 1.5) ** 0.5), 1)
    width = round(height * 1.5)
    random = np.random.default_rng(seed)
    side = 1024
    down, across = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)
    falling = np.maximum(np.hypot(down, across), 1 / side) ** -1.6  # as photographs' spectra do
    scene = np.empty((side, side, 3), "float32")
    for channel in range(3):
        clouds = np.fft.irfft2(np.fft.rfft2(random.normal(size=(side, side))) * falling)
        scene[..., channel] = 128 + 40 * clouds / clouds.std()
    for _ in range(40):
        centre, size = random.integers(side, size=2).tolist(), random.integers(9, 120, 2).tolist()
        shade = random.uniform(20, 235, 3).tolist()
        cv2.ellipse(scene, centre, size, float(random.uniform(0, 180)), 0, 360, shade, -1)
    base = np.clip(scene, 0, 255).astype("uint8")
    rows, columns = (_mirrored(length, side) for length in (height, width))
    result = base[rows[:, None], columns]
    for top in range(0, height, 256):  # little memory, as the peak is measured
        grain = 25 * random.standard_normal(result[top : top + 256].shape, "float32")
        result[top : top + 256] = np.clip(np.rint(result[top : top + 256] + grain), 0, 255)
    return result


def _mirrored(length: int, side: int) -> np.ndarray:
    """Indices that go back and forth over a side."""
    position = np.arange(length) % (2 * side)
    return np.minimum(position, 2 * side - 1 - position)
