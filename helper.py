"""The denoiser: builds the network, loads its weights and runs pictures through it.

    clean = helper.denoise(noisy)                      # H x W x 3, uint8, uint16 or float32
    python helper.py noisy.jpg photos/ -o denoised/    # the same from a terminal

TensorFlow is imported at the first call that needs the network, not before: it takes seconds.
"""

import functools
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model.depth import LUMA, store, to_float

if TYPE_CHECKING:
    import keras

    from model.inference.engine import Engine

__all__ = ["Cancelled", "blend", "denoise", "load_model"]

_FOLDER = Path(__file__).parent / "weights"
RELEASED = {"second": _FOLDER / "denoiser.npz", "first": _FOLDER / "first.npz"}
WEIGHTS = RELEASED["second"]
_ROWS = 256  # rows of a picture that `blend` treats at a time

_loading = threading.Lock()


class Cancelled(Exception):
    """`denoise` stopped because `cancelled()` said so; nothing was returned."""


def load_model(path: Path | str | None = None) -> "keras.Model":
    """The network with the released weights, or with those of a training run.

    Args:
        path: A weight file of `model.train`, or the name of a released network: "second", which
            None stands for, or "first", the first version's. A released one is loaded once a
            process.

    Raises:
        ValueError: The file is missing or holds no weights of one of our networks.
    """
    if path is None or (isinstance(path, str) and path in RELEASED):
        with _loading:
            return _released(path or "second")
    from model.inference.engine import read_model

    return read_model(Path(path))


@functools.cache
def _released(name: str) -> "keras.Model":
    return load_model(RELEASED[name])


def _engine() -> "Engine":
    with _loading:  # two threads must not both load
        return _load_engine()


@functools.cache
def _load_engine() -> "Engine":
    from model.inference.engine import fastest

    return fastest(WEIGHTS)


def _engine_of(model: "keras.Model") -> "Engine":
    with _loading:
        return _wrap(model)


@functools.lru_cache(maxsize=2)
def _wrap(model: "keras.Model") -> "Engine":
    """One engine a model: it is traced once, and its lock holds for all threads."""
    from model.inference.engine import Engine

    return Engine(model)


def denoise(
    image: np.ndarray,
    *,
    strength: float = 1.0,
    colour: float | None = None,
    mode: str = "full",
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    part: Callable[[int, int, np.ndarray], None] | None = None,
    model: "keras.Model | None" = None,
) -> np.ndarray:
    """Removes the noise from a picture, of whatever kind and level.

    Safe to call from several threads. Besides its input and output it holds a few tiles and one
    strip of the picture, a tile high. While the network works on a tile, a second thread prepares
    the next and puts the last in its place; `progress` and `cancelled` are called in the caller's.

    Args:
        image: H x W x 3 RGB, at least 1 x 1: uint8, uint16, or float32 with black 0 and white 1.
            Floats may stray out of that range: noise need not be clipped.
        strength: How much of the noise is removed, in [0, 1]: 1 is all that the network can. With
            `colour`, how much of the brightness noise. See `blend`.
        colour: How much of the colour noise is removed, in [0, 1]; None lets it follow `strength`.
        mode: "full" works at the picture's own resolution, tile by tile. "best" does so four times,
            mirrored, and takes the mean: a little better, four times as slow. "fit" resizes to
            512 x 512, predicts, and resizes back, as the first version did: quick, but blurred.
        progress: Called with (tiles done, tiles in all) after each tile.
        cancelled: Asked before each tile; True ends the work.
        part: Called before `progress` with (top, left, pixels) of each tile, at strength 1 and in
            the picture's dtype, to be seen before all is done: where tiles meet, the result differs
            a little. Parts do not overlap and cover the picture. Not called in mode "fit".
        model: Another network than the released one, from `load_model(path)`.

    Returns:
        The same shape and dtype. Floats come back within [0, 1]; where nothing is to be removed,
        the input's own pixels.

    Raises:
        Cancelled: `cancelled()` returned True.
        ValueError: The picture has another shape or dtype or holds NaN, or an argument is wrong.
    """
    _check(image, mode)
    _check_strengths(strength, colour)
    if strength == 0 and not colour:
        return image.copy()
    from model.inference import picture

    def report(done: int, total: int) -> None:
        if progress is not None:
            progress(done, total)

    def stop_if_cancelled() -> None:
        if cancelled is not None and cancelled():
            raise Cancelled

    engine = _engine() if model is None else _engine_of(model)
    if mode == "fit":
        clean = picture.fit(image, engine, report, stop_if_cancelled)
    else:
        best = mode == "best"
        clean = picture.full(image, engine, report, stop_if_cancelled, part, best=best)
    return clean if strength == 1 and colour in (None, 1) else blend(image, clean, strength, colour)


def _check(image: np.ndarray, mode: str) -> None:
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise ValueError(f"image must be H x W x 3. Received: shape={image.shape}")
    if image.dtype not in (np.uint8, np.uint16, np.float32):
        raise ValueError(f"image must be uint8, uint16 or float32. Received: dtype={image.dtype}")
    if image.dtype == np.float32 and not np.isfinite(image).all():
        raise ValueError("image holds NaN or infinite values.")
    if mode not in ("full", "best", "fit"):
        raise ValueError(f"mode must be 'full', 'best' or 'fit'. Received: mode={mode!r}")


def _check_strengths(strength: float, colour: float | None) -> None:
    for name, value in (("strength", strength), ("colour", colour)):
        if value is not None and not 0 <= value <= 1:
            raise ValueError(f"{name} must be in [0, 1]. Received: {name}={value}")


def blend(
    image: np.ndarray, clean: np.ndarray, strength: float, colour: float | None = None
) -> np.ndarray:
    """A denoised picture at less than full strength, without the network.

    What was removed is put back in part. Its brightness part comes back as the strength falls, as
    that is where fine texture went; its colour part, which is hardly ever texture, comes back with
    the cube of it: at half strength half of the grain is back but an eighth of the colour noise.

    Args:
        image: What `denoise` was given: H x W x 3, uint8, uint16 or float32.
        clean: What it returned at strength 1; same shape and dtype.
        strength: In [0, 1]. Where `colour` is None or the same, 0 returns `image`'s pixels exactly,
            1 `clean`'s.
        colour: In [0, 1]: how much of the colour noise is removed, while `strength` says it of the
            brightness alone. None follows `strength`, by the cube as above.

    Raises:
        ValueError: `strength` or `colour` is out of range.
    """
    _check_strengths(strength, colour)
    if strength in (0, 1) and colour in (None, strength):
        return (clean if strength else image).copy()
    mixed = np.empty_like(clean)
    back = np.float32(1 - strength)
    colour_back = np.float32((1 - strength) ** 3 if colour is None else 1 - colour)
    for top in range(0, len(image), _ROWS):
        rows = slice(top, top + _ROWS)
        x = to_float(clean[rows])
        removed = to_float(image[rows]) - x
        grain = (removed @ LUMA)[..., None]
        store(x + back * grain + colour_back * (removed - grain), mixed[rows])
    return mixed


if __name__ == "__main__":
    import runpy

    # By name, as cli imports this module: here it only gets the command's documented name.
    runpy.run_module("cli", run_name="__main__")
