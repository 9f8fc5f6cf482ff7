"""cli_ray.py: a folder denoised by several processes, one of which is killed half-way."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pictures import save_folder
from waiting import until

import cli
import cli_ray
import photo
from files import Job, Options, Targets, denoise_file

ROOT = Path(__file__).parents[1]
COUNT = 8  # pictures, one of them bad


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_folder(tmp_path_factory.mktemp("photos"), COUNT - 1, 384, 448)
    (folder / "bad.png").write_text("no picture")
    return folder


def _command(photos: Path, out: Path, *flags: str) -> list[str]:
    return [sys.executable, "helper.py", str(photos), "-o", str(out), *flags]


def _workers_at(parent: int) -> list[int]:
    """Process numbers of the workers below a process that have begun a picture."""
    children: dict[int, list[int]] = {}
    names: dict[int, bytes] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                status = (entry / "stat").read_text().rpartition(")")[2].split()
                names[int(entry.name)] = (entry / "cmdline").read_bytes()
            except OSError:  # it has just ended
                continue
            children.setdefault(int(status[1]), []).append(int(entry.name))
    below, found = [parent], []
    while below:
        mine = children.get(below.pop(), [])
        below += mine
        found += [pid for pid in mine if b"ray::Worker.denoise" in names[pid]]
    return found


def _see(out: Path, seen: dict[str, set[tuple[int, int]]]) -> None:
    """Adds which file, written when, now stands under each result's name."""
    for path in out.rglob("[!.]*.png"):
        status = path.stat()
        seen.setdefault(path.relative_to(out).as_posix(), set()).add(
            (status.st_ino, status.st_mtime_ns)
        )


@pytest.fixture(scope="module")
def run(photos: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    """A run in which one of two workers is killed: code, words, errors, results, sightings."""
    pytest.importorskip("ray", reason="Ray is not installed (pip install ray)")
    if not Path("/proc/self/stat").exists():
        pytest.skip("the workers are found by /proc, which this system has not")
    out = tmp_path_factory.mktemp("out")
    command = _command(photos, out, "--ray", "--cpus-per-worker", "1")
    process = subprocess.Popen(command, cwd=ROOT, stdout=-1, stderr=-1, text=True)
    seen: dict[str, set[tuple[int, int]]] = {}
    killed: list[int] = []

    def ended() -> bool:
        _see(out, seen)
        if len(seen) >= 2 and not killed and (workers := _workers_at(process.pid)):
            killed.append(workers[0])
            os.kill(workers[0], signal.SIGKILL)
            assert len(seen) < COUNT - 1  # half-way
        return process.poll() is not None

    until(ended, seconds=300)
    _see(out, seen)
    words, errors = process.communicate()
    assert killed, errors
    return process.returncode, words, errors, out, seen


def test_every_picture_is_done_though_a_worker_is_killed(run, photos: Path) -> None:  # type: ignore[no-untyped-def]
    _, words, errors, out, _ = run
    names = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
    pictures = [p for p in photos.rglob("*.png") if p.name != "bad.png"]
    assert names == sorted(p.relative_to(photos).as_posix() for p in pictures), errors
    assert words.count(" -> ") == COUNT - 1, words
    assert all(f"{photos / name} -> {out / name}" in words for name in names)


def test_no_picture_is_written_twice(run) -> None:  # type: ignore[no-untyped-def]
    *_, seen = run
    assert len(seen) == COUNT - 1
    assert {name: len(files) for name, files in seen.items()} == dict.fromkeys(seen, 1)


def test_the_bad_file_is_named_and_the_code_is_1(run) -> None:  # type: ignore[no-untyped-def]
    code, _, errors, _, _ = run
    assert code == 1
    assert "bad.png: " in errors
    assert f"1 of {COUNT} could not be denoised." in errors
    assert "Traceback" not in errors


def test_the_results_are_those_of_a_plain_run(run, photos: Path, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    *_, out, _ = run
    one = photos / "00.png"
    assert cli.main([str(one), "-o", str(tmp_path / "plain")]) == 0
    folders = tmp_path / "plain", out
    alone, shared = (photo.read((f / "00.png").read_bytes()).pixels.astype(int) for f in folders)
    # Each process times its precisions for itself, and two may differ in their choice.
    assert np.abs(alone - shared).max() <= 4
    assert np.abs(alone - shared).mean() < 0.5


def test_a_result_of_this_run_is_not_done_again(photos: Path, tmp_path: Path) -> None:
    job, options = Job(photos / "00.png", Path()), Options(tmp_path)
    began = cli_ray.disk_time(tmp_path)
    target, _ = denoise_file(job, options, Targets(options))
    first = target.stat()
    assert denoise_file(job, options, Targets(options), since=began)[0] == target
    assert target.stat().st_ino == first.st_ino
    later = first.st_mtime_ns + 1
    assert denoise_file(job, options, Targets(options), since=later)[0] == target
    assert target.stat().st_mtime_ns > first.st_mtime_ns


def test_files_whose_results_may_be_of_one_name_stay_together() -> None:
    names = ["a.png", "b.png", "more/a.png", "a.jpg", "a (2).png"]
    jobs = [Job(Path(name), Path()) for name in names]
    together = [[str(job.source) for job in group] for group in cli_ray.groups(jobs)]
    assert together == [["a.png", "more/a.png", "a.jpg", "a (2).png"], ["b.png"]]


def test_a_missing_ray_is_a_sentence(
    photos: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert cli.main([str(photos), "-o", str(tmp_path), "--ray"]) == 2
    assert capsys.readouterr().err == "--ray needs Ray. Install it: pip install ray\n"


def test_a_cluster_that_is_not_there_is_a_sentence(photos: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed (pip install ray)")
    command = _command(photos, tmp_path, "--ray", "127.0.0.1:9")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "No Ray cluster was found at 127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
