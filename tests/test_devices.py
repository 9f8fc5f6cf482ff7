"""training/devices.py: a step on two devices is the step that one device takes."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from pictures import save_folder

from model import weights
from model.training import devices

SCRIPT = Path(__file__).parent / "virtual_devices.py"
# The processor as two devices; so short a run gains nothing from good code.
XLA = "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0"
# Small in every way, as compiling takes most of the time.
TRAIN = ("train", "--side=32", "--batch=4", "--steps=2", "--every=2", "--precision=float32")
SMALL = ("--noise=original", "--optimizer=adam", "--widths=16-16-16", "--down=1-1-1", "--up=1-1")
needs_jax = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None,
    reason="JAX is not installed (the extra 'dev' brings it)",
)


def _run(*arguments: object) -> str:
    """What the script prints."""
    environment = os.environ | {"KERAS_BACKEND": "jax", "XLA_FLAGS": XLA}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Weights and losses of two steps of gradient descent, on one device and on two."""
    path = tmp_path_factory.mktemp("steps") / "steps.npz"
    _run("steps", path)
    found = weights.load_arrays(path)

    def part(prefix: str) -> dict[str, np.ndarray]:
        return {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}

    return part


@needs_jax
def test_two_devices_take_the_step_of_one(steps) -> None:  # type: ignore[no-untyped-def]
    one, two, start = steps("1 "), steps("2 "), steps("0 ")
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-5)
    names = [name for name in one if name.startswith("weight")]
    for name in names:
        assert two[name] == pytest.approx(one[name], abs=1e-6), name
    # A sum of gradients in place of their mean would move them by as much again.
    assert max(np.abs(one[name] - start[name]).max() for name in names) > 1e-4


@needs_jax
def test_the_copies_stay_equal(steps) -> None:  # type: ignore[no-untyped-def]
    two = steps("2 weight ")
    firsts = [key for key in two if key.endswith("on 0")]
    assert len(firsts) == len(two) / 2 > 20
    for key in firsts:
        assert np.array_equal(two[key], two[key.replace("on 0", "on 1")]), key


@needs_jax
def test_training_uses_all_devices_by_default(tmp_path: Path) -> None:
    photos = save_folder(tmp_path / "photos", 2)
    words = _run(*TRAIN, *SMALL, "--data", photos, "--out", tmp_path / "run")
    assert "on 2 devices (jax)" in words
    saved = weights.load_arrays(tmp_path / "run" / "resume.npz")
    assert int(saved["step"]) == 2
    numbers = (array for array in saved.values() if array.dtype.kind == "f")
    assert all(np.isfinite(array).all() for array in numbers)


@pytest.mark.parametrize(
    ("backend", "count", "batch", "sentence"),
    [
        ("jax", 3, 32, "--devices 3 is too many: JAX sees cpu:0, cpu:1 only."),
        ("jax", 2, 33, "2 devices cannot share a batch of 33 evenly: give --batch 34, or fewer"),
        ("tensorflow", 2, 32, "--devices 2: only JAX trains on several devices"),
    ],
)
def test_devices_that_cannot_be_used_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, backend: str, count: int, batch: int, sentence: str
) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0", "cpu:1"])
    with pytest.raises(ValueError, match=sentence):
        devices.choose(count, batch)
