"""How much noise was removed, in brightness and in colour. NumPy only: quick, no network."""

from __future__ import annotations

import numpy as np

from model.depth import LUMA, to_float

_BLOCK = 16  # pixels
_FLATTEST = 0.25  # share of the blocks that count as flat
_SAMPLE = 512  # side of the squares that are looked at in a large picture


def removed_noise(image: np.ndarray, clean: np.ndarray) -> tuple[float, float]:
    """The root mean square of what was taken away, where the clean picture is flattest.

    Elsewhere softened detail would be counted as noise.

    Args:
        image: H x W x 3, uint8, uint16 or float32 with black 0 and white 1.
        clean: The same after denoising.

    Returns:
        In brightness and in colour, in grey levels of 0 to 255. White noise of one level in each
        channel has 0.67 of that level in brightness and 0.88 in colour.
    """
    blocks = [_block_figures(*pair) for pair in _squares(image, clean)]
    flatness, grain, colour = np.concatenate(blocks, axis=1)
    flat = flatness <= np.quantile(flatness, _FLATTEST)
    return float(np.sqrt(grain[flat].mean())), float(np.sqrt(colour[flat].mean()))


def _block_figures(image: np.ndarray, clean: np.ndarray) -> np.ndarray:
    """3 x blocks: variance of the clean picture, mean square of brightness and colour removed."""
    x, y = to_float(image, 255), to_float(clean, 255)
    difference = x - y
    grain = difference @ LUMA
    colour = ((difference - grain[..., None]) ** 2).mean(axis=2)
    bright = y @ LUMA
    flatness = _block_mean(bright**2) - _block_mean(bright) ** 2
    # Where noise was clipped, at black and white, there is less of it than elsewhere.
    clipped = _block_mean(((x <= 0) | (x >= 255)).any(axis=2).astype("float32")) > 0.1
    figures = np.stack([flatness, _block_mean(grain**2), _block_mean(colour)])
    return figures[:, ~clipped] if (~clipped).mean() > 0.02 else figures


def _block_mean(x: np.ndarray) -> np.ndarray:
    """Means over whole blocks; over everything where the picture is smaller than one."""
    h, w = x.shape
    side = min(_BLOCK, h, w)
    h, w = h // side * side, w // side * side
    return x[:h, :w].reshape(h // side, side, w // side, side).mean(axis=(1, 3)).ravel()


def _squares(image: np.ndarray, clean: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """The whole of a small picture, nine squares of a large one."""
    h, w = image.shape[:2]
    if h * w <= 9 * _SAMPLE**2:
        return [(image, clean)]
    rows = np.unique(np.linspace(0, max(h - _SAMPLE, 0), 3).astype(int))
    columns = np.unique(np.linspace(0, max(w - _SAMPLE, 0), 3).astype(int))
    places = [(slice(r, r + _SAMPLE), slice(c, c + _SAMPLE)) for r in rows for c in columns]
    return [(image[place], clean[place]) for place in places]
