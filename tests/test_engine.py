"""model/inference/engine.py: the network, ready to run."""

import threading
from pathlib import Path

import keras
import numpy as np
import pytest

from model import weights
from model.inference import engine
from model.networks import Network
from model.unet import build_unet


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small first-version network: its output depends on every weight from the start."""
    path = tmp_path_factory.mktemp("weights") / "net.npz"
    weights.save(build_unet(residual=False), path)
    return path


@pytest.fixture(scope="module")
def tile() -> np.ndarray:
    return np.random.default_rng(0).random((64, 96, 3)).astype("float32")


def test_reading_builds_the_form_that_the_file_holds(saved: Path) -> None:
    net = engine.read_model(saved)
    assert Network.of(net) == Network("first", residual=False)
    assert net.count_params() == 13_361_747


def test_reading_in_bfloat16_leaves_the_process_s_policy_alone(saved: Path) -> None:
    net = engine.read_model(saved, "bfloat16")
    assert net.get_layer("bottom_conv1").compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"


def test_the_engine_gives_what_the_network_gives(saved: Path, tile: np.ndarray) -> None:
    net = engine.read_model(saved)
    result = engine.Engine(net)(tile)
    assert result.shape == tile.shape
    assert result.dtype == np.float32
    assert np.allclose(result, np.asarray(net(tile[None]))[0], atol=1e-5)


@pytest.mark.parametrize("network", [Network("first", residual=False), Network("second")])
def test_openvino_computes_the_same_beside_keras_own_backend(
    network: Network, tile: np.ndarray
) -> None:
    pytest.importorskip("openvino")
    net, random = network.build(), np.random.default_rng(0)
    net.set_weights([w + random.normal(0, 0.01, w.shape) for w in net.get_weights()])
    other = engine.Engine(net, runtime="openvino")
    assert other.runtime == "openvino"
    assert np.allclose(other(tile), engine.Engine(net)(tile), atol=1e-4)


def test_openvino_names_a_layer_that_it_does_not_know() -> None:
    pytest.importorskip("openvino")
    net = keras.Sequential([keras.Input((None, None, 3)), keras.layers.UpSampling2D(name="wider")])
    with pytest.raises(ValueError, match="wider"):
        engine.Engine(net, runtime="openvino")


def test_every_way_that_can_be_had_here_is_timed(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    seconds = iter((3.0, 1.0, 2.0, 1.0, 2.0, 1.0))  # each rival, then the best so far

    def timed(run: engine.Engine, tile: np.ndarray) -> float:
        tried.append((run.precision, run.runtime))
        return next(seconds)

    monkeypatch.setattr(engine, "_seconds", timed)
    monkeypatch.setattr(engine, "SAME_ENOUGH", 0.0)
    assert engine.fastest(saved).precision == "float32"
    assert set(engine._rivals()) <= set(tried)


def test_one_trace_serves_every_shape(saved: Path) -> None:
    traced = []

    class Counting(keras.layers.Layer):
        def call(self, x):  # type: ignore[no-untyped-def]
            traced.append(1)
            return x

    image = keras.Input((None, None, 3))
    counting = engine.Engine(keras.Model(image, Counting()(image)))
    traced.clear()
    for side in (32, 64, 96):
        assert counting(np.zeros((side, 64, 3), "float32")).shape == (side, 64, 3)
    if keras.backend.backend() == "tensorflow":
        assert len(traced) == 1


def test_threads_get_their_own_results(saved: Path) -> None:
    run = engine.Engine(engine.read_model(saved))
    tiles = [np.full((32, 32, 3), value, "float32") for value in (0.1, 0.4, 0.7, 1.0)]
    alone = [run(tile) for tile in tiles]
    together: dict[int, np.ndarray] = {}

    def work(number: int) -> None:
        for _ in range(3):
            together[number] = run(tiles[number])

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(together[number], alone[number]) for number in range(4))


def test_the_fastest_engine_agrees_with_single_precision(saved: Path, tile: np.ndarray) -> None:
    exact = engine.Engine(engine.read_model(saved))(tile)
    error = np.mean((engine.fastest(saved)(tile) - exact) ** 2)
    assert -10 * np.log10(max(error, 1e-12)) > engine.SAME_ENOUGH - 6
