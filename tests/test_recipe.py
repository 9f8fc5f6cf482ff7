"""model/recipe.py and model/training/feed.py: what a run's command line asks for."""

from pathlib import Path

import pytest

from model.recipe import parse
from model.training import feed
from model.training.data import Picture


def test_pairs_are_shared_evenly_by_the_devices(tmp_path: Path) -> None:
    command = ["--data", str(tmp_path), "--pairs", "pairs", "--batch", "64"]
    args = parse(command, None)
    assert [feed.pairs_a_step(args, devices) for devices in (1, 2, 4, 8)] == [8, 8, 8, 8]
    args = parse([*command[:-1], "32"], None)
    assert [feed.pairs_a_step(args, devices) for devices in (1, 2, 4)] == [4, 4, 4]


def test_few_pictures_change_sides_when_a_folder_grows(tmp_path: Path) -> None:
    args = parse(["--data", str(tmp_path)], None)
    pictures = [Picture(tmp_path / f"{i}.png", 64, 64, 1.0) for i in range(100)]
    before, after = (
        {picture.path for picture in feed.split(some, args)[1]} for some in (pictures[1:], pictures)
    )
    assert len(before) == len(after) == 10
    assert len(before & after) >= 9


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--side", "40"], "--side must be a multiple of 32"),
        (["--batch", "0"], "--batch must be at least 1"),
        (["--real", "1"], "--real must be at least 0 and below 1"),
        (["--seed", "-1"], "--seed must be at least 0"),
        (["--loss", "nice"], "invalid choice: 'nice'"),
        (["--widths", "8-16"], "--widths, --down and --up do not fit together"),
        (["--cool-down-from", "a.npz", "--resume"], "--cool-down-from starts a run"),
        (["--resume", "--weights", "a.npz"], "--resume keeps the run's own: leave out --weights"),
        (["--cool-down-from", "a.npz", "--recipe", "blind"], "--cool-down-from keeps the run's"),
        (["--rate", "inf"], "--rate must be finite"),
        (["--cache", "nan"], "--cache must be finite"),
        (["--cool-down-from", "a.npz", "--warm-up", "9"], "--cool-down-from is a cool-down"),
        (["--cool-down-from", "a.npz"], "--cool-down-from needs --steps"),
        (["--dropout", "0.1"], "--dropout is for --network first alone"),
        (["--network", "first", "--down", "1"], "--down is for --network second alone"),
        (
            ["--widths", "8-8-8-8-8-8", "--down", "1-1-1-1-1-1", "--up", "1-1-1-1-1"],
            "--side must be a multiple of 64",
        ),
    ],
)
def test_a_wrong_flag_is_a_sentence(
    flags: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit:
        parse(["--data", "photos", *flags], None)
    assert exit.value.code == 2
    assert sentence in capsys.readouterr().err
