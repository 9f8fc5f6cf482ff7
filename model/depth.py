"""Bit depths. A picture is uint8, uint16 or float32; black is 0, white the largest integer or 1.

Floats may stray out of [0, 1]: noise need not be clipped.
"""

import numpy as np

# What red, green and blue add to brightness (ITU-R BT.601).
LUMA = np.array([0.299, 0.587, 0.114], "float32")


def white(dtype: np.dtype) -> float:
    """The value of white in pictures of this type."""
    return 1.0 if dtype.kind == "f" else float(np.iinfo(dtype).max)


def to_float(image: np.ndarray, top: float = 1.0) -> np.ndarray:
    """A new float32 array with black 0 and white `top`."""
    return np.multiply(image, np.float32(top / white(image.dtype)), dtype="float32")


def to_uint8(image: np.ndarray) -> np.ndarray:
    """Clipped and rounded to 8 bits; uint8 stays as it is."""
    if image.dtype == np.uint8:
        return image
    result = np.empty(image.shape, np.uint8)
    store(to_float(image), result)
    return result


def store(x: np.ndarray, into: np.ndarray) -> None:
    """Puts floats in [0, 1] into a picture of any type, clipped and rounded. Changes `x`."""
    if into.dtype.kind == "f":
        np.clip(x, 0, 1, out=into)
        return
    top = np.float32(white(into.dtype))
    x *= top
    np.rint(np.clip(x, 0, top, out=x), out=x)
    np.copyto(into, x, casting="unsafe")  # in range, hence safe
