"""Muon for convolutions: it learns this network several times faster than Adam.

The momentum of a kernel, seen as a matrix, is replaced by the nearest orthogonal one, so that all
its directions are learnt at the same pace, not only those with the greatest gradients.
(Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/; scaled as in Liu et al. 2025,
https://arxiv.org/abs/2502.16982.)
"""

from typing import Any

import keras
from keras import ops

PICTURE_CHANNELS = 12  # or fewer: the three colours of a 2 x 2 square, or of a pixel
COLUMNS = 128  # of a block; a kernel with more filters is cut, as the cost grows with this number


class ConvMuon(keras.optimizers.Muon):
    """Keras' Muon on kernels, as (h w C_in, C_out) matrices; Adam on all other variables.

    Adam also takes the two ends, the kernels that read or write the picture's own channels: an
    orthogonal step moves all of those few at once, and weak noise is then never learnt well.

    Args:
        learning_rate: Muon's rate, on the scale of Adam's.
        adam_share: Adam's rate, as a share of Muon's.
        decay: Muon's weights lose this share of themselves, times the rate, a step. Every step of
            Muon has the same length, whatever the gradient: without decay weights only grow, and
            a long run ends in an explosion.
    """

    def __init__(
        self,
        learning_rate: float,
        adam_share: float,
        decay: float,
        **kwargs: Any,
    ) -> None:
        kwargs = {"weight_decay": decay or None, "adam_weight_decay": None, **kwargs}
        super().__init__(learning_rate, adam_lr_ratio=adam_share, **kwargs)

    def _should_use_adamw(self, variable: Any) -> bool:
        shape = variable.shape
        return len(shape) != 4 or min(shape[2:]) <= PICTURE_CHANNELS

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """The nearest orthogonal matrix of each block, in x's shape."""
        filters = x.shape[-1]
        matrix = ops.reshape(x, (-1, filters))
        blocks = ops.split(matrix, _equal_parts(filters), axis=1)
        scale = self.rms_rate * max(blocks[0].shape) ** 0.5  # so that Adam's rates suit
        return scale * ops.reshape(
            ops.concatenate([self._orthogonal(block, steps) for block in blocks], axis=1), x.shape
        )

    def _orthogonal(self, x: Any, steps: int) -> Any:
        """Newton-Schulz on the small Gram matrix: every iterate is x times a polynomial of it."""
        if x.shape[0] < x.shape[1]:
            return ops.transpose(self._orthogonal(ops.transpose(x), steps))
        x = x / (ops.norm(x) + 1e-7)
        gram = ops.matmul(ops.transpose(x), x)
        product = identity = ops.eye(x.shape[1])
        for _ in range(steps):
            factor = self.muon_a * identity + self.muon_b * gram
            factor = factor + self.muon_c * ops.matmul(gram, gram)
            gram = ops.matmul(ops.matmul(factor, gram), factor)
            product = ops.matmul(product, factor)
        return ops.matmul(x, product)

    def lr_adjust(self, x: Any) -> Any:
        """Nothing: the scale depends on the blocks, see above."""
        return x


def _equal_parts(filters: int) -> int:
    """Into how many blocks of one width, COLUMNS at least, so many filters are cut."""
    return next(n for n in range(max(filters // COLUMNS, 1), 0, -1) if filters % n == 0)
