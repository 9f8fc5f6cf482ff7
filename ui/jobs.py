"""One worker for all visitors: a fair queue, real progress, cancel, no work for closed tabs.

Streamlit runs a visitor's script from the top at every click, so long work lives here, in one
thread of the process, and the page only looks at its `Job`. One thread, because the network
already uses every core: two pictures at once would both be late and need twice the memory.
"""

from __future__ import annotations

import gc
import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

import helper
from photo import PhotoError

GRACE_S = 8.0  # a tab that lost its connection for less than this keeps its place
SORRY = "Something went wrong with this picture. Please try again, or try another file."
NO_MEMORY = "This picture needs more memory than is free here. Please try a smaller one."

logger = logging.getLogger(__name__)


class Stage(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


Step = Callable[["Job"], Any]


@dataclass(eq=False)
class Job:
    """A visitor's request. `quick` runs before anyone's `work` does; its result is `preview`.

    Both steps get the job itself, to call `report` and to ask `cancelled`.
    """

    owner: str
    work: Step
    quick: Step | None = None
    reached: Stage = Stage.WAITING
    preview: Any = None
    result: Any = None
    error: str = ""
    done: int = 0
    total: int = 0
    started: float = 0.0
    finished: float = 0.0
    on_progress: Callable[[], None] = field(default=lambda: None, repr=False)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def stage(self) -> Stage:
        """Cancelled the moment that someone says so, even while the worker ends its tile."""
        open_ended = self.reached in (Stage.WAITING, Stage.RUNNING)
        return Stage.CANCELLED if open_ended and self.stop.is_set() else self.reached

    @property
    def active(self) -> bool:
        return self.stage in (Stage.WAITING, Stage.RUNNING)

    def cancel(self) -> None:
        """Stop looking at this job now; the worker leaves it at the next tile."""
        if self.active:
            self.finished = time.monotonic()
            self.stop.set()

    def cancelled(self) -> bool:
        return self.stage is Stage.CANCELLED

    def report(self, done: int, total: int) -> None:
        self.done, self.total = done, total
        self.on_progress()

    def seconds_left(self) -> float | None:
        """What the tiles so far promise for the rest; None before there is a tile to judge by."""
        if not self.done or self.stage is not Stage.RUNNING:
            return None
        return (time.monotonic() - self.started) / self.done * (self.total - self.done)


class Worker:
    """A thread that serves jobs: quick steps first, then visitors in turn."""

    def __init__(self, warm_up: Callable[[], object], alive: Callable[[str], bool]) -> None:
        self._alive = alive
        self._wake = threading.Condition()
        self._jobs: list[Job] = []  # waiting, oldest first
        self._running: Job | None = None
        self._served: dict[str, int] = {}  # owner -> number of the last turn
        self._turns = itertools.count(1)
        self._gone: dict[str, float] = {}  # owner -> since when the tab is closed
        threading.Thread(target=self._loop, args=(warm_up,), daemon=True, name="denoiser").start()

    def submit(self, job: Job) -> Job:
        job.on_progress = self._between_tiles
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()
        return job

    def place(self, job: Job) -> int:
        """How many jobs are served before this one (0: it is being served, or is next)."""
        with self._wake:
            order = self._order()
            ahead = order.index(job) if job in order else 0
            return ahead + (self._running is not None and job in order)

    def _order(self) -> list[Job]:
        """Everyone's first job, then everyone's second: a long batch never blocks a visitor."""
        waiting = [job for job in self._jobs if job.active]
        rank: dict[Job, int] = {}
        seen: dict[str, int] = {}
        for job in waiting:
            rank[job] = seen[job.owner] = seen.get(job.owner, -1) + 1
        return sorted(waiting, key=lambda job: (rank[job], self._served.get(job.owner, 0)))

    def _loop(self, warm_up: Callable[[], object]) -> None:
        _logged(warm_up)
        while True:
            with self._wake:
                self._sweep()
                self._running = self._next()
                if self._running is None:
                    self._wake.wait(timeout=1.0)
                    continue
            self._serve_quick()
            self._serve(self._running)

    def _next(self) -> Job | None:
        order = self._order()
        if not order:
            self._jobs.clear()
            self._served.clear()
            return None
        self._jobs.remove(order[0])
        self._served[order[0].owner] = next(self._turns)
        return order[0]

    def _serve(self, job: Job) -> None:
        self._run_quick(job)
        if job.active:
            job.reached, job.started = Stage.RUNNING, time.monotonic()
            result = _attempt(job, job.work)
            if job.active:
                job.result, job.finished = result, time.monotonic()
                job.reached = Stage.DONE

    def _between_tiles(self) -> None:
        """Called in the worker's thread after each tile of a long job."""
        with self._wake:
            self._sweep()
        self._serve_quick()

    def _serve_quick(self) -> None:
        """A newcomer's preview takes a fraction of a second, so it need not wait in the queue."""
        with self._wake:
            newcomers = [job for job in self._jobs if job.active and job.quick]
        for job in newcomers:
            self._run_quick(job)

    def _run_quick(self, job: Job) -> None:
        step, job.quick = job.quick, None
        if step and job.active:
            job.preview = _attempt(job, step)

    def _sweep(self) -> None:
        """Cancel what belongs to tabs that stayed closed."""
        now = time.monotonic()
        jobs = [*self._jobs, *([self._running] if self._running else [])]
        for owner in {job.owner for job in jobs}:
            if self._alive(owner):
                self._gone.pop(owner, None)
            elif now - self._gone.setdefault(owner, now) > GRACE_S:
                for job in jobs:
                    if job.owner == owner:
                        job.cancel()


def _attempt(job: Job, step: Step) -> Any:
    """Run one step; whatever goes wrong ends as a sentence on the job, never as a dead worker."""
    try:
        return step(job)
    except helper.Cancelled:
        job.cancel()
    except PhotoError as error:
        _fail(job, str(error))
    except MemoryError:
        _fail(job, NO_MEMORY)
    except Exception:
        logger.exception("a picture could not be denoised")
        _fail(job, SORRY)
    return None


def _fail(job: Job, sentence: str) -> None:
    if job.active:
        job.error, job.finished = sentence, time.monotonic()
        job.reached = Stage.FAILED


def _logged(call: Callable[[], object]) -> None:
    try:
        call()
    except Exception:
        logger.exception("the denoiser could not warm up")


def _warm_up() -> None:
    """Import TensorFlow, load the weights and trace the network while the visitor looks around."""
    import keras

    # Streamlit calls this after every run of a script, to free models that scripts build. Ours is
    # built once, and here: it would lose its kernel cache, or its precision while being loaded.
    keras.backend.clear_session = _nothing
    helper.load_model()
    grey = np.full((64, 64, 3), 128, np.uint8)
    helper.denoise(grey)
    helper.denoise(grey, mode="fit")
    gc.freeze()  # Streamlit collects garbage after every run, too: keep it off TensorFlow's objects


def _nothing(free_memory: bool = True) -> None:
    del free_memory


def _tab_open(owner: str) -> bool:
    return not exists() or bool(get_instance().is_active_session(owner))


@st.cache_resource(show_spinner=False)
def worker() -> Worker:
    """The process's only worker; the first visitor's first look starts it."""
    return Worker(_warm_up, _tab_open)


def visitor() -> str:
    """Who is asking: one id for each open tab."""
    context = get_script_run_ctx()
    return context.session_id if context else ""
