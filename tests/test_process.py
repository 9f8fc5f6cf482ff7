"""The child process: calls, progress, cancel, calls in between, errors, every way to end."""

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import child_steps as steps
import numpy as np
import pytest
from waiting import until

import helper
from photo import PhotoError
from ui import process as module
from ui.child import ChildError, NotReady
from ui.process import CannotStart, Died, Interrupted, Process

ROOT = Path(__file__).parents[1]
PARENT = """
import time, child_steps
from ui.process import Process
process = Process(child_steps.ready)
process.start()
print(process.pid, flush=True)
try:
    process.call(child_steps.STEP)
except KeyboardInterrupt:
    pass
"""


@pytest.fixture(autouse=True)
def steps_can_be_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "tests"), str(ROOT))))


@pytest.fixture
def process() -> Iterator[Process]:
    one = Process(steps.ready)
    yield one
    one.close()


def raising(error: BaseException) -> Callable[..., None]:
    def function(*args: object, **options: object) -> None:
        raise error

    return function


def exists(pid: int) -> bool:
    """Whether it runs; a dead one that waits to be counted does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return False


def test_a_call_runs_elsewhere_and_gives_the_same_values(process: Process) -> None:
    value = np.arange(2_000_000, dtype=np.uint16).reshape(1000, 1000, 2)
    assert np.array_equal(process.call(steps.double, value), value * 2)
    assert process.call(steps.pid) == process.pid != os.getpid()


def test_progress_is_reported_and_cancel_ends_the_call(process: Process) -> None:
    seen: list[tuple[int, int]] = []
    with pytest.raises(helper.Cancelled):
        process.call(
            steps.tiles,
            500,
            report=lambda done, total, part: seen.append((done, total)),
            cancelled=lambda: len(seen) == 3,
        )
    assert seen == [(1, 500), (2, 500), (3, 500)]


def test_a_call_between_two_tiles_is_answered_at_once_by_the_same_child(process: Process) -> None:
    between: list[int] = []
    pid = process.call(
        steps.tiles, 3, report=lambda done, total, part: between.append(process.call(steps.pid))
    )
    assert between == [pid, pid, pid]


def test_a_killed_child_costs_one_call(process: Process) -> None:
    first = process.call(steps.pid)
    with pytest.raises(Died):
        process.call(steps.die)
    assert not process.running
    assert process.call(steps.pid) != first


def test_a_death_in_between_is_not_the_long_calls_fault(process: Process) -> None:
    def between(done: int, total: int, part: object) -> None:
        with pytest.raises(Died):
            process.call(steps.die)
        assert process.call(steps.pid) == process.pid  # another newcomer has a new child

    with pytest.raises(Interrupted):
        process.call(steps.tiles, 3, report=between)


def test_a_child_that_hangs_is_ended(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    process.start()
    monkeypatch.setattr(module, "PATIENCE_S", 0.3)
    with pytest.raises(Died):
        process.call(steps.hang)


@pytest.mark.skipif(sys.platform != "linux", reason="macOS keeps no such limit")
def test_memory_that_runs_out_is_reported_and_makes_the_child_stale(process: Process) -> None:
    process.call(steps.pid)
    assert not process.stale
    with pytest.raises(MemoryError):
        process.call(steps.exhaust)
    assert process.stale


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux reports the memory in use")
def test_a_child_that_keeps_memory_is_stale(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GROWTH", 50_000_000)
    for _ in range(3):
        process.call(steps.pid)
    assert not process.stale
    process.call(steps.keep, 100_000_000)
    process.call(steps.pid)
    assert process.stale


def test_a_bad_file_and_a_bug_arrive_as_what_they_are(process: Process) -> None:
    with pytest.raises(PhotoError, match="cut short"):
        process.call(steps.bad)
    with pytest.raises(ChildError, match=r"in broken(.|\n)*KeyError: 'secret'"):
        process.call(steps.broken)
    assert process.running


@pytest.mark.parametrize("prepare", [steps.broken, steps.die])
def test_a_child_that_cannot_get_ready_is_reported(prepare: Callable) -> None:
    process = Process(prepare)
    with pytest.raises(CannotStart):
        process.call(steps.pid)
    assert process.failed and not process.running


@pytest.mark.parametrize("step", [steps.break_off, steps.babble, steps.leave])
def test_a_broken_answer_costs_one_call(process: Process, step: Callable) -> None:
    with pytest.raises(Died):
        process.call(step)
    assert process.call(steps.pid) == process.pid


def test_a_child_that_no_longer_reads_is_ended(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.call(steps.stop_reading)
    monkeypatch.setattr(module, "PATIENCE_S", 0.3)
    with pytest.raises(Died):
        process.call(steps.double, np.zeros(50_000_000, np.uint8))  # more than the pipe takes


def test_a_full_disk_is_reported(process: Process) -> None:
    with pytest.raises(ChildError, match="No space left on device"):
        process.call(steps.fill_disk)
    assert process.running


@pytest.mark.parametrize("error", [OSError(errno.EAGAIN, "no"), OSError(errno.ENOMEM, "no")])
def test_a_start_that_the_system_refuses_is_reported_and_tried_again(
    process: Process, monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(module.subprocess, "Popen", raising(error))
        with pytest.raises(CannotStart):
            process.start()
        assert process.failed and process.pid is None
    assert process.call(steps.pid) == process.pid


def test_a_child_is_used_unwatched_if_there_are_no_more_threads(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        module.threading.Timer, "start", raising(RuntimeError("can't start new thread"))
    )
    assert process.call(steps.pid) == process.pid


def test_the_pid_may_be_asked_for_while_another_thread_ends_the_child(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    process.start()
    alive = vars(module._Child)["alive"].fget

    def ended_meanwhile(child: object) -> bool:
        process._child = None
        return alive(child)

    monkeypatch.setattr(module._Child, "alive", property(ended_meanwhile))
    child = process._child
    assert child is not None and process.pid == child.pid
    child.end()


def test_parts_of_the_result_come_with_progress(process: Process) -> None:
    seen: list[object] = []
    process.call(steps.parts, report=lambda done, total, part: seen.append(part))
    assert seen == ["first part", None]


def test_calls_are_answered_while_the_network_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ready = tmp_path / "ready"
    monkeypatch.setenv("READY_WHEN", str(ready))
    process = Process(steps.prepare_slowly)
    try:
        assert process.call(steps.pid) == process.pid
        ready.touch()
        assert process.call(steps.network) == "ready"
    finally:
        process.close()


def test_a_network_that_cannot_be_loaded_is_reported() -> None:
    process = Process(steps.prepare_in_vain)
    try:
        with pytest.raises(NotReady, match="KeyError: 'weights'"):
            process.call(steps.network)
        assert process.call(steps.pid) == process.pid
    finally:
        process.close()


def test_ending_gives_the_child_back_and_a_call_brings_another(process: Process) -> None:
    first = process.call(steps.pid)
    process.end()
    assert not exists(first)
    assert process.call(steps.pid) != first


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")
@pytest.mark.parametrize("step", ["pid", "hang"])
def test_no_child_outlives_its_page(step: str) -> None:
    script = PARENT.replace("STEP", step) + "time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not exists(child))


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")
def test_ctrl_c_ends_both_without_a_word() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.replace("STEP", "hang")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # a process group of its own, as a terminal gives
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(0.5)
    os.killpg(parent.pid, signal.SIGINT)
    _, said = parent.communicate(timeout=60)
    assert (parent.returncode, said) == (0, b"")
    until(lambda: not exists(child))
