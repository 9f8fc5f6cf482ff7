"""How noisy a picture is, from the picture alone. NumPy and OpenCV only: quick, no network."""

import cv2
import numpy as np

_BLOCK = 16  # pixels
_FLATTEST = 0.1  # share of the blocks that are trusted to show noise and no detail
_SAMPLE = 512  # side of the squares that are looked at in a large picture
_HIGH_PASS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], "float32") / 6  # unit noise gain


def estimate_noise(image: np.ndarray) -> float:
    """The standard deviation of the noise, in grey levels of 0 to 255.

    The second difference that Immerkaer (1996) uses, which hides plane shading, taken in blocks;
    the flattest tenth of them shows the noise alone. It is a little low where the noise is
    correlated (JPEG, demosaicing), and salt-and-pepper is counted too: it is noise.

    Args:
        image: H x W x 3, uint8, uint16 or float with black 0 and white 1.

    Returns:
        0 or more; pictures smaller than 16 pixels give 0.
    """
    if min(image.shape[:2]) < _BLOCK:
        return 0.0
    blocks = [_block_deviations(square) for square in _squares(image)]
    per_channel = np.quantile(np.concatenate(blocks), _FLATTEST, axis=0)
    return float(np.sqrt(np.mean(per_channel**2)))


def _block_deviations(square: np.ndarray) -> np.ndarray:
    """Blocks x 3: root mean square of the second difference, leaving out clipped blocks."""
    x = _to_grey_levels(square)
    rough = cv2.filter2D(x, -1, _HIGH_PASS, borderType=cv2.BORDER_REFLECT_101)
    h, w = (side // _BLOCK * _BLOCK for side in x.shape[:2])
    rough = rough[:h, :w].reshape(h // _BLOCK, _BLOCK, w // _BLOCK, _BLOCK, 3)
    deviation = np.sqrt((rough**2).mean(axis=(1, 3))).reshape(-1, 3)
    grey = x[:h, :w].reshape(h // _BLOCK, _BLOCK, w // _BLOCK, _BLOCK, 3)
    clipped = ((grey <= 0) | (grey >= 255)).mean(axis=(1, 3)).reshape(-1, 3)
    open_blocks = (clipped < 0.1).all(axis=1)  # blown highlights show no noise
    return deviation[open_blocks] if open_blocks.mean() > 0.02 else deviation


def _to_grey_levels(square: np.ndarray) -> np.ndarray:
    top = 1.0 if square.dtype.kind == "f" else float(np.iinfo(square.dtype).max)
    return square.astype("float32") * np.float32(255 / top)


def _squares(image: np.ndarray) -> list[np.ndarray]:
    """The whole of a small picture, nine squares of a large one."""
    h, w = image.shape[:2]
    if h * w <= 9 * _SAMPLE**2:
        return [image]
    rows = np.unique(np.linspace(0, max(h - _SAMPLE, 0), 3).astype(int))
    columns = np.unique(np.linspace(0, max(w - _SAMPLE, 0), 3).astype(int))
    return [image[r : r + _SAMPLE, c : c + _SAMPLE] for r in rows for c in columns]
