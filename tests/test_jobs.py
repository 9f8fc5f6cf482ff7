"""The worker: order, progress, cancel, errors, closed tabs, and what a lost child costs."""

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import child_steps as steps
import pytest
from waiting import until

import helper
from photo import PhotoError
from ui import jobs
from ui import worker as module
from ui.jobs import Job, Stage
from ui.process import Process
from ui.worker import Worker

ROOT = Path(__file__).parents[1]


def slow(job: Job) -> str:
    for done in range(1, 501):
        if job.cancelled():
            raise helper.Cancelled
        time.sleep(0.01)
        job.report(done, 500)
    return "done"


@pytest.fixture
def process(monkeypatch: pytest.MonkeyPatch) -> Iterator[Process]:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "tests"), str(ROOT))))
    one = Process(steps.ready)
    yield one
    one.close()


@pytest.fixture
def worker(process: Process) -> Worker:
    return Worker(process, lambda owner: True)


def ended(worker: Worker, step: jobs.Step) -> Job:
    job = worker.submit(Job("a", step))
    until(lambda: not job.active)
    return job


def test_a_job_ends_with_its_result(worker: Worker) -> None:
    job = worker.submit(Job("a", lambda job: 42))
    until(lambda: job.stage is Stage.DONE)
    assert job.result == 42


def test_visitors_are_served_in_turn_however_long_a_batch_is(worker: Worker) -> None:
    gate, order = threading.Event(), []
    worker.submit(Job("a", lambda job: gate.wait(5)))
    for owner in ("a", "a", "a", "b"):
        last = worker.submit(Job(owner, lambda job: order.append(job.owner)))
    until(lambda: worker.place(last) == 1)
    gate.set()
    until(lambda: len(order) == 4)
    assert order == ["b", "a", "a", "a"]


def test_a_download_goes_before_the_owners_other_pictures(worker: Worker) -> None:
    gate, order = threading.Event(), []  # type: threading.Event, list[str]
    first = worker.submit(Job("a", lambda job: gate.wait(5)))
    until(lambda: first.stage is Stage.RUNNING)
    worker.submit(Job("a", lambda job: order.append("second")))
    worker.submit(Job("a", lambda job: order.append("third")))
    worker.submit(Job("a", lambda job: order.append("zip"), urgent=True))
    gate.set()
    until(lambda: len(order) == 3)
    assert order == ["zip", "second", "third"]


def test_a_newcomers_preview_does_not_wait_for_a_long_job(worker: Worker) -> None:
    long = worker.submit(Job("a", slow))
    until(lambda: long.stage is Stage.RUNNING)
    seen: list[str] = []
    newcomer = worker.submit(Job("b", slow, quick=lambda job: seen.append("preview")))
    until(lambda: seen == ["preview"])
    assert long.active and newcomer.stage is Stage.WAITING
    long.cancel()
    newcomer.cancel()


def test_cancel_is_seen_at_once_and_frees_the_worker(worker: Worker) -> None:
    job = worker.submit(Job("a", slow))
    until(lambda: job.stage is Stage.RUNNING)
    job.cancel()
    assert job.stage is Stage.CANCELLED
    after = worker.submit(Job("a", lambda job: 1))
    until(lambda: after.stage is Stage.DONE)


def test_a_bad_file_is_its_sentence_and_a_bug_is_an_apology(worker: Worker) -> None:
    def bad(job: Job) -> None:
        raise PhotoError("The file is cut short.")

    def broken(job: Job) -> None:
        raise KeyError("secret")

    first, second = worker.submit(Job("a", bad)), worker.submit(Job("a", broken))
    until(lambda: second.stage is Stage.FAILED)
    assert (first.error, second.error) == ("The file is cut short.", jobs.SORRY)


