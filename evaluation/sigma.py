"""How strong a picture's noise is, from the picture alone: what the classical filters need."""

import numpy as np

from model.depth import to_float


def estimate_sigma(image: np.ndarray) -> float:
    """The noise's standard deviation in grey levels, from the picture alone.

    White noise: the smallest eigenvalues of the patches' covariance (Chen, Zhu and Heng 2015).
    Where those hold next to nothing, the noise is correlated between pixels (a camera's, or gone
    through JPEG), and is read one octave lower in the flattest quarter of the picture.
    """
    levels = to_float(image, 255)
    white, flat = _white_sigma(levels), _flat_sigma(levels)
    return white if white > 0.25 * flat else flat


def _white_sigma(levels: np.ndarray, side: int = 8, stride: int = 3) -> float:
    """0 where there are too few patches to tell (pictures below about 50 x 50)."""
    if min(levels.shape[:2]) < side:
        return 0.0
    windows = np.lib.stride_tricks.sliding_window_view(levels, (side, side), axis=(0, 1))
    patches = windows[::stride, ::stride].reshape(-1, side * side * 3)
    if patches.shape[0] <= patches.shape[1]:
        return 0.0
    eigenvalues = np.linalg.eigvalsh(np.cov(patches.T))
    # The picture's own structure sits in the largest: drop them until the rest lie evenly.
    for count in range(len(eigenvalues) - 1, 0, -1):
        mean = eigenvalues[:count].mean()
        if (eigenvalues[:count] > mean).sum() >= (eigenvalues[:count] < mean).sum():
            break
    return float(np.sqrt(max(mean, 0)))


def _flat_sigma(levels: np.ndarray, block: int = 8, share: float = 25) -> float:
    """Spread of the diagonal Haar detail after one halving, in the flattest `share` % of blocks."""
    half = _haar_sums(levels)[0]
    detail = _haar_sums(half)[1]
    rows, columns = detail.shape[0] // block, detail.shape[1] // block
    if not rows or not columns:
        return 0.0
    tiles = detail[: rows * block, : columns * block].reshape(rows, block, columns, block, 3)
    return float(np.sqrt(np.percentile(np.square(tiles).mean(axis=(1, 3, 4)), share)))


def _haar_sums(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The orthonormal Haar transform's approximation and diagonal detail, half the size."""
    x = x[: x.shape[0] // 2 * 2, : x.shape[1] // 2 * 2]
    a, b, c, d = x[::2, ::2], x[::2, 1::2], x[1::2, ::2], x[1::2, 1::2]
    return (a + b + c + d) / 2, (a - b - c + d) / 2
