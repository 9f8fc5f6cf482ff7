"""Where training runs: on one device, or on several of JAX's with a share of each batch.

Keras' own data parallelism does the sharing. A step on several devices is identical to a
step on one: the same noise, and one gradient, averaged over all images and clipped after that.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import keras

from model.synthesis.mixture import Sample
from model.training.step import Corrupt, Loss, TrainingModel


class Devices:
    """One device, the backend's first, or several that share each batch.

    Args:
        names: Of JAX's devices; a single name stands for the first device of any backend.
    """

    def __init__(self, names: list[str]) -> None:
        self.count = len(names)
        self._parallel = (
            keras.distribution.DataParallel(devices=names, auto_shard_dataset=False)
            if self.count > 1
            else None
        )

    def scope(self) -> AbstractContextManager[Any]:
        """To be entered where variables of the training are made and where a step is taken."""
        return self._parallel.scope() if self._parallel else nullcontext()

    def training_model(
        self,
        net: keras.Model,
        corrupt: Corrupt,
        loss: Loss,
        seed: int,
        optimizer: keras.optimizers.Optimizer,
    ) -> TrainingModel:
        """The model of a training step, compiled; `net` and `optimizer` were made in `scope()`."""
        with self.scope():
            model = TrainingModel(net, self._shared(corrupt), loss, seed)
            # XLA gains nothing here on a CPU (measured: 0.55 s a step against 0.29); JAX always
            # compiles.
            model.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
            # So that its state can be saved and resumed at any step.
            optimizer.build(model.net.trainable_variables)
            return model

    def train_on_batch(self, model: TrainingModel, crops: Any) -> Any:
        """One step on (N, H, W, 3) uint8 crops, N a multiple of `count`; returns the loss."""
        with self.scope():
            return model.train_on_batch(crops)

    def _shared(self, corrupt: Corrupt) -> Corrupt:
        """The noise, for a batch that is shared out."""
        if not self._parallel:
            return corrupt
        layout = self._parallel.get_data_layout

        def shared(clean: Any, noise_seed: keras.random.SeedGenerator) -> Sample:
            # The mixture's groups are cut across the devices' shares: share them out again, or the
            # compiler may let every device compute the whole batch.
            sample = corrupt(clean, noise_seed)
            return Sample(
                *(keras.distribution.distribute_tensor(x, layout(x.shape)) for x in sample)
            )

        return shared


def choose(count: int | None, batch: int) -> Devices:
    """The devices to train on.

    Args:
        count: How many; None for all accelerators that JAX sees, or the one of another backend.
        batch: Crops a step.

    Raises:
        ValueError: There are not so many, or they cannot share the batch evenly.
    """
    backend = keras.backend.backend()
    names = keras.distribution.list_devices() if backend == "jax" else [backend]
    count = count or len(names)
    if count > 1 and backend != "jax":
        raise ValueError(
            f"--devices {count}: only JAX trains on several devices; set KERAS_BACKEND=jax."
        )
    if count > len(names):
        raise ValueError(f"--devices {count} is too many: JAX sees {', '.join(names)} only.")
    if batch % count:
        fits = batch - batch % count + count
        raise ValueError(
            f"{count} devices cannot share a batch of {batch} evenly: "
            f"give --batch {fits}, or fewer --devices."
        )
    return Devices(names[:count])


def best_precision() -> str:
    """bfloat16 where the processor or a GPU computes in it, else float32."""
    if keras.backend.backend() == "jax":
        import jax

        if jax.default_backend() == "gpu":
            return "bfloat16"
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            return "bfloat16"
    cpu = Path("/proc/cpuinfo")
    flags = cpu.read_text() if cpu.is_file() else ""
    fast = "avx512_bf16" in flags or "amx_bf16" in flags
    return "bfloat16" if fast and keras.backend.backend() == "tensorflow" else "float32"
