"""model/train.py and what it is made of: runs that repeat, stop, go on and learn."""

import csv
import importlib.util
import shutil
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import save_folder

from model import train, weights
from model.networks import Network
from model.training import checkpoint, divergence, step

QUICK = ["--side", "32", "--batch", "2", "--every", "4", "--precision", "float32"]
SMALL = [*QUICK, "--widths", "8-16", "--down", "1-1", "--up", "1"]
STEPS = [*SMALL, "--steps", "10"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_folder(tmp_path_factory.mktemp("photos"), 2)


@pytest.fixture(scope="module")
def unbroken(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run of ten steps with the default recipe."""
    out = tmp_path_factory.mktemp("unbroken")
    assert train.main(["--data", str(photos), "--out", str(out), *STEPS]) == 0
    return out


def _log(out: Path) -> list[dict[str, float]]:
    """The lines of a log, without what depends on the clock."""
    with (out / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    clock = ("images_per_s", "waiting")
    return [{k: float(v) for k, v in row.items() if k not in clock} for row in rows]


def _press_ctrl_c_at(step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one_step = train.Run._one_step

    def press(run: train.Run, crops: np.ndarray) -> float:
        if run.at.step == step:
            signal.raise_signal(signal.SIGINT)
        return one_step(run, crops)

    monkeypatch.setattr(train.Run, "_one_step", press)


def _same_weights(one: Path, other: Path) -> bool:
    a, b = weights.load_arrays(one), weights.load_arrays(other)
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_a_run_leaves_weights_log_and_curve(unbroken: Path) -> None:
    names = {path.name for path in unbroken.iterdir()}
    assert names >= {"best.npz", "last.npz", "resume.npz", "log.csv"}
    assert ("curve.png" in names) == (importlib.util.find_spec("matplotlib") is not None)


def test_the_log_has_a_line_a_validation(unbroken: Path) -> None:
    rows = _log(unbroken)
    assert [row["step"] for row in rows] == [4, 8, 10]
    assert all(np.isfinite(value) for row in rows for value in row.values())
    assert rows[-1]["psnr_none"] > 30


def test_a_stopped_and_resumed_run_equals_an_unbroken_one(
    photos: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), *STEPS]
    with monkeypatch.context() as patched:
        _press_ctrl_c_at(5, patched)
        assert train.main(command) == 130
    assert int(weights.load_arrays(tmp_path / "resume.npz")["step"]) == 6
    assert train.main([*command, "--resume"]) == 0
    for name in ("last.npz", "best.npz", "resume.npz"):
        assert _same_weights(tmp_path / name, unbroken / name), name
    # The line in whose stretch the stop fell has the loss of the steps since then.
    one, other = _log(tmp_path), _log(unbroken)
    assert one[1].pop("loss") != other[1].pop("loss")
    assert one == other


def test_original_recipe_runs_20_epochs_of_the_first_version_s_network(
    photos: Path, tmp_path: Path
) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), "--recipe", "original", *QUICK]
    assert train.main([*command, "--every", "10"]) == 0  # saving it takes longer than a step
    assert _log(tmp_path)[-1]["step"] == 20 * 1 / 2  # one photograph to train on, batch 2
    assert weights.read_network(tmp_path / "last.npz") == Network("first", residual=False)


def test_a_run_goes_on_from_given_weights(photos: Path, unbroken: Path, tmp_path: Path) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), *SMALL, "--steps", "1", "--rate", "0"]
    assert train.main([*command, "--weights", str(unbroken / "last.npz")]) == 0
    one, other = (weights.load_arrays(folder / "last.npz") for folder in (tmp_path, unbroken))
    assert (int(one.pop("crops")), int(other.pop("crops"))) == (22, 20)
    assert all(np.array_equal(one[name], other[name]) for name in other)


def _rates(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Fills with the rate of each step from now on."""
    rates: list[float] = []
    rate_at = step.learning_rate

    def noted(*args: Any, **more: Any) -> float:
        rates.append(rate_at(*args, **more))
        return rates[-1]

    monkeypatch.setattr(step, "learning_rate", noted)
    return rates


def test_a_copy_is_cooled_down_and_the_run_itself_left_as_it_was(
    photos: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = _rates(monkeypatch)
    checkpoint = unbroken / "resume.npz"
    before = checkpoint.read_bytes()
    command = ["--data", str(photos), "--out", str(tmp_path), *SMALL, "--steps", "4"]
    command += ["--rate", "3e-3", "--cool-down-from", str(checkpoint)]
    assert train.main(command) == 0
    assert rates == pytest.approx([3e-3, 2.25e-3, 1.5e-3, 0.75e-3])
    assert [row["step"] for row in _log(tmp_path)] == [12, 14]
    assert weights.read_crops(tmp_path / "last.npz") == 28
    assert not _same_weights(tmp_path / "last.npz", unbroken / "last.npz")
    assert checkpoint.read_bytes() == before


def test_a_cool_down_begins_at_the_run_s_own_rate_and_keeps_its_settings(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", str(photos), *SMALL]
    hot = ["--out", str(tmp_path / "hot"), "--steps", "2", "--rate", "4e-4", "--cool-down", "0"]
    assert train.main([*command, *hot, "--noise", "white", "--seed", "5"]) == 0
    rates = _rates(monkeypatch)
    cool = ["--out", str(tmp_path / "cool"), "--steps", "2"]
    source = tmp_path / "hot" / "resume.npz"
    assert train.main([*command, *cool, "--cool-down-from", str(source)]) == 0
    assert rates == pytest.approx([4e-4, 2e-4])
    saved = checkpoint.read(tmp_path / "cool" / "resume.npz", batch=2).settings
    assert (saved["noise"], saved["seed"], saved["cool_down"]) == ("white", 5, 1.0)


def test_a_resumed_run_keeps_what_is_not_given_again(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = ["--data", str(photos), "--out", str(tmp_path)]
    more = ["--noise", "white", "--seed", "5", "--loss", "mse", "--decay", "0"]
    assert train.main([*out, *STEPS, *more, "--steps", "2"]) == 0
    resume = [*out, "--resume", "--steps", "4", "--loss", "log_mse", "--precision", "float32"]
    assert train.main(resume) == 0
    saved = checkpoint.read(tmp_path / "resume.npz", batch=2)
    assert (saved.progress.step, saved.progress.seen) == (4, 8)
    assert saved.settings["widths"] == "8-16"
    assert [saved.settings[k] for k in ("noise", "seed", "loss")] == ["white", 5, "log_mse"]


def test_what_is_given_anew_must_fit_the_run(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["--data", str(photos), "--out", str(tmp_path)]
    assert train.main([*out, *STEPS, "--steps", "1"]) == 0
    assert train.main([*out, "--resume", "--dropout", "0.1"]) == 2
    assert "--dropout is for --network first alone" in capsys.readouterr().err
    assert train.main([*out, "--resume", "--side", "40"]) == 2
    assert "--side must be a multiple of 32" in capsys.readouterr().err


def test_a_rate_that_is_given_anew_is_taken_as_it_is(photos: Path, tmp_path: Path) -> None:
    out = ["--data", str(photos), "--out", str(tmp_path), *STEPS]
    path = tmp_path / "resume.npz"
    assert train.main([*out, "--steps", "1"]) == 0
    weights.save_arrays(path, weights.load_arrays(path) | {"slower": np.array(0.7)})
    assert train.main([*out, "--steps", "2", "--resume"]) == 0
    assert checkpoint.read(path, batch=2).progress.slower == 0.7
    assert train.main([*out, "--steps", "3", "--resume", "--rate", "1e-3"]) == 0
    assert checkpoint.read(path, batch=2).progress.slower == 1.0


def test_a_stopped_cool_down_goes_on_with_its_own_schedule(
    photos: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), *SMALL]
    cool = ["--steps", "4", "--rate", "4e-3", "--cool-down-from", str(unbroken / "resume.npz")]
    rates = _rates(monkeypatch)
    with monkeypatch.context() as patched:
        _press_ctrl_c_at(11, patched)
        assert train.main([*command, *cool]) == 130
    assert train.main([*command, "--resume"]) == 0
    assert rates == pytest.approx([4e-3, 3e-3, 2e-3, 1e-3])
    assert [row["step"] for row in _log(tmp_path)] == [12, 14]


def test_a_finished_run_says_so_and_goes_on_for_more_steps(
    photos: Path, unbroken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(unbroken, tmp_path / "run")
    command = ["--data", str(photos), "--out", str(tmp_path / "run"), *SMALL, "--resume"]
    assert train.main(command) == 0
    assert "This run has finished its 10 steps" in capsys.readouterr().out
    assert train.main([*command, "--steps", "11", "--batch", "4"]) == 0
    assert weights.read_crops(tmp_path / "run" / "last.npz") == 10 * 2 + 4


def test_a_new_run_does_not_overwrite_one_that_is_there(
    photos: Path, unbroken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (unbroken / "resume.npz").read_bytes()
    command = ["--data", str(photos), "--out", str(unbroken), *STEPS]
    for more in ([], ["--cool-down-from", str(unbroken / "resume.npz")]):
        assert train.main([*command, *more]) == 2
        assert "holds a run already. Continue it with --resume" in capsys.readouterr().err
    assert (unbroken / "resume.npz").read_bytes() == before


def test_an_output_that_is_a_file_is_a_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("here already")
    assert train.main(["--data", str(photos), "--out", str(tmp_path / "file"), *STEPS]) == 2
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_a_run_that_diverges_goes_back_and_goes_on_at_a_lower_rate(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one_step = train.Run._one_step
    exploded: list[int] = []

    def explode_once(run: train.Run, crops: np.ndarray) -> float:
        loss = one_step(run, crops)
        if run.at.step < 6 or exploded:
            return loss
        exploded.append(run.at.step)
        run.net.set_weights([w * 1e4 for w in run.net.get_weights()])
        return 50.0

    monkeypatch.setattr(divergence, "PATIENCE", 4)  # two steps
    monkeypatch.setattr(divergence, "TOLERANCE", 20.0)  # of so few images the loss wavers
    monkeypatch.setattr(train.Run, "_one_step", explode_once)
    assert train.main(["--data", str(photos), "--out", str(tmp_path), *STEPS]) == 0
    out = capsys.readouterr().out
    assert "Diverged at step 6: back to step 4, at 0.7 x the rate." in out
    assert [row["step"] for row in _log(tmp_path)] == [4, 8, 10]
    saved = checkpoint.read(tmp_path / "resume.npz", batch=2).progress
    assert (saved.step, saved.seen, saved.fed, saved.slower) == (10, 20, 12, 0.7)
    assert all(
        abs(w).max() < 10
        for w in weights.load_arrays(tmp_path / "last.npz").values()
        if w.dtype.kind == "f"
    )


def test_a_run_that_diverges_again_and_again_is_a_sentence(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(train.Run, "_one_step", lambda run, crops: float("nan"))
    assert train.main(["--data", str(photos), "--out", str(tmp_path), *STEPS]) == 2
    assert "keeps diverging: lower --rate" in capsys.readouterr().err


def test_weights_are_no_checkpoint_to_cool_down_from(
    photos: Path, unbroken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), *STEPS]
    assert train.main([*command, "--cool-down-from", str(unbroken / "last.npz")]) == 2
    assert "is not a checkpoint: give the resume.npz of a run" in capsys.readouterr().err


def test_real_pairs_join_the_batch_and_are_not_forgotten(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for side in ("gt", "noisy"):
        save_folder(tmp_path / "pairs" / side, 2)
    command = ["--data", str(photos), "--out", str(tmp_path / "out"), *SMALL, "--batch", "8"]
    assert train.main([*command, "--steps", "2", "--pairs", str(tmp_path / "pairs")]) == 0
    assert weights.read_crops(tmp_path / "out" / "last.npz") == 16
    assert train.main([*command, "--steps", "3", "--resume"]) == 2
    assert "Give its --pairs again, or --real 0." in capsys.readouterr().err
    assert train.main([*command, "--steps", "3", "--resume", "--real", "0"]) == 0


def test_pairs_without_their_folders_are_a_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), *STEPS, "--batch", "8"]
    assert train.main([*command, "--pairs", str(tmp_path / "nowhere")]) == 2
    assert "Give --pairs a folder with gt/ and noisy/." in capsys.readouterr().err


@pytest.mark.parametrize(("batch", "real"), [("2", "0.12"), ("2", "0.9")])
def test_no_pair_or_nothing_else_in_a_batch_is_a_sentence(
    photos: Path, tmp_path: Path, batch: str, real: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(photos), "--out", str(tmp_path), *STEPS, "--batch", batch]
    assert train.main([*command, "--real", real, "--pairs", str(photos)]) == 2
    assert "Give another --real or --batch" in capsys.readouterr().err


def test_a_missing_folder_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--data", "nowhere"]) == 2
    message = capsys.readouterr().err
    assert message == "There is no folder nowhere. Give --data a folder of photographs.\n"


def test_nothing_to_resume_is_a_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train.main(["--data", str(photos), "--out", str(tmp_path), *QUICK, "--resume"]) == 2
    assert "There is nothing to resume" in capsys.readouterr().err


def test_another_recipe_s_run_is_not_resumed(
    photos: Path, unbroken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--data", str(photos), "--out", str(unbroken), *SMALL, "--resume"]
    assert train.main([*command, "--widths", "16-32"]) == 2
    assert "was saved with other settings" in capsys.readouterr().err
