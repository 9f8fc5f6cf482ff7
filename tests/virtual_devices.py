"""Runs on JAX with the processor split into two devices, in a process of its own: JAX must know
before it starts, by XLA_FLAGS (see test_devices.py). `python virtual_devices.py steps OUT.npz` or
`python virtual_devices.py train FLAGS OF model.train`.
"""

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # run as a script, by whatever folder
sys.path.insert(0, str(Path(__file__).parents[1]))

import keras
import numpy as np
from pictures import photograph

from model import train, weights
from model.synthesis import mixture
from model.training import devices, step
from model.unet import build_unet

BATCH = 4


def two_steps(count: int) -> dict[str, np.ndarray]:
    """The weights (on every device) and losses of two steps of plain gradient descent.

    Plain, as Adam takes the same step for a gradient of any length. With a count of 0, the weights
    before any step.
    """
    keras.utils.set_random_seed(1)
    on = devices.choose(count or 1, BATCH)
    with on.scope():
        net = build_unet(4, 0.0, residual=False)
        descent = keras.optimizers.SGD(0.1)
    model = on.training_model(net, mixture.original, step.log_mse, 1, descent)
    crops = np.stack([photograph(32, 32, seed) * 255 for seed in range(BATCH)]).astype("uint8")
    losses = [
        np.asarray(on.train_on_batch(model, crops)).reshape(-1)[0] for _ in range(2 if count else 0)
    ]
    found = {"losses": np.array(losses), "noise": np.asarray(model.noise_seed.state)}
    for number, variable in enumerate(net.trainable_variables):
        for copy, value in enumerate(_copies(variable.value)):
            found[f"weight {number} on {copy}"] = value
    return found


def _copies(value: Any) -> list[np.ndarray]:
    """A variable's value on each of its devices."""
    return [np.asarray(shard.data) for shard in value.addressable_shards]


if __name__ == "__main__":
    if sys.argv[1] == "train":
        sys.exit(train.main(sys.argv[2:]))
    results = {
        f"{count} {key}": value for count in (0, 1, 2) for key, value in two_steps(count).items()
    }
    weights.save_arrays(Path(sys.argv[2]), results)
