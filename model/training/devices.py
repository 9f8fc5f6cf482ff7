"""Where training runs: on one device, or on several with a share of each batch.

Keras' own data parallelism does it on JAX, TensorFlow's on TensorFlow. Either way a step on several
devices is the step that one device would take: the same noise, cut into the same groups from the
whole batch, and one gradient, averaged over all images and clipped after that.
"""

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import keras

from model.synthesis.mixture import Sample
from model.training.step import Corrupt, Loss, TrainingModel


class OneDevice:
    """The backend's first device; the plain case of those below."""

    count = 1

    def scope(self) -> AbstractContextManager[Any]:
        """To be entered where variables of the training are made and where a step is taken."""
        return nullcontext()

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
            return _compiled(TrainingModel(net, self._dealt(corrupt), loss, seed), optimizer)

    def _dealt(self, corrupt: Corrupt) -> Corrupt:
        """The noise, for a batch that is shared out."""
        return corrupt

    def train_on_batch(self, model: TrainingModel, crops: Any) -> Any:
        """One step on (N, H, W, 3) uint8 crops, N a multiple of `count`; returns the loss."""
        with self.scope():
            return model.train_on_batch(crops)


class JaxDevices(OneDevice):
    """One program over all devices, each of which computes its share of it."""

    def __init__(self, names: list[str]) -> None:
        self.count = len(names)
        self._parallel = keras.distribution.DataParallel(devices=names, auto_shard_dataset=False)

    def scope(self) -> AbstractContextManager[Any]:
        return self._parallel.scope()

    def _dealt(self, corrupt: Corrupt) -> Corrupt:
        def shared(clean: Any, noise_seed: keras.random.SeedGenerator) -> Sample:
            # The groups of the mixture are cut across the devices' shares: deal them out again,
            # or the compiler may let every device compute the whole batch.
            return Sample(*(self._share(x) for x in corrupt(clean, noise_seed)))

        return shared

    def _share(self, x: Any) -> Any:
        return keras.distribution.distribute_tensor(x, self._parallel.get_data_layout(x.shape))


class TensorFlowDevices(OneDevice):
    """A copy of the network on each device; the first also makes the noise, for the whole batch."""

    def __init__(self, names: list[str]) -> None:
        import tensorflow as tf

        self.count = len(names)
        self._strategy = tf.distribute.MirroredStrategy(names)
        self._corrupt: Any = None

    def scope(self) -> AbstractContextManager[Any]:
        return self._strategy.scope()

    def training_model(
        self,
        net: keras.Model,
        corrupt: Corrupt,
        loss: Loss,
        seed: int,
        optimizer: keras.optimizers.Optimizer,
    ) -> TrainingModel:
        import tensorflow as tf

        model = TrainingModel(net, corrupt, loss, seed)  # out of scope: one noise, not one a copy
        self._corrupt = tf.function(model.corrupt)
        _clip_the_sum(optimizer)
        with self.scope():
            return _compiled(model, optimizer)

    def train_on_batch(self, model: TrainingModel, crops: Any) -> Any:
        # Given an array, `train_on_batch` would give every copy the whole of it.
        sample, size = self._corrupt(crops), len(crops) // self.count

        def share(context: Any) -> Sample:
            start = context.replica_id_in_sync_group * size
            return Sample(*(x[start : start + size] for x in sample))

        shares = self._strategy.experimental_distribute_values_from_function(share)
        return super().train_on_batch(model, shares)


def choose(count: int | None, batch: int) -> OneDevice:
    """The devices to train on.

    Args:
        count: How many; None for all accelerators that the backend sees.
        batch: Crops a step.

    Raises:
        ValueError: There are not so many, or they cannot share the batch evenly.
    """
    backend = keras.backend.backend()
    several = backend in ("jax", "tensorflow")
    names = keras.distribution.list_devices() if several else [backend]
    count = count or len(names)
    if count > len(names):
        seen = ", ".join(names)
        raise ValueError(f"--devices {count} is too many: {backend} can train on {seen} only.")
    if batch % count:
        fits = batch - batch % count + count
        raise ValueError(
            f"{count} devices cannot share a batch of {batch} evenly: "
            f"give --batch {fits}, or fewer --devices."
        )
    if count == 1:
        return OneDevice()
    kind = JaxDevices if backend == "jax" else TensorFlowDevices
    return kind(names[:count])


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


def _compiled(model: TrainingModel, optimizer: keras.optimizers.Optimizer) -> TrainingModel:
    # XLA gains nothing here on a CPU (measured: 0.55 s a step against 0.29); JAX always compiles.
    model.compile(optimizer=optimizer, jit_compile=keras.backend.backend() == "jax")
    # So that its state can be saved and resumed at any step.
    optimizer.build(model.net.trainable_variables)
    return model


def _clip_the_sum(optimizer: Any) -> None:
    """Makes an optimiser clip the gradient of the whole batch, as on one device.

    Keras clips each copy's share of it, before TensorFlow adds the shares up.
    """
    add_up, clip = optimizer._all_reduce_sum_gradients, optimizer._clip_gradients

    def add_up_and_clip(pairs: Any) -> list[tuple[Any, Any]]:
        gradients, variables = zip(*add_up(pairs), strict=True)
        return list(zip(clip(list(gradients)), variables, strict=True))

    optimizer._all_reduce_sum_gradients = add_up_and_clip
    optimizer._clip_gradients = lambda gradients: gradients
