"""The network made ready to run: without retracing, in the precision that is fastest."""

import gc
import importlib.util
import threading
import time
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np

from model import weights
from model.inference import tiles
from model.networks import Network

SAME_ENOUGH = 54.0  # dB between two precisions; it costs a result of 34 dB 0.05 dB
# Pixels of a tile by precision, where OpenVINO is Keras' backend too. Whoever takes that is short
# of memory, and it keeps 180 (in float32 340) bytes for each pixel of a tile. A picture of 12
# megapixels then computes 1.43 (in float32 1.60) times its pixels, not 1.25.
_FRUGAL = {"bfloat16": 512 * 1024, "float32": 320 * 1024}
_TRIAL = 256  # side of the tile that is timed


class Engine:
    """Calls the network; safe from several threads, one tile at a time.

    A second tile at once would not be faster on the same processor, and would double the memory.

    Args:
        model: From `read_model` or `Network.build`.
        precision: What it computes in. OpenVINO converts to it; elsewhere the model is in it.
        runtime: What computes it: Keras' backend, or "openvino" on any backend.
    """

    def __init__(
        self, model: keras.Model, precision: str = "float32", runtime: str | None = None
    ) -> None:
        self.precision = precision
        self.runtime = runtime or keras.backend.backend()
        frugal = keras.backend.backend() == "openvino"
        self.tile_pixels = _FRUGAL[precision] if frugal else tiles.PIXELS
        self.tiling = Network.of(model).tiling
        self._lock = threading.Lock()
        self._predict = _compiled(model, precision, self.runtime)

    def __call__(self, tile: np.ndarray) -> np.ndarray:
        """(H, W, 3) float32 -> (H, W, 3) float32; sides as `tiling` says."""
        with self._lock:
            return self._predict(np.ascontiguousarray(tile[None], "float32"))[0]


def _compiled(
    model: keras.Model, precision: str, runtime: str
) -> Callable[[np.ndarray], np.ndarray]:
    if runtime == "openvino":
        from model.inference.openvino import compiled

        return compiled(model, precision)
    if runtime != "tensorflow":
        return lambda batch: np.asarray(model.predict_on_batch(batch))
    import tensorflow as tf

    # One trace serves every tile shape: each trace would cost a second and keep its memory.
    shape = tf.TensorSpec([None, None, None, 3], tf.float32)
    function = tf.function(lambda batch: model(batch, training=False), input_signature=[shape])
    return lambda batch: function(tf.constant(batch)).numpy()


def read_model(path: Path, precision: str = "float32") -> keras.Model:
    """Builds the network that a weight file holds, in float32, or mixed bfloat16 or float16.

    Raises:
        ValueError: It is no weight file of this project.
    """
    network = weights.read_network(path)
    before = keras.config.dtype_policy()
    policy = precision if precision == "float32" else f"mixed_{precision}"
    keras.config.set_dtype_policy(policy)
    try:
        model = network.build()
    finally:
        keras.config.set_dtype_policy(before)
    weights.load(model, path)
    return model


def fastest(path: Path) -> Engine:
    """Times one tile each way and keeps the fastest whose result agrees with float32's.

    bfloat16 halves the time on processors that compute in it and is slower on all others. OpenVINO
    halves it where TensorFlow's own kernels do not suit the processor.
    """
    model = read_model(path)
    best = Engine(model)
    shades = np.random.default_rng(0).normal(0, 0.1, (_TRIAL, _TRIAL, 3)) + np.linspace(
        0.1, 0.9, _TRIAL
    ).reshape(-1, 1, 1)
    tile = shades.astype("float32")
    exact = best(tile)
    for precision, runtime in _rivals():
        # OpenVINO converts the same weights itself.
        converts = runtime == "openvino"
        rival = Engine(model if converts else read_model(path, precision), precision, runtime)
        error = max(float(np.mean((rival(tile) - exact) ** 2)), 1e-12)
        agree = -10 * np.log10(error) >= SAME_ENOUGH
        if agree and _seconds(rival, tile) < _seconds(best, tile):
            best = rival
        del rival
    del model
    gc.collect()  # what was not chosen: a Keras model refers to itself
    return best


def _rivals() -> list[tuple[str, str]]:
    """What might be faster here than float32 on Keras' backend: precision and runtime."""
    if keras.backend.backend() == "openvino":
        return [("bfloat16", "openvino")] if "bfloat16" in _on_openvino() else []
    if keras.backend.backend() != "tensorflow":
        return []
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        return [("bfloat16", "tensorflow"), ("float16", "tensorflow")]
    return [("bfloat16", "tensorflow"), *((p, "openvino") for p in _on_openvino())]


def _on_openvino() -> tuple[str, ...]:
    """The precisions that OpenVINO offers; none where it is not installed."""
    if importlib.util.find_spec("openvino") is None:
        return ()
    from model.inference.openvino import precisions

    return precisions()


def _seconds(engine: Engine, tile: np.ndarray) -> float:
    """The best of three runs."""
    times = []
    for _ in range(3):
        began = time.perf_counter()
        engine(tile)
        times.append(time.perf_counter() - began)
    return min(times)
