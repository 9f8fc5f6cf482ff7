"""model/training/step.py: the loss, the rate and the averaged weights of a training run."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from pictures import photograph

from model.networks import Network
from model.synthesis import mixture, noise
from model.training import step
from model.unet import build_unet


def test_loss_falls_on_a_batch_seen_again_and_again() -> None:
    keras.utils.set_random_seed(1)

    def grain(clean: Any, seed: Any) -> mixture.Sample:
        return mixture.Sample(noise.gaussian(clean, 0.1, 5), clean, ops.zeros_like(clean))

    net = Network("second", widths=(8, 16), down=(1, 1), up=(1,)).build()
    model = step.TrainingModel(net, grain, step.log_mse, seed=1)
    model.compile(optimizer=keras.optimizers.Adam(3e-3))
    batch = np.stack([photograph(32, 32, seed) * 255 for seed in range(4)]).astype("uint8")
    losses = [float(np.asarray(model.train_on_batch(batch)).reshape(-1)[0]) for _ in range(100)]
    squares = step.SQUARE_WEIGHT * 2 * np.log(0.1 / step.SQUARE)
    assert losses[0] == pytest.approx(2 * np.log(0.1) + squares, abs=0.15)
    assert losses[-1] < losses[0] - 0.5  # 2 dB


def test_log_mse_weighs_a_noisy_and_a_clean_image_alike() -> None:
    target = np.zeros((2, 16, 16, 3), "float32")
    output = target + np.array([0.2, 0.04], "float32").reshape(2, 1, 1, 1)
    halved = [output * np.array(k, "float32").reshape(2, 1, 1, 1) for k in ([0.5, 1], [1, 0.5])]
    gains = [float(step.log_mse(target, output) - step.log_mse(target, one)) for one in halved]
    assert gains[0] == pytest.approx((1 + step.SQUARE_WEIGHT) * np.log(4) / 2, abs=0.01)
    assert gains[1] == pytest.approx(gains[0], abs=0.1)


def test_a_shift_of_colour_costs_more_than_noise_of_the_same_mse() -> None:
    target = np.zeros((1, 32, 32, 3), "float32")
    noisy = np.where(np.indices(target.shape).sum(0) % 2, 0.05, -0.05).astype("float32")
    assert step.log_mse(target, target + 0.05) > step.log_mse(target, noisy) + 1


def test_learning_rate_warms_up_stays_and_falls_to_zero() -> None:
    rate = [step.learning_rate(s, 100, 1.0, warm_up=10, cool_down=0.3) for s in range(101)]
    assert rate[:10] == pytest.approx(np.arange(1, 11) / 10)
    assert set(rate[9:71]) == {1.0}
    assert rate[70:] == pytest.approx(np.arange(30, -1, -1) / 30)


def test_averaged_weights_follow_slowly() -> None:
    net = build_unet(4, 0.0)
    average = step.Average(net, 0.999)
    net.set_weights([w + 1 for w in net.get_weights()])
    before = [v.copy() for v in average.values]
    average.update(5)
    assert np.array_equal(average.values[0], before[0])  # between two updates
    average.update(10**6)
    moved = average.values[0] - before[0]
    assert moved == pytest.approx(1 - 0.999**10, rel=1e-3)
