"""A whole picture's way through the network: cut, repaired, denoised, put together."""

from collections.abc import Callable

import cv2
import numpy as np

from model.depth import store, to_float
from model.inference import tiles
from model.inference.engine import Engine
from model.inference.mirrored import mirrored
from model.inference.repair import repairer

FIT_SIDE = 512  # what `fit` resizes to, as the first version did

Report = Callable[[int, int], None]  # takes tiles done, tiles in all
Stop = Callable[[], None]  # called before each tile; ends the work by an exception
Part = Callable[[int, int, np.ndarray], None]  # takes top, left and the pixels of a tile


def full(
    image: np.ndarray,
    engine: Engine,
    report: Report,
    stop: Stop,
    part: Part | None = None,
    *,
    best: bool = False,
) -> np.ndarray:
    """Tile by tile at the picture's own resolution.

    Args:
        image: H x W x 3, uint8, uint16 or float32 with black 0 and white 1.
        engine: The network.
        report: Called after each tile.
        stop: Called before each tile.
        part: Called before `report` with the part of the picture that a tile stands for.
        best: Each tile goes through the network four times; see `mirrored`.

    Returns:
        The same shape and dtype; floats within [0, 1].
    """
    clean = np.empty(image.shape, image.dtype)
    network = repairer(image, mirrored(engine) if best else engine)
    size, tiling, pixels = image.shape[:2], engine.tiling, engine.tile_pixels
    cores = tiles.cores(size, tiling, pixels)

    def read(rows: slice, columns: slice) -> np.ndarray:
        return to_float(image[rows, columns])

    def process(tile: np.ndarray) -> np.ndarray:
        stop()
        result = network(tile)
        core = next(cores)
        if part is not None:
            values = np.empty((core.height, core.width, 3), image.dtype)
            store(result[core.inside].copy(), values)
            part(core.top, core.left, values)
        return result

    def write(rows: slice, values: np.ndarray) -> None:
        store(values, clean[rows])

    for done, total in tiles.stitch(size, read, process, write, tiling, pixels):
        report(done, total)
    return clean


def fit(image: np.ndarray, engine: Engine, report: Report, stop: Stop) -> np.ndarray:
    """Resizes to 512 x 512, predicts and resizes back. Takes and returns what `full` does."""
    h, w = image.shape[:2]
    shrinks = h > FIT_SIDE or w > FIT_SIDE
    method = cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC
    small = np.empty((FIT_SIDE, FIT_SIDE, 3), "float32")
    for i in range(3):  # one channel at a time: in floats a large picture takes much memory
        channel = to_float(image[..., i])
        small[..., i] = cv2.resize(channel, (FIT_SIDE, FIT_SIDE), interpolation=method)
    clean = full(small, engine, report, stop)
    result = np.empty_like(image)
    for i in range(3):
        channel = cv2.resize(clean[..., i], (w, h), interpolation=cv2.INTER_CUBIC)
        store(channel, result[..., i])  # clips, as cubic rings beside sharp edges
    return result
