"""The network together with the repair of salt-and-pepper noise, as one function on tiles."""

from collections.abc import Callable

import numpy as np

from model.depth import to_float
from model.inference import impulse

# Grey levels of other noise up to which intact values are kept, and from which they are not.
_QUIET, _NOISY = 1.5, 3.5
_BLOCK = 16


def repairer(
    image: np.ndarray, network: Callable[[np.ndarray], np.ndarray]
) -> Callable[[np.ndarray], np.ndarray]:
    """The function that each of the picture's tiles goes through.

    For most pictures it is the network itself. If the picture has salt-and-pepper noise, destroyed
    values are repaired before the network sees the tile, and values that are intact stay as they
    are, unless there is other noise on them.

    Args:
        image: The whole picture, H x W x 3, uint8, uint16 or float in [0, 1].
        network: (h, w, 3) float32 -> (h, w, 3) float32.
    """
    if impulse.share(image) == 0:
        return network
    quiet = (_NOISY - _other_noise(image)) / (_NOISY - _QUIET)
    trust = np.float32(np.clip(quiet, 0, 1))

    def repaired(tile: np.ndarray) -> np.ndarray:
        start, keep = (values[0] for values in impulse.repair(tile[None]))
        clean = network(start)
        return clean + trust * keep * (start - clean)

    return repaired


def _other_noise(image: np.ndarray) -> float:
    """Noise on the values that are neither black nor white, in grey levels.

    From the second differences of side-by-side intact values, which hide plane shading; the
    flattest tenth of the blocks shows noise alone.
    """
    deviations = []
    for square in impulse.squares(image):
        x = to_float(square, 255)
        inner = (x > 0) & (x < 255)
        three = inner[:, 2:] & inner[:, 1:-1] & inner[:, :-2]
        bends = np.where(three, x[:, 2:] - 2 * x[:, 1:-1] + x[:, :-2], 0) ** 2 / 6
        h, w = (side // _BLOCK * _BLOCK for side in bends.shape[:2])
        shape = (h // _BLOCK, _BLOCK, w // _BLOCK, _BLOCK, 3)
        count = three[:h, :w].reshape(shape).sum(axis=(1, 3))
        total = bends[:h, :w].reshape(shape).sum(axis=(1, 3))
        deviations.append(np.sqrt(total / np.maximum(count, 1))[count >= 20])
    found = np.concatenate(deviations)
    return float(np.quantile(found, 0.1)) if found.size else 0.0
