"""One training step: clean crops -> noise -> network -> loss. Backend-neutral."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from model.synthesis.mixture import Corrupt

# Of mean squared error. Below it (43 dB) an image is good enough: without a floor the clean images,
# which can be had exactly, would drown all others.
FLOOR = 5e-5
SQUARE = 16  # pixels; see `log_mse`
SQUARE_FLOOR = 2e-6  # a third of a grey level
SQUARE_WEIGHT = 0.3

Loss = Callable[[Any, Any], Any]


def mse(target: Any, output: Any) -> Any:
    """Mean squared error over the batch: the first version's loss; the noisiest images rule it."""
    return ops.mean(ops.square(target - output))


def log_mse(target: Any, output: Any) -> Any:
    """Mean over the images of log(MSE): minus the mean PSNR, but for a factor.

    Every noise level weighs alike. (As the PSNR loss of Chen et al. 2022, NAFNet.) A smaller part
    looks in the same way at the error's means over squares of 16 x 16: blotches and shifts of
    colour hardly count in the MSE, but to the eye. Both sides must be at least 16.
    """
    error = target - output
    means = ops.average_pool(error, SQUARE, strides=SQUARE, padding="valid")
    return _mean_log(error, FLOOR) + SQUARE_WEIGHT * _mean_log(means, SQUARE_FLOOR)


def _mean_log(error: Any, floor: float) -> Any:
    return ops.mean(ops.log(ops.mean(ops.square(error), axis=(1, 2, 3)) + floor))


class TrainingModel(keras.Model):
    """The network with its noise and its loss, ready for `train_on_batch(uint8 crops)`."""

    def __init__(self, net: keras.Model, corrupt: Corrupt, loss: Loss, seed: int) -> None:
        super().__init__(dtype="float32")
        self.net = net
        self.noise_seed = keras.random.SeedGenerator(seed)
        self._corrupt, self._loss = corrupt, loss

    def call(self, crops: Any, training: bool = False) -> Any:
        """Clean (N, H, W, 3) uint8 crops -> their denoised versions, the loss being added."""
        sample = self._corrupt(ops.cast(crops, "float32") / 255.0, self.noise_seed)
        output = self.net(sample.noisy, training=training)
        output = output + sample.keep * (sample.noisy - output)
        self.add_loss(self._loss(sample.target, output))
        return output


class Average:
    """Exponential moving average of a network's weights (Polyak and Juditsky 1992).

    It is updated every few steps only, as a copy to the host costs a little.
    """

    EVERY = 10  # steps

    def __init__(self, net: keras.Model, momentum: float) -> None:
        self._net, self._momentum = net, momentum
        self.values = [np.array(w) for w in net.get_weights()]

    def update(self, step: int) -> None:
        """Call after each step; the horizon is a tenth of the run so far, or less."""
        if step % self.EVERY:
            return
        momentum = min(self._momentum, 1 - 1 / (1 + 0.1 * step)) ** self.EVERY
        for i, weight in enumerate(self._net.get_weights()):
            self.values[i] += (1 - momentum) * (weight - self.values[i])


def learning_rate(step: int, steps: int, peak: float, warm_up: int, cool_down: float) -> float:
    """Linear warm-up, a plateau, and a linear fall to zero over the last share of the steps.

    A plateau (rather than a cosine) lets a run be prolonged: resume with more steps.
    (Hägele et al. 2024, https://arxiv.org/abs/2405.18392.)
    """
    fall = max(cool_down * steps, 1)
    return peak * min((step + 1) / max(warm_up, 1), 1.0, max(steps - step, 0) / fall)
