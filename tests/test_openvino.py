"""KERAS_BACKEND=openvino: the same pictures from the same weights, and TensorFlow is not needed."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pictures import eight_bit, photograph

import helper
from model import weights
from model.synthesis import noise

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None,
    reason="OpenVINO is not installed (requirements.txt brings it)",
)
ROOT = Path(__file__).parents[1]
WORK = """
import sys
import numpy as np
import helper
from model.inference import engine, openvino
from model.synthesis import noise
network = engine.read_model(helper.WEIGHTS)
exact = engine.Engine(network)
pictures = np.load(sys.argv[1])
results = {}
helper._engine = lambda: exact
for name, picture in pictures.items():
    results[name] = helper.denoise(picture)
results["fit"] = helper.denoise(pictures["gaussian"], mode="fit")
half = engine.Engine(network, "bfloat16")
tile = pictures["float"][:96, :128]
results["exact_tile"], results["half_tile"] = exact(tile), half(tile)
results["playground"] = noise.add(tile, "mixed", 8)
results["seed"] = noise.add(tile, "gaussian", 8, seed=2**32 - 1)  # as the evaluation's may be
np.savez(sys.argv[2], tensorflow="tensorflow" in sys.modules, **results)
"""


@pytest.fixture(scope="module")
def pictures() -> dict[str, np.ndarray]:
    """A photograph under several noises and in every dtype."""
    clean = photograph(150, 200, seed=3)
    grain = noise.add(clean, "gaussian", 25)
    impulses = noise.add(clean, "salt_and_pepper", 0.3)
    return {
        "gaussian": eight_bit(grain),
        "salt_and_pepper": eight_bit(impulses),
        "sixteen": np.rint(noise.add(clean, "gaussian", 15, clip=True) * 65535).astype("uint16"),
        "float": noise.add(clean, "camera", 20, clip=False),
    }


@pytest.fixture(scope="module")
def on_openvino(
    pictures: dict[str, np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, np.ndarray]]:
    """What a process of its own makes of them."""
    folder = tmp_path_factory.mktemp("openvino")
    weights.save_arrays(folder / "in.npz", pictures)
    command = [sys.executable, "-c", WORK, str(folder / "in.npz"), str(folder / "out.npz")]
    environment = os.environ | {"KERAS_BACKEND": "openvino"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    with np.load(folder / "out.npz") as results:
        yield dict(results)


@pytest.fixture(scope="module")
def here(pictures: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What this process's backend makes of them in single precision."""
    model = helper.load_model(helper.WEIGHTS)
    results = {name: helper.denoise(picture, model=model) for name, picture in pictures.items()}
    return results | {"fit": helper.denoise(pictures["gaussian"], mode="fit", model=model)}


@pytest.mark.parametrize("name", ["gaussian", "salt_and_pepper", "sixteen", "float", "fit"])
def test_a_picture_is_the_same_within_a_grey_level(
    name: str, on_openvino: dict[str, np.ndarray], here: dict[str, np.ndarray]
) -> None:
    one, other = on_openvino[name], here[name]
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    top = 1.0 if one.dtype.kind == "f" else np.iinfo(one.dtype).max
    assert np.abs(one.astype("float64") - other).max() <= top / 255


def test_tensorflow_is_never_loaded(on_openvino: dict[str, np.ndarray]) -> None:
    assert not on_openvino["tensorflow"]


def test_half_precision_is_nearly_the_same(on_openvino: dict[str, np.ndarray]) -> None:
    error = on_openvino["half_tile"] - on_openvino["exact_tile"]
    assert np.sqrt(np.mean(error**2)) < 1 / 255


def test_the_playground_s_noise_is_made_without_tensorflow(
    on_openvino: dict[str, np.ndarray], pictures: dict[str, np.ndarray]
) -> None:
    added = on_openvino["playground"] - np.clip(pictures["float"][:96, :128], 0, 1)
    assert 4 / 255 < added.std() < 40 / 255
