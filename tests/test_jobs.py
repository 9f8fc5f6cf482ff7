"""The worker: order, progress, cancel, errors, closed tabs."""

import threading
import time
from collections.abc import Callable

import pytest

import helper
from photo import PhotoError
from ui import jobs
from ui.jobs import Job, Stage, Worker


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def slow(job: Job) -> str:
    for done in range(1, 501):
        if job.cancelled():
            raise helper.Cancelled
        time.sleep(0.01)
        job.report(done, 500)
    return "done"


@pytest.fixture
def worker() -> Worker:
    return Worker(lambda: None, lambda owner: True)


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


def test_a_newcomers_preview_does_not_wait_for_a_long_job(worker: Worker) -> None:
    long = worker.submit(Job("a", slow))
    until(lambda: long.stage is Stage.RUNNING)
    newcomer = worker.submit(Job("b", slow, quick=lambda job: "preview"))
    until(lambda: newcomer.preview == "preview")
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


def test_the_work_of_a_closed_tab_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "GRACE_S", 0.1)
    worker = Worker(lambda: None, lambda owner: owner != "closed")
    job = worker.submit(Job("closed", slow))
    until(lambda: job.stage is Stage.CANCELLED)
