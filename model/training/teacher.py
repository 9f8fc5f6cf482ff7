"""A last, short phase of training that mends one thing and keeps the others as they are.

The network goes on learning what to leave alone from crops without noise, while with noise it is
held near what given weights, its teacher, make of it (Li and Hoiem 2016, learning without
forgetting, https://arxiv.org/abs/1606.09282). The truth of a noisy crop also holds what nobody can
tell from the noisy picture; a teacher's result does not, so it hardly disturbs what else is learnt.
"""

from typing import Any

import keras
from keras import ops

from model.synthesis.mixture import Sample
from model.training import step

TRUTH = 0.3  # of the way from the teacher's result to the truth
SAME = 1e-6  # a crop that its noise has changed by less, in the mean, has none
MIRRORED = ((), (1,), (2,), (1, 2))  # axes


class TaughtModel(step.TrainingModel):
    """A training model with a teacher.

    Args:
        teacher: A network, whose weights stay as they are.
    """

    def __init__(self, *args: Any, teacher: keras.Model) -> None:
        super().__init__(*args)
        teacher.trainable = False
        self.teacher = teacher

    def objective(self, sample: Sample, output: Any) -> Any:
        return loss(sample.target, output, goal(self.teacher, sample))


def goal(teacher: keras.Model, sample: Sample) -> Any:
    """What the network is to come near to.

    Args:
        teacher: Any network of this project.
        sample: A batch, (N, H, W, 3) float32.

    Returns:
        (N, H, W, 3) float32, no gradient: the truth of crops without noise; of the others the mean
        of the teacher's four mirrored results (as `mode="best"`), and TRUTH of the way from there
        to the truth.
    """
    results = [
        ops.flip(teacher(ops.flip(sample.noisy, axes), training=False), axes) for axes in MIRRORED
    ]
    mean = ops.cast(sum(results), "float32") / len(results)
    mean = mean + sample.keep * (sample.noisy - mean)
    changed = ops.mean(ops.abs(sample.noisy - sample.target), axis=(1, 2, 3), keepdims=True)
    share = ops.where(changed < SAME, 1.0, TRUTH)
    return ops.stop_gradient(mean + share * (sample.target - mean))


def loss(target: Any, output: Any, wanted: Any) -> Any:
    """As `step.log_mse` in what each crop weighs, but its gradient leads to `wanted`.

    Args:
        target: The truth, (N, H, W, 3) float32.
        output: The network's result.
        wanted: Of `goal`. Where it is the truth, the gradient is that of `step.log_mse`.
    """
    error, distance = target - output, wanted - output
    fine = _relative(distance, error, step.FLOOR)
    coarse = _relative(step.square_means(distance), step.square_means(error), step.SQUARE_FLOOR)
    return fine + step.SQUARE_WEIGHT * coarse


def _relative(distance: Any, error: Any, floor: float) -> Any:
    """The mean over the crops of their squared distance, as a share of their squared error."""
    square, mse = (ops.mean(ops.square(x), axis=(1, 2, 3)) for x in (distance, error))
    return ops.mean(square / ops.stop_gradient(mse + floor))
