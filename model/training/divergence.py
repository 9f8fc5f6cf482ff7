"""Notices when a training run explodes."""

from collections import deque

import numpy as np

# How far the loss, averaged over PATIENCE crops, may rise above its lowest; 1 is 4 dB.
TOLERANCE, PATIENCE = 1.0, 320


class Watch:
    """Watches the loss of every step.

    Args:
        batch: Crops a step.
    """

    def __init__(self, batch: int) -> None:
        self._losses: deque[float] = deque(maxlen=-(-PATIENCE // batch))
        self._lowest = np.inf

    def diverged(self, loss: float) -> bool:
        """Whether it is not finite, or the mean of the last ones is TOLERANCE above its lowest."""
        self._losses.append(loss)
        if not np.isfinite(loss):
            return True
        if len(self._losses) < (self._losses.maxlen or 0):
            return False
        recent = float(np.mean(self._losses))
        self._lowest = min(self._lowest, recent)
        return recent > self._lowest + TOLERANCE

    def start_again(self) -> None:
        """The run went back to where the loss was low."""
        self._losses.clear()
