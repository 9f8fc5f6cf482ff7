"""model/training/teacher.py: a phase of training that holds what the network does with noise."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import ops
from pictures import photograph, save_folder

from model import train, weights
from model.networks import Network
from model.synthesis.mixture import Sample
from model.training import step, teacher

SMALL = ["--widths", "8-16", "--down", "1-1", "--up", "1", "--side", "32", "--batch", "2"]


def _crops() -> np.ndarray:
    return np.stack([photograph(32, 32, seed) for seed in range(2)]).astype("float32")


def _shifted(x: Any, training: bool) -> Any:
    """A teacher that moves everything a pixel to the right."""
    return ops.roll(x, 1, axis=2)


def test_the_goal_is_between_the_mirrored_results_and_the_truth() -> None:
    truth = _crops()
    noisy = truth + np.random.default_rng(1).normal(0, 0.1, truth.shape).astype("float32")
    noisy[1] = truth[1]  # no noise
    goal = np.array(teacher.goal(_shifted, Sample(noisy, truth, np.zeros_like(noisy))))
    results = (np.roll(noisy, 1, axis=2) + np.roll(noisy, -1, axis=2)) / 2
    assert goal[0] == pytest.approx(results[0] + teacher.TRUTH * (truth[0] - results[0]), abs=1e-5)
    assert goal[1] == pytest.approx(truth[1], abs=1e-6)


def test_what_salt_and_pepper_left_intact_is_kept_by_the_teacher_too() -> None:
    noisy, truth = _crops() + np.float32(0.2), _crops()
    goal = np.array(teacher.goal(_shifted, Sample(noisy, truth, np.ones_like(noisy))))
    assert goal == pytest.approx(noisy + teacher.TRUTH * (truth - noisy), abs=1e-5)


def _after_a_step(noise: float, taught: bool) -> list[np.ndarray]:
    """The weights after a step of gradient descent, from weights that are no identity."""
    keras.utils.set_random_seed(3)
    nets = [Network("second", widths=(8, 16), down=(1, 1), up=(1,)).build() for _ in range(2)]
    random = np.random.default_rng(3)
    start = [random.normal(0, 0.05, w.shape).astype("float32") for w in nets[0].get_weights()]

    def corrupt(clean: Any, seed: Any) -> Sample:
        return Sample(clean + noise * ops.sign(clean - 0.5), clean, ops.zeros_like(clean))

    parts = nets[0], corrupt, step.log_mse, 1
    nets[0].set_weights(start)
    model = teacher.TaughtModel(*parts, teacher=nets[1]) if taught else step.TrainingModel(*parts)
    model.compile(optimizer=keras.optimizers.SGD(1e-3))
    own = nets[1].get_weights()
    model.train_on_batch((_crops() * 255).astype("uint8"))
    assert all(np.array_equal(a, b) for a, b in zip(own, nets[1].get_weights(), strict=True))
    return [after - before for after, before in zip(nets[0].get_weights(), start, strict=True)]


def test_crops_without_noise_teach_as_they_do_without_a_teacher() -> None:
    alone, taught = (np.concatenate([x.ravel() for x in _after_a_step(0, t)]) for t in (0, 1))
    assert np.abs(alone).max() > 1e-5
    assert taught == pytest.approx(alone, rel=1e-3, abs=1e-7)


def test_crops_with_noise_teach_otherwise() -> None:
    alone, taught = (np.concatenate([x.ravel() for x in _after_a_step(0.2, t)]) for t in (0, 1))
    assert np.linalg.norm(taught - alone) > 0.1 * np.linalg.norm(alone)


def test_a_run_with_a_teacher_goes_on_with_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = save_folder(tmp_path / "photos", 2)
    command = ["--data", str(photos), "--precision", "float32", "--every", "4"]
    first, second = tmp_path / "first", tmp_path / "second"
    assert train.main([*command, *SMALL, "--steps", "4", "--out", str(first)]) == 0
    held = first / "last.npz"
    taught = [*command, "--cool-down-from", str(first / "resume.npz"), "--out", str(second)]
    assert train.main([*taught, "--steps", "4", "--teacher", str(held)]) == 0
    assert weights.read_crops(second / "last.npz") == 16
    again = [*command, "--out", str(second), "--resume", "--steps", "6"]
    assert train.main(again) == 2
    assert "Give its --teacher again." in capsys.readouterr().err
    assert train.main([*again, "--teacher", str(held)]) == 0


def test_a_teacher_that_is_no_weight_file_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = save_folder(tmp_path / "photos", 2)
    command = ["--data", str(photos), *SMALL, "--steps", "2", "--out", str(tmp_path / "out")]
    assert train.main([*command, "--teacher", str(tmp_path / "none.npz")]) == 2
    assert "There is no file" in capsys.readouterr().err


def test_a_teacher_needs_its_own_loss(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["--data", str(tmp_path), "--loss", "mse", "--teacher", str(tmp_path / "any.npz")]
    with pytest.raises(SystemExit):
        train.main(command)
    assert "--teacher goes with --loss log_mse alone" in capsys.readouterr().err
