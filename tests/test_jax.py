"""Training on JAX: what it needs does there what it does on TensorFlow."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pictures import save_folder

from model import weights

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None,
    reason="JAX is not installed (the extra 'dev' brings it)",
)
TESTS = Path(__file__).parent
ROOT = TESTS.parent
# Compiling takes most of the time, and so short a run gains nothing from good code.
ENVIRONMENT = os.environ | {
    "KERAS_BACKEND": "jax",
    "XLA_FLAGS": "--xla_backend_optimization_level=0",
}


def test_the_mixture_of_noises_is_the_same_on_jax() -> None:
    tests = [
        str(TESTS / "test_mixture.py"),
        "-k",
        "left_clean or pure_salt or left_intact or hits_a_fifth",
    ]
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture(scope="module")
def jax_runs(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, tuple["subprocess.Popen[bytes]", Path]]]:
    """Both recipes under JAX at the same time, as compiling them is slow; each with its folder."""
    photos = save_folder(tmp_path_factory.mktemp("photos"), 2)
    runs = {}
    for recipe, steps in (("blind", 100_000), ("original", 2)):
        out = tmp_path_factory.mktemp(f"jax_{recipe}")
        command = [sys.executable, "-m", "model.train", "--data", str(photos), "--out", str(out)]
        command += ["--side", "32", "--batch", "2", "--every", "4"]
        command += ["--recipe", recipe, "--steps", str(steps)]
        process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT)
        runs[recipe] = (process, out)
    yield runs
    for process, _ in runs.values():
        process.kill()


def test_default_recipe_runs_on_jax_and_ctrl_c_saves(jax_runs) -> None:  # type: ignore[no-untyped-def]
    process, out = jax_runs["blind"]
    while not (out / "resume.npz").is_file() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=300) == 130
    saved = weights.load_arrays(out / "resume.npz")
    assert int(saved["step"]) >= 4
    assert all(np.isfinite(array).all() for array in saved.values())


def test_original_recipe_runs_on_jax(jax_runs) -> None:  # type: ignore[no-untyped-def]
    process, out = jax_runs["original"]
    assert process.wait(timeout=300) == 0
    assert (out / "log.csv").read_text().splitlines()[1].startswith("2,")
