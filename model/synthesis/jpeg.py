"""JPEG's damage in Keras ops, so that it can be added on the training device.

Colour transform, chroma halving, 8 x 8 cosine transform and rounding to the standard quantisation
tables (ITU-T T.81, annex K, scaled as libjpeg does). Entropy coding loses nothing and is left out.
"""

from typing import Any

import numpy as np
from keras import ops

MULTIPLE_OF = 16  # sides must be multiples of this: 8-pixel blocks at half chroma resolution

_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ],
    "float32",
)
_CHROMA = np.full((8, 8), 99, "float32")
_CHROMA[:4, :4] = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]

_TO_YCC = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], "float32"
)
_TO_RGB = np.linalg.inv(_TO_YCC)

_k, _n = np.mgrid[:8, :8]
_DCT = (np.cos((2 * _n + 1) * _k * np.pi / 16) / 2).astype("float32")
_DCT[0] /= np.sqrt(2, dtype="float32")


def jpeg(image: Any, quality: Any, *, subsample: bool, smooth: bool = False) -> Any:
    """Compresses and decompresses.

    Args:
        image: (N, H, W, 3) float32 RGB in [0, 1], sides multiples of 16.
        quality: (N, 1, 1, 1) float32, 1 to 100 as libjpeg counts.
        subsample: True halves the chroma's width and height (4:2:0), False keeps it (4:4:4).
        smooth: Halved chroma is enlarged by a triangle filter, as libjpeg does, not repeated.

    Returns:
        The same shape, in [0, 1], on no particular grid of levels.
    """
    scale = ops.where(quality < 50, 50.0 / quality, 2.0 - quality / 50.0)
    ycc = ops.matmul(image * 255.0, _TO_YCC.T)
    luma = _quantise(ycc[..., :1] - 128.0, _LUMA, scale) + 128.0
    chroma = ycc[..., 1:]
    if subsample:
        chroma = ops.average_pool(chroma, 2, strides=2)  # the default strides fail on JAX
    chroma = _quantise(chroma, _CHROMA, scale)
    if subsample and smooth:
        chroma = ops.image.resize(chroma, image.shape[1:3], "bilinear")
    elif subsample:
        chroma = ops.repeat(ops.repeat(chroma, 2, axis=1), 2, axis=2)
    rgb = ops.matmul(ops.concatenate([luma, chroma], -1), _TO_RGB.T)
    return ops.clip(rgb / 255.0, 0.0, 1.0)


def _quantise(x: Any, table: np.ndarray, scale: Any) -> Any:
    """Rounds the 8 x 8 cosine coefficients of (N, H, W, C) to multiples of table * scale."""
    _, h, w, c = x.shape
    blocks = ops.transpose(ops.reshape(x, (-1, h // 8, 8, w // 8, 8, c)), (0, 1, 3, 5, 2, 4))
    blocks = ops.reshape(blocks, (-1, h // 8 * (w // 8) * c, 8, 8))
    step = ops.reshape(
        ops.clip(ops.round(ops.reshape(table, (1, 1, 8, 8)) * scale), 1.0, 255.0), (-1, 1, 8, 8)
    )
    coefficients = ops.matmul(ops.matmul(_DCT, blocks), _DCT.T)
    blocks = ops.matmul(ops.matmul(_DCT.T, ops.round(coefficients / step) * step), _DCT)
    blocks = ops.reshape(blocks, (-1, h // 8, w // 8, c, 8, 8))
    return ops.reshape(ops.transpose(blocks, (0, 1, 4, 2, 5, 3)), (-1, h, w, c))