def test_the_work_of_a_closed_tab_is_dropped(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE_S", 0.1)
    worker = Worker(process, lambda owner: owner != "closed")
    job = worker.submit(Job("closed", slow))
    until(lambda: job.stage is Stage.CANCELLED)
    assert job.dropped and job.error == jobs.LOST


def test_the_child_is_ready_before_the_first_picture_comes(worker: Worker) -> None:
    worker.expect("a")
    until(lambda: worker.process.running)


def test_a_newcomers_preview_is_made_between_the_tiles_of_a_long_job(worker: Worker) -> None:
    long = worker.submit(Job("a", lambda job: job.call(steps.tiles, 200)))
    until(lambda: long.done > 0)
    quick = worker.submit(Job("b", None, quick=lambda job: job.call(steps.pid)))
    until(lambda: quick.stage is Stage.DONE)
    assert long.active and quick.result == worker.process.pid
    until(lambda: long.stage is Stage.DONE)
    assert long.result == quick.result


def test_cancel_reaches_the_child(worker: Worker) -> None:
    job = worker.submit(Job("a", lambda job: job.call(steps.tiles, 10_000)))
    until(lambda: job.done > 0)
    job.cancel()
    assert ended(worker, lambda job: job.call(steps.pid)).result == worker.process.pid
    assert job.stage is Stage.CANCELLED and job.done < 10_000


def test_a_lost_child_costs_its_picture_and_not_the_next(worker: Worker) -> None:
    lost = ended(worker, lambda job: job.call(steps.die))
    assert (lost.stage, lost.error) == (Stage.FAILED, jobs.DIED)
    assert ended(worker, lambda job: job.call(steps.pid)).stage is Stage.DONE


def test_a_long_job_survives_a_newcomer_that_takes_the_child_down(worker: Worker) -> None:
    long = worker.submit(Job("a", lambda job: job.call(steps.tiles, 100)))
    until(lambda: long.done > 0)
    bad = worker.submit(Job("b", lambda job: None, quick=lambda job: job.call(steps.die)))
    until(lambda: not long.active)
    assert (bad.stage, bad.error) == (Stage.FAILED, jobs.DIED)
    assert long.stage is Stage.DONE


def test_after_memory_ran_out_the_next_job_has_a_fresh_child(
    worker: Worker,
) -> None:
    first = ended(worker, lambda job: job.call(steps.pid)).result
    assert ended(worker, lambda job: job.call(steps.exhaust)).error == jobs.NO_MEMORY
    assert ended(worker, lambda job: job.call(steps.pid)).result != first


def test_a_denoiser_that_cannot_start_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "tests"), str(ROOT))))
    worker = Worker(Process(steps.broken), lambda owner: True)
    assert ended(worker, lambda job: job.call(steps.pid)).error == jobs.CANNOT_START


def test_the_child_ends_when_the_last_tab_is_closed_and_comes_back(
    process: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_tabs = {"a"}
    worker = Worker(process, lambda owner: owner in open_tabs)
    worker.expect("a")
    until(lambda: process.running)
    monkeypatch.setattr(module, "EMPTY_S", 0.1)
    time.sleep(1.5)
    assert process.running
    open_tabs.clear()
    until(lambda: not process.running)
    monkeypatch.undo()
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join((str(ROOT / "tests"), str(ROOT))))
    open_tabs.add("b")
    worker.expect("b")
    until(lambda: process.running)


def test_the_child_ends_when_nothing_was_asked_for_long(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.expect("a")
    until(lambda: worker.process.running)
    monkeypatch.setattr(module, "IDLE_S", 0.1)
    until(lambda: not worker.process.running)


def test_the_time_left_falls_between_two_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("ui.jobs.time.monotonic", lambda: now[0])
    job = Job("me", None)
    job.begin()
    assert job.seconds_left() is None
    now[0] += 2
    job.report(1, 10)
    assert job.seconds_left() == pytest.approx(18)
    now[0] += 3
    assert job.seconds_left() == pytest.approx(15)
    now[0] += 60
    assert job.seconds_left() == 0
