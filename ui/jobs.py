"""One worker for all visitors: a fair queue, real progress, cancel, no work for closed tabs.

Streamlit runs a visitor's script from the top at every click, so long work lives here, in one
thread of the process, and the page only looks at its `Job`. One thread, because the network
already uses every core: two pictures at once would both be late and need twice the memory.

The thread itself computes nothing: it has a child process do it, so that TensorFlow's memory can
be given back, and that a picture which takes the child down costs that picture and no session.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, TypeVarTuple

import streamlit as st
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

import helper
from photo import PhotoError
from ui import memory, work
from ui.child import Task
from ui.process import CannotStart, Died, Interrupted, Process

GRACE_S = 8.0  # a tab that lost its connection for less than this keeps its place
EMPTY_S = 60.0  # after the last tab was closed, the child ends
IDLE_S = 600.0  # with tabs open but nothing asked for so long, it ends too
SORRY = "Something went wrong with this picture. Please try again, or try another file."
NO_MEMORY = "This picture needs more memory than is free here. Please try a smaller one."
DIED = (
    "The denoiser ran out of memory or was stopped while it worked on this picture. "
    "Please try again, or try a smaller picture."
)
CANNOT_START = (
    "The denoiser cannot start on this server; whoever runs it finds the reason in its log. "
    "Please try again later."
)

logger = logging.getLogger(__name__)
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


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

    Both steps get the job itself and are run in the worker's thread: they leave what takes time to
    the child, by `call`, and keep what comes back.
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
    process: Process | None = field(default=None, repr=False)
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

    def call(self, function: Callable[[Task, *Ts], R], *args: *Ts) -> R:
        """Have the child run `function(task, *args)`, with this job's progress and cancel."""
        assert self.process is not None, "the job was not submitted"
        return self.process.call(function, *args, report=self.report, cancelled=self.cancelled)

    def seconds_left(self) -> float | None:
        """What the tiles so far promise for the rest; None before there is a tile to judge by."""
        if not self.done or self.stage is not Stage.RUNNING:
            return None
        return (time.monotonic() - self.started) / self.done * (self.total - self.done)


class Worker:
    """A thread that serves jobs: quick steps first, then visitors in turn."""

    def __init__(self, process: Process, alive: Callable[[str], bool]) -> None:
        memory.hold_nothing_large()  # this process lives for months, and only passes pictures on
        self.process = process
        self._alive = alive
        self._wake = threading.Condition()
        self._jobs: list[Job] = []  # waiting, oldest first
        self._running: Job | None = None
        self._served: dict[str, int] = {}  # owner -> number of the last turn
        self._turns = itertools.count(1)
        self._gone: dict[str, float] = {}  # owner -> since when the tab is closed
        self._visitors: set[str] = set()  # whoever looked, while the tab is open
        self._asked = self._present = time.monotonic()  # last look or job; last open tab
        self._expecting = False
        threading.Thread(target=self._loop, daemon=True, name="denoiser").start()

    def submit(self, job: Job) -> Job:
        job.on_progress, job.process = self._between_tiles, self.process
        with self._wake:
            self._jobs.append(job)
            self._wake.notify()
        return job

    def expect(self, owner: str) -> None:
        """Somebody looks at the page: have a child ready by the time that a picture comes."""
        with self._wake:
            self._visitors.add(owner)
            self._asked = time.monotonic()
            if not (self._expecting or self.process.running or self.process.failed):
                self._expecting = True
                self._wake.notify()

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

    def _loop(self) -> None:
        while True:
            with self._wake:
                self._sweep()
                self._running = self._next()
                if self._running is None and not self._expecting:
                    self._wake.wait(timeout=1.0)
            if self._running is None:
                self._rest()
                continue
            self._serve_quick()
            self._serve(self._running)
            self._renew()

    def _rest(self) -> None:
        """Nothing to do: start the child for whoever has come, or end it if nobody needs it."""
        now = time.monotonic()
        with self._wake:
            self._visitors = {owner for owner in self._visitors if self._alive(owner)}
            if self._visitors:
                self._present = now
        if self._expecting:
            self._expecting = False
            with suppress(CannotStart):  # logged; the next picture tries again, and is told
                self.process.start()
        elif now - max(self._asked, self._present) > EMPTY_S or now - self._asked > IDLE_S:
            self.process.end()

    def _renew(self) -> None:
        """Between two jobs: a child whose memory crept up makes room for a fresh one."""
        memory.give_back()
        self._asked = time.monotonic()
        if self.process.worn:
            self.process.end()
            self._expecting = True

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


def _attempt(job: Job, step: Step, again: bool = True) -> Any:
    """Run one step; whatever goes wrong ends as a sentence on the job, never as a dead worker."""
    try:
        return step(job)
    except helper.Cancelled:
        job.cancel()
    except PhotoError as error:
        _fail(job, str(error))
    except MemoryError:
        _fail(job, NO_MEMORY)
    except Interrupted:  # by another picture, so it is worth a second try
        return _attempt(job, step, again=False) if again else _fail(job, DIED)
    except Died:
        _fail(job, DIED)
    except CannotStart:
        _fail(job, CANNOT_START)
    except Exception:
        logger.exception("a picture could not be denoised")
        _fail(job, SORRY)
    return None


def _fail(job: Job, sentence: str) -> None:
    if job.active:
        job.error, job.finished = sentence, time.monotonic()
        job.reached = Stage.FAILED


def _tab_open(owner: str) -> bool:
    return not exists() or bool(get_instance().is_active_session(owner))


@st.cache_resource(show_spinner=False)
def _worker() -> Worker:
    return Worker(Process(work.get_ready), _tab_open)


def worker() -> Worker:
    """The process's only worker; whoever looks at the page wakes it."""
    one = _worker()
    one.expect(visitor())
    return one


def visitor() -> str:
    """Who is asking: one id for each open tab."""
    context = get_script_run_ctx()
    return context.session_id if context else ""
