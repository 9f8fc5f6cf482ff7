"""cli.py: files and folders from a terminal."""

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pictures import eight_bit, save_folder
from PIL import Image
from terminal import files, run

import cli
import helper

ROOT = Path(__file__).parents[1]
WEAK = ("--strength", "0")  # without the network, which takes seconds to load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """photos/00.png and photos/below/01.png, 40 x 48."""
    return save_folder(tmp_path / "photos", 2, 40, 48)


def test_a_folder_s_structure_is_kept(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "-o", tmp_path / "out") == 0
    assert files(tmp_path / "out") == ["00.png", "below/01.png"]
    with Image.open(tmp_path / "out" / "00.png") as result:
        assert result.size == (48, 40)


def test_the_result_is_denoised(tmp_path: Path) -> None:
    grain = np.random.default_rng(0).normal(0, 0.1, (64, 64, 3))
    Image.fromarray(eight_bit(0.5 + grain)).save(tmp_path / "noisy.png")
    assert run(tmp_path / "noisy.png", "-o", tmp_path / "clean.png") == 0
    assert np.asarray(Image.open(tmp_path / "clean.png")).std() < 0.25 * 25


def test_a_file_that_is_named_decides_the_format(folder: Path, tmp_path: Path) -> None:
    assert run(folder / "00.png", "-o", tmp_path / "clean.jpg") == 0
    with Image.open(tmp_path / "clean.jpg") as result:
        assert result.format == "JPEG"


