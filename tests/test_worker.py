"""The worker's thread lives through whatever is raised, and lets in between what is short."""

import errno
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import child_steps as steps
import pytest
from waiting import until

from ui import jobs
from ui import process as process_module
from ui import worker as module
from ui.jobs import Job, Stage
from ui.picture import Picture
from ui.process import Process
from ui.worker import Worker

ROOT = Path(__file__).parents[1]


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "tests"), str(ROOT))))
    only = Process(steps.ready)
    yield only
    only.close()


@pytest.fixture
def worker(process: Process) -> Worker:
    return Worker(process, lambda owner: True)


def ended(worker: Worker, step: jobs.Step, owner: str = "a") -> Job:
    job = worker.submit(Job(owner, step))
    assert job.wait(60)
    return job


def child(job: Job) -> int:
    return job.call(steps.pid)


def raising(error: BaseException) -> Callable[..., bool]:
    def function(*args: object, **options: object) -> bool:
        raise error

    return function


REFUSALS = [OSError(errno.EAGAIN, "no process"), OSError(errno.ENOMEM, "no memory"), MemoryError()]


@pytest.mark.parametrize("error", REFUSALS, ids=["EAGAIN", "ENOMEM", "MemoryError"])
def test_a_refused_start_costs_one_picture(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(process_module.subprocess, "Popen", raising(error))
        job = ended(worker, child)
        assert (job.stage, job.error) == (Stage.FAILED, jobs.CANNOT_START)
    assert ended(worker, child).stage is Stage.DONE


@pytest.mark.parametrize("error", REFUSALS, ids=["EAGAIN", "ENOMEM", "MemoryError"])
def test_a_start_refused_to_a_visitor_who_only_looks_costs_nothing(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(process_module.subprocess, "Popen", raising(error))
        worker.expect("a")
        until(lambda: worker.process.failed)
    assert ended(worker, child).stage is Stage.DONE


FAULTS = {
    "breaks off in mid-message": (steps.break_off, jobs.DIED),
    "answers nonsense": (steps.babble, jobs.DIED),
    "is killed": (steps.die, jobs.DIED),
    "ends itself": (steps.leave, jobs.DIED),
    "runs out of memory": (steps.exhaust, jobs.NO_MEMORY),
    "finds the disk full": (steps.fill_disk, jobs.SORRY),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_child_that(worker: Worker, fault: str) -> None:
    """... the next picture is done, and this one has its sentence."""
    step, sentence = FAULTS[fault]
    job = ended(worker, lambda job: job.call(step))
    assert (job.stage, job.error) == (Stage.FAILED, sentence)
    assert ended(worker, child).stage is Stage.DONE


def test_after_a_child_that_hangs_the_next_picture_is_done(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended(worker, child)
    with monkeypatch.context() as patch:
        patch.setattr(process_module, "PATIENCE_S", 0.3)
        assert ended(worker, lambda job: job.call(steps.hang)).error == jobs.DIED
    assert ended(worker, child).stage is Stage.DONE


@pytest.mark.parametrize("error", [KeyError("bug"), SystemExit(1), KeyboardInterrupt()])
def test_whatever_a_step_raises_is_one_jobs_end_and_is_logged(
    worker: Worker, error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    job = ended(worker, raising(error))
    assert (job.stage, job.error) == (Stage.FAILED, jobs.SORRY)
    assert any(record.exc_info for record in caplog.records)
    assert ended(worker, lambda job: 42).result == 42


def test_an_error_of_the_loop_itself_ends_the_running_job_and_not_the_thread(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(worker, "_run_quick", raising(MemoryError()))
        assert ended(worker, child).error == jobs.SORRY
    assert ended(worker, child).stage is Stage.DONE
    assert "goes on after an error" in caplog.text


def test_a_server_that_cannot_say_whose_tab_is_open_loses_no_picture(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.0)
    logging.getLogger(module.__name__).setLevel(logging.CRITICAL)
    worker = Worker(process, raising(RuntimeError("the runtime is going down")))
    assert ended(worker, child).stage is Stage.DONE


def test_a_small_picture_goes_between_the_tiles_of_a_large_one(worker: Worker) -> None:
    large = worker.submit(Job("a", lambda job: job.call(steps.tiles, 300)))
    until(lambda: large.done > 0)
    small = worker.submit(Job("b", lambda job: job.call(steps.tiles, 3), small=True))
    until(lambda: not small.active)
    assert small.stage is Stage.DONE and large.active
    assert large.wait(60) and large.stage is Stage.DONE


def test_what_waits_behind_ones_own_picture_keeps_its_turn(worker: Worker) -> None:
    order: list[str] = []

    def tiles(name: str) -> jobs.Step:
        def step(job: Job) -> None:
            job.call(steps.tiles, 30)
            order.append(name)

        return step

    gate = threading.Event()
    worker.submit(Job("z", lambda job: gate.wait(60)))
    first = worker.submit(Job("a", tiles("large")))
    second = worker.submit(Job("a", tiles("small"), small=True))
    gate.set()
    assert first.wait(60) and second.wait(60)
    assert order == ["large", "small"]


def test_a_small_picture_that_takes_the_child_down_does_not_cost_the_large_one(
    worker: Worker,
) -> None:
    large = worker.submit(Job("a", lambda job: job.call(steps.tiles, 50)))
    until(lambda: large.done > 0)
    small = worker.submit(Job("b", lambda job: job.call(steps.die), small=True))
    assert small.wait(60) and small.error == jobs.DIED
    assert large.wait(60) and large.stage is Stage.DONE


def test_work_goes_on_after_a_refresh(process: Process, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.2)
    open_tabs = {"old"}
    worker = Worker(process, lambda owner: owner in open_tabs)
    picture = Picture("a.png", "a.png", lambda: b"", "old", worker)
    job = picture.job = worker.submit(Job("old", lambda job: job.call(steps.tiles, 200)))
    until(lambda: job.done > 0)
    open_tabs.clear()
    open_tabs.add("new")
    picture.adopt("new")
    assert job.wait(60) and job.stage is Stage.DONE


def test_parts_reach_the_job_as_they_are_finished(worker: Worker) -> None:
    seen: list[object] = []
    worker.submit(Job("a", lambda job: job.call(steps.parts), on_part=seen.append)).wait(60)
    assert seen == ["first part"]
