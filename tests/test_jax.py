"""Training on JAX: what it needs does there what it does on TensorFlow."""

import importlib.util
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import save_folder
from waiting import until

from model import weights

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("jax") is None,
    reason="JAX is not installed (the extra 'dev' brings it)",
)
TESTS = Path(__file__).parent
ROOT = TESTS.parent
# So short a run gains nothing from good code.
ENVIRONMENT = os.environ | {
    "KERAS_BACKEND": "jax",
    "XLA_FLAGS": "--xla_backend_optimization_level=0",
}


def test_the_mixture_s_random_numbers_are_as_good_on_jax() -> None:
    # The original mixture, as the blind one takes minutes to compile; training runs that below.
    tests = [str(TESTS / "test_mixture.py"), "-k", "original_hits_a_fifth"]
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(
        command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]


def test_training_runs_on_jax_and_ctrl_c_saves(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = [sys.executable, "-m", "model.train", "--out", str(out)]
    command += ["--data", str(save_folder(tmp_path / "photos", 2))]
    # Small, as compiling takes most of the time.
    command += ["--side=32", "--batch=2", "--every=2", "--widths=16-16-16", "--down=1-1-1"]
    process = subprocess.Popen([*command, "--up=1-1"], cwd=ROOT, env=ENVIRONMENT)
    try:
        until(lambda: (out / "log.csv").is_file() or process.poll() is not None, seconds=300)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=300) == 130
    finally:
        process.kill()
    saved = weights.load_arrays(out / "resume.npz")
    assert int(saved["step"]) >= 2
    numbers = (array for array in saved.values() if array.dtype.kind == "f")
    assert all(np.isfinite(array).all() for array in numbers)