def test_a_bad_file_is_named_and_the_others_are_done(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.png").write_text("no picture")
    assert run(folder, "-o", tmp_path / "out") == 1
    assert files(tmp_path / "out") == ["00.png", "below/01.png"]
    errors = capsys.readouterr().err
    assert "bad.png: " in errors
    assert "1 of 3 could not be denoised." in errors


def test_a_missing_file_is_named_and_the_others_are_done(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path / "nowhere.png", folder / "00.png", "-o", tmp_path / "out") == 1
    assert files(tmp_path / "out") == ["00.png"]
    assert "nowhere.png: there is no such file or folder." in capsys.readouterr().err


def test_what_nobody_foresaw_costs_one_file_and_is_logged(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    denoise, seen = helper.denoise, []

    def fail_once(*args: Any, **more: Any) -> np.ndarray:
        seen.append(1)
        if len(seen) == 1:
            raise RuntimeError("the GPU is out of memory")
        return denoise(*args, **more)

    monkeypatch.setattr(helper, "denoise", fail_once)
    assert run(folder, "-o", tmp_path / "out") == 1
    assert files(tmp_path / "out") == ["below/01.png"]
    assert "00.png: Something went wrong (RuntimeError: the GPU is" in capsys.readouterr().err
    assert "the GPU is out of memory" in caplog.text


def test_ctrl_c_before_the_first_file_is_no_traceback(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*args: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "find", stop)
    assert run(folder, "-o", tmp_path / "out") == 130


def test_a_progress_bar_fits_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    for label in ("[1/2] a.png", "[1/2] " + "long/" * 40, "[1/2] " + "写真" * 20):
        cli._bar(label)(3, 12)
        line = capsys.readouterr().out.removeprefix("\r\033[K")
        assert sum(2 if letter in "写真" else 1 for letter in line) < 60
        assert ("…" in line) == (len(label) > 30)
        assert line.endswith(" ######.................. 3/12")


def test_results_of_an_earlier_run_are_not_taken_as_input(folder: Path) -> None:
    for _ in range(2):
        assert run(folder, "-o", folder / "out") == 0
    assert files(folder / "out") == ["00.png", "below/01.png"]


def test_a_folder_s_results_may_go_beside_it(folder: Path) -> None:
    assert run(folder / "below", "-o", folder) == 0
    assert files(folder) == ["00.png", "01.png", "below/01.png"]


def test_two_files_of_one_name_get_two_results(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "00.png"
    other.write_bytes((folder / "00.png").read_bytes())
    assert run(folder / "00.png", other, "-o", tmp_path / "out") == 0
    assert files(tmp_path / "out") == ["00 (2).png", "00.png"]


def test_a_file_that_is_named_twice_is_done_once(folder: Path, tmp_path: Path) -> None:
    assert run(folder, folder / "00.png", folder / "below", "-o", tmp_path / "out") == 0
    assert files(tmp_path / "out") == ["00.png", "below/01.png"]


def test_strength_0_gives_the_pixels_back(folder: Path, tmp_path: Path) -> None:
    assert run(folder / "00.png", "-o", tmp_path / "same.png", "--strength", 0) == 0
    one, other = (np.asarray(Image.open(p)) for p in (folder / "00.png", tmp_path / "same.png"))
    assert np.array_equal(one, other)


def test_the_strength_of_colour_noise_is_its_own(folder: Path, tmp_path: Path) -> None:
    source = folder / "00.png"
    assert run(source, "-o", tmp_path / "out.png", "--strength", 50, "--colour", 100) == 0
    noisy, mixed = (np.asarray(Image.open(path)) for path in (source, tmp_path / "out.png"))
    assert np.array_equal(mixed, helper.denoise(noisy, strength=0.5, colour=1))
    assert not np.array_equal(mixed, helper.denoise(noisy, strength=0.5))


def test_a_format_can_be_chosen(folder: Path, tmp_path: Path) -> None:
    assert run(folder, "-o", tmp_path / "out", "--format", "webp", "--quality", 80) == 0
    assert files(tmp_path / "out") == ["00.webp", "below/01.webp"]


def test_the_first_network_can_be_chosen(folder: Path, tmp_path: Path) -> None:
    for out, flags in (("ours", []), ("first", ["--model", "first"])):
        assert run(folder, "-o", tmp_path / out, *flags) == 0
    ours, first = ((tmp_path / out / "00.png").read_bytes() for out in ("ours", "first"))
    assert ours != first


def test_helper_is_the_command(tmp_path: Path) -> None:
    (tmp_path / "words.png").write_text("no picture")
    arguments = [str(tmp_path / "words.png"), "-o", str(tmp_path / "out")]
    command = [sys.executable, "helper.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "words.png: " in done.stderr
    assert "Traceback" not in done.stderr


def test_what_a_result_lost_is_said_after_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clear = np.zeros((40, 48, 4), np.uint8)
    Image.fromarray(clear).save(tmp_path / "clear.png")
    assert run(tmp_path / "clear.png", "-o", tmp_path / "clear.jpg") == 0
    assert "clear.jpg: JPEG has no transparency" in capsys.readouterr().out


def test_a_stream_that_cannot_write_a_name_does_not_end_the_run(tmp_path: Path) -> None:
    save_folder(tmp_path / "photos", 1, 40, 48)
    (tmp_path / "photos" / "00.png").rename(tmp_path / "photos" / "\u65e5\u672c.png")
    (tmp_path / "photos" / "bad.png").write_text("no picture")
    done = subprocess.run(
        [sys.executable, ROOT / "helper.py", tmp_path / "photos", "-o", tmp_path / "out", *WEAK],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        check=False,
    )
    assert done.returncode == 1
    assert b"\\u65e5" in done.stdout
    assert files(tmp_path / "out") == ["\u65e5\u672c.png"]


def test_what_systems_leave_among_pictures_is_passed_over(folder: Path, tmp_path: Path) -> None:
    for name in ("._00.png", "below/._01.png", "Thumbs.db"):
        (folder / name).write_bytes(b"\0\5\26\7")
    assert run(folder, folder / "Thumbs.db", "-o", tmp_path / "out") == 0
    assert files(tmp_path / "out") == ["00.png", "below/01.png"]


def test_a_full_disk_is_named_and_leaves_nothing_behind(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(path: Path, data: bytes) -> int:
        with path.open("wb") as file:
            file.write(data[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(folder / "00.png", "-o", tmp_path / "out") == 1
    assert f"{tmp_path / 'out' / '00.png'}: No space left on device." in capsys.readouterr().err
    assert files(tmp_path / "out") == []


def test_ctrl_c_while_a_result_is_written_leaves_nothing_behind(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(path: Path, data: bytes) -> int:
        path.touch()
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "write_bytes", stopped)
    assert run(folder / "00.png", "-o", tmp_path / "out") == 130
    assert files(tmp_path / "out") == []


def test_a_circle_of_links_does_not_cost_the_other_files(folder: Path) -> None:
    (folder / "circle.png").symlink_to(folder / "circle.png")
    assert run(folder, "-o", folder / "out") == 0
    assert files(folder / "out") == ["00.png", "below/01.png"]


def test_folders_that_are_links_are_looked_into_once(folder: Path, tmp_path: Path) -> None:
    (folder / "below").rename(tmp_path / "elsewhere")
    for name in ("linked", "again"):
        (folder / name).symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "round").symlink_to(folder)
    assert run(folder, "-o", folder / "out") == 0
    assert files(folder / "out") == ["00.png", "again/01.png"]


def test_a_reader_that_leaves_does_not_cost_the_other_files(folder: Path, tmp_path: Path) -> None:
    command: list[str | Path] = [
        sys.executable,
        ROOT / "helper.py",
        folder,
        "-o",
        tmp_path / "out",
        *WEAK,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
    assert (process.returncode, b"Traceback" in errors) == (0, False)
    assert files(tmp_path / "out") == ["00.png", "below/01.png"]


def test_a_card_that_cannot_be_read_is_said_with_the_file(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", fails)
    assert run(folder, "-o", tmp_path / "out") == 1
    assert "The file: Input/output error." in capsys.readouterr().err


def test_a_file_that_vanishes_after_it_was_listed_is_named(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    find = cli.find

    def listed(*arguments: Any) -> Any:
        found = find(*arguments)
        (folder / "00.png").unlink()
        return found

    monkeypatch.setattr(cli, "find", listed)
    assert run(folder, "-o", tmp_path / "out") == 1
    assert "00.png: No such file or directory." in capsys.readouterr().err
    assert files(tmp_path / "out") == ["below/01.png"]


def test_names_that_differ_in_case_do_not_share_a_result(tmp_path: Path) -> None:
    for name in ("a.png", "A.PNG", "a.bmp"):
        Image.fromarray(np.zeros((40, 48, 3), np.uint8)).save(tmp_path / name)
    inputs = [tmp_path / name for name in ("a.png", "A.PNG", "a.bmp")]
    assert run(*inputs, "-o", tmp_path / "out", "--format", "PNG") == 0
    assert len({name.casefold() for name in files(tmp_path / "out")}) == 3
