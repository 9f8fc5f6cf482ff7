"""Salt-and-pepper: which values are destroyed, and a first repair of them, before the network.

A value that salt-and-pepper noise hit holds nothing of the picture, and the others hold all of it.
A convolution has to learn that slowly; here it is said once. The network then starts from the
repaired picture and makes it better. Pictures without such noise are left exactly as they are.
"""

from typing import Any

import cv2
import numpy as np
from keras import ops

from model.depth import to_float

REACH = 9  # pixels: how far from a value the repair looks

_GENUINE = 0.6  # share of like neighbours above which a black or white value is the picture's own
_LEAST = 0.001  # share of black or white values below which there is no telling
_SPIKE = 3.0  # how many zeros there must be for a value near zero
_ENOUGH = 500  # values that `share` needs to judge
_SAMPLE = 256  # side of the squares that `share` looks at


def share(image: np.ndarray) -> float:
    """The share of channel values that salt-and-pepper noise destroyed, 0 when there is none.

    Noise of this kind leaves spikes at pure black and pure white, in surroundings where values
    close to them are rare, and its values are scattered independently. Clipped Gaussian noise has
    no such spike; black letters, highlights and night skies clump together.

    Args:
        image: H x W x 3, uint8, uint16 or float with black 0 and white 1.
    """
    parts = [to_float(square) for square in squares(image)]
    pepper, salt = _spike(parts), _spike([1 - s for s in parts])
    if min(pepper, salt) < _LEAST or max(pepper, salt) > 6 * min(pepper, salt):
        return 0.0
    return pepper + salt


def squares(image: np.ndarray) -> list[np.ndarray]:
    """Up to 16 squares spread over the picture: enough to judge it, however large."""
    h, w = image.shape[:2]
    rows = np.unique(np.linspace(0, max(h - _SAMPLE, 0), 4).astype(int))
    columns = np.unique(np.linspace(0, max(w - _SAMPLE, 0), 4).astype(int))
    return [image[r : r + _SAMPLE, c : c + _SAMPLE] for r in rows for c in columns]


def _spike(parts: list[np.ndarray]) -> float:
    """Share of exact zeros that stand alone in brighter surroundings; 0 unless they are a spike."""
    total, zeros, near, pairs = np.sum([_spike_counts(x) for x in parts], axis=0)
    if total < _ENOUGH or zeros < _SPIKE * near:
        return 0.0
    density = zeros / total
    clumped = pairs / max(zeros, 1) > 2 * density + 0.05
    return 0.0 if clumped else float(density)


def _spike_counts(x: np.ndarray) -> list[int]:
    """In bright surroundings: all values, zeros, values near zero, zeros beside a zero."""
    zero, near = x == 0, (x > 0) & (x < 0.12)
    inner = (~zero & (x < 1)).astype("float32")
    bright = _box(x * inner) > 0.35 * np.maximum(_box(inner), 1e-6)
    beside = np.zeros_like(zero)
    beside[:, :-1] = zero[:, 1:]
    return [int((part & bright).sum()) for part in (bright, zero, near, zero & beside)]


def _box(x: np.ndarray) -> np.ndarray:
    """Mean over 5 x 5, edges repeated."""
    h, w = x.shape[:2]
    x = np.pad(x, ((2, 2), (2, 2), (0, 0)), "edge")
    rows = np.sum([x[i : i + h] for i in range(5)], axis=0)
    return np.sum([rows[:, i : i + w] for i in range(5)], axis=0) / 25


def repair(x: Any) -> tuple[Any, Any]:
    """Fills the destroyed values from their neighbours and from the other channels.

    Normalised convolution (Knutsson and Westin 1993) over the intact values, plus the detail that
    the pixel's intact channels show, since channels of a photograph vary together.

    Args:
        x: (N, H, W, 3) float32 with black 0 and white 1; only for pictures whose `share` is not 0.
            A tensor, in training, or a NumPy array: that is quicker, and the same on all backends.

    Returns:
        The repaired picture, and 1.0 where a value was intact or 0.0 where it was filled in; both
        in x's shape and of its kind. Intact values are unchanged.
    """
    intact = _intact(x)
    smooth = _surroundings(x, intact)
    detail = (x - smooth) * intact
    xp = _functions(x)
    others = xp.sum(intact, -1, keepdims=True) - intact
    shared = (xp.sum(detail, -1, keepdims=True) - detail) / xp.maximum(others, 1.0)
    filled = xp.clip(smooth + 0.8 * shared, 0.0, 1.0)
    return xp.where(intact > 0, x, filled), intact


def _functions(x: Any) -> Any:
    """NumPy for its own arrays, else the Keras operations of the same names."""
    return np if isinstance(x, np.ndarray) else ops


def _number(truth: Any) -> Any:
    """False and True as 0.0 and 1.0 in float32."""
    return truth.astype("float32") if isinstance(truth, np.ndarray) else ops.cast(truth, "float32")


def _intact(x: Any) -> Any:
    """1.0 for values that are neither black nor white, or are so among their likes."""

    def genuine(extreme: Any) -> Any:
        like = _blur(extreme, _FLAT5) * (25 / 24) - extreme / 24
        return extreme * _number(like > _GENUINE)

    black, white = _number(x <= 0.0), _number(x >= 1.0)
    return 1.0 - black - white + genuine(black) + genuine(white)


def _surroundings(x: Any, intact: Any) -> Any:
    """Mean of the intact neighbours, the value itself left out; wider where there are too few."""
    xp = _functions(x)
    near, near_weight = _ring(x, intact, _NARROW)
    far, far_weight = _ring(x, intact, _WIDE)
    far = far / xp.maximum(far_weight, 1e-6)
    far = xp.where(far_weight > 1e-4, far, 0.5)
    return (near + 0.002 * far) / (near_weight + 0.002)


def _ring(x: Any, intact: Any, kernel: np.ndarray) -> tuple[Any, Any]:
    centre = float(kernel[len(kernel) // 2]) ** 2
    known = x * intact
    return _blur(known, kernel) - centre * known, _blur(intact, kernel) - centre * intact


def _blur(x: Any, kernel: np.ndarray) -> Any:
    """Separable convolution, edges mirrored."""
    if isinstance(x, np.ndarray):
        mirrored = cv2.BORDER_REFLECT
        return np.stack(
            [cv2.sepFilter2D(one, -1, kernel, kernel, borderType=mirrored) for one in x]
        )
    r, (h, w) = len(kernel) // 2, x.shape[1:3]
    x = ops.pad(x, ((0, 0), (r, r), (r, r), (0, 0)), mode="symmetric")
    x = sum(float(k) * x[:, i : i + h] for i, k in enumerate(kernel))
    return sum(float(k) * x[:, :, i : i + w] for i, k in enumerate(kernel))


def _gaussian_kernel(sigma: float, radius: int) -> np.ndarray:
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return (weights / weights.sum()).astype("float32")


_FLAT5 = np.full(5, 0.2, "float32")
_NARROW = _gaussian_kernel(0.8, 2)
_WIDE = _gaussian_kernel(3.0, 7)
