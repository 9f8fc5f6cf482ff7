"""A little better for four times the time: the mean of four mirrored results."""

from collections.abc import Callable

import numpy as np

Network = Callable[[np.ndarray], np.ndarray]


def mirrored(network: Network) -> Network:
    """A function that sends every tile through the network four times, mirrored each way.

    The mean cancels part of what is wrong in each result (geometric self-ensemble: Timofte et al.
    2016, https://arxiv.org/abs/1511.02228). Turned by 90 degrees, tiles would have other shapes.

    Args:
        network: (h, w, 3) float32 -> (h, w, 3) float32.
    """

    def mean(tile: np.ndarray) -> np.ndarray:
        total = network(tile)
        for axes in ((0,), (1,), (0, 1)):
            total = total + np.flip(network(np.flip(tile, axes)), axes)
        return np.asarray(total / np.float32(4))

    return mean
