"""training/devices.py: a step on two devices is the step that one device takes, either backend."""

import csv
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import save_folder

from model import weights
from model.training import devices

SCRIPT = Path(__file__).parent / "virtual_devices.py"
# Two processors for JAX. Compiling takes most of the time, and so short a run gains nothing from
# good code.
XLA = "--xla_force_host_platform_device_count=2 --xla_backend_optimization_level=0"
TRAIN = ["train", "--seed=2", "--side=32", "--batch=16", "--every=4", "--precision=float32"]
BACKENDS = [
    "tensorflow",
    pytest.param(
        "jax",
        marks=pytest.mark.skipif(
            importlib.util.find_spec("jax") is None,
            reason="JAX is not installed (the extra 'dev' brings it)",
        ),
    ),
]


def _start(backend: str, *arguments: object) -> "subprocess.Popen[str]":
    environment = os.environ | {"KERAS_BACKEND": backend, "XLA_FLAGS": XLA}
    command = [sys.executable, str(SCRIPT), *map(str, arguments)]
    return subprocess.Popen(command, env=environment, text=True, stdout=-1, stderr=-1)


def _finish(process: "subprocess.Popen[str]") -> str:
    words, errors = process.communicate(timeout=600)
    assert process.returncode == 0, errors[-3000:]
    return words


@pytest.fixture(scope="module", params=BACKENDS)
def steps(request, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """Weights and losses of two steps of gradient descent, on one device and on two."""
    path = tmp_path_factory.mktemp("steps") / "steps.npz"
    _finish(_start(request.param, "steps", path))
    found = weights.load_arrays(path)

    def part(prefix: str) -> dict[str, np.ndarray]:
        return {k.removeprefix(prefix): v for k, v in found.items() if k.startswith(prefix)}

    return part


@pytest.mark.parametrize("clip", ["unclipped", "clipped"])
def test_two_devices_take_the_step_of_one(steps, clip: str) -> None:  # type: ignore[no-untyped-def]
    one, two = steps(f"{clip} 1 "), steps(f"{clip} 2 ")
    assert two["losses"] == pytest.approx(one["losses"], abs=1e-5)
    for key in one:
        if key.startswith("weight"):
            assert two[key] == pytest.approx(one[key], abs=1e-6), key
    # So small a difference would not be met by a sum of gradients, or by shares clipped each.
    other = steps(f"{'clipped' if clip == 'unclipped' else 'unclipped'} 1 ")
    moved = max(np.abs(one[k] - other[k]).max() for k in one if k.startswith("weight"))
    assert moved > 1e-4


def test_the_copies_stay_equal(steps) -> None:  # type: ignore[no-untyped-def]
    two = steps("unclipped 2 weight ")
    firsts = [key for key in two if key.endswith("on 0")]
    assert len(firsts) == len(two) / 2 > 20
    for key in firsts:
        assert np.array_equal(two[key], two[key.replace("on 0", "on 1")]), key


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[int, tuple[Path, str]]:
    """The default recipe on TensorFlow, on one device and on two: folder and printed lines."""
    photos = save_folder(tmp_path_factory.mktemp("photos"), 2)
    out = {count: tmp_path_factory.mktemp(f"on{count}") for count in (1, 2)}
    started = {
        count: _start(
            *("tensorflow", *TRAIN, "--data", photos, "--out", out[count]),
            *("--steps", 8, *(["--devices", 1] if count == 1 else [])),  # all by default
        )
        for count in out
    }
    return {count: (out[count], _finish(process)) for count, process in started.items()}


def _rows(out: Path) -> list[dict[str, float]]:
    with (out / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    clock = ("images_per_s", "waiting")
    return [{k: float(v) for k, v in row.items() if k not in clock} for row in rows]


def test_all_devices_are_used_unless_told(runs: dict[int, tuple[Path, str]]) -> None:
    assert "on 1 device of tensorflow" in runs[1][1]
    assert "on 2 devices of tensorflow" in runs[2][1]


def test_the_loss_curve_is_that_of_one_device(runs: dict[int, tuple[Path, str]]) -> None:
    one, two = _rows(runs[1][0]), _rows(runs[2][0])
    assert [row["step"] for row in two] == [4, 8]
    for a, b in zip(one, two, strict=True):
        assert b == pytest.approx(a, abs=0.01)  # log MSE; dB of validation
    assert abs(one[0]["loss"] - one[1]["loss"]) > 0.02  # it differs between the lines


def test_noise_and_optimiser_stand_where_one_device_s_do(
    runs: dict[int, tuple[Path, str]],
) -> None:
    one, two = (weights.load_arrays(runs[count][0] / "resume.npz") for count in (1, 2))
    assert one.keys() == two.keys()
    for key in one:
        if one[key].dtype.kind in "iu":
            assert np.array_equal(one[key], two[key]), key


def test_a_run_of_two_devices_goes_on_after_a_stop(
    runs: dict[int, tuple[Path, str]], tmp_path: Path
) -> None:
    photos = save_folder(tmp_path / "photos", 2)
    command = ("tensorflow", *TRAIN, "--data", photos, "--out", tmp_path / "run", "--steps")
    # The rate falls at the end only, so that four steps of eight are those of a run of four.
    _finish(_start(*command, 4, "--cool-down", "0"))
    _finish(_start(*command, 8, "--cool-down", "0", "--resume"))
    assert [row["step"] for row in _rows(tmp_path / "run")] == [4, 8]
    unbroken = weights.load_arrays(runs[2][0] / "resume.npz")
    resumed = weights.load_arrays(tmp_path / "run" / "resume.npz")
    numbers = [key for key in unbroken if unbroken[key].dtype.kind in "iu"]
    assert all(np.array_equal(unbroken[key], resumed[key]) for key in numbers)


@pytest.mark.parametrize(
    ("count", "batch", "sentence"),
    [
        (3, 32, "--devices 3 is too many: tensorflow can train on cpu:0, cpu:1 only."),
        (2, 33, "2 devices cannot share a batch of 33 evenly: give --batch 34, or fewer"),
    ],
)
def test_devices_that_cannot_be_used_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, count: int, batch: int, sentence: str
) -> None:
    import keras

    monkeypatch.setattr(keras.distribution, "list_devices", lambda: ["cpu:0", "cpu:1"])
    with pytest.raises(ValueError, match=sentence):
        devices.choose(count, batch)
