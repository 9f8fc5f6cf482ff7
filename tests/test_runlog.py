"""model/training/runlog.py: the log of a training run that stops and goes on."""

import csv
from pathlib import Path

from model.training.runlog import RunLog


def test_a_resumed_log_drops_lines_after_the_checkpoint(tmp_path: Path) -> None:
    log = RunLog(tmp_path)
    for at in (10, 20, 30):
        log.add({"step": at, "loss": 0.5, "psnr": at})
    resumed = RunLog(tmp_path, until=20)
    assert resumed.is_best(25)
    resumed.add({"step": 30, "loss": 0.25, "psnr": 25})
    with (tmp_path / "log.csv").open(newline="") as file:
        assert [row["psnr"] for row in csv.DictReader(file)] == ["10.0", "20.0", "25"]


def test_a_line_that_was_cut_short_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "log.csv").write_text("step,loss,psnr\n10,0.5,30\n20,0.4\n")
    log = RunLog(tmp_path, until=20)
    assert log.is_best(31)
    assert not log.is_best(29)


def test_a_log_goes_on_with_other_columns(tmp_path: Path) -> None:
    RunLog(tmp_path).add({"step": 1, "loss": 0.5, "psnr": 30, "psnr_camera": 29})
    resumed = RunLog(tmp_path, until=1)
    resumed.add({"step": 2, "loss": 0.4, "psnr": 31, "psnr_none": 50})
    again = RunLog(tmp_path, until=2)
    again.add({"step": 3, "loss": 0.3, "psnr": 32, "psnr_none": 51})
    with (tmp_path / "log.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["psnr_camera"] for row in rows] == ["29.0", "", ""]
    assert [row["psnr_none"] for row in rows] == ["", "50.0", "51"]
