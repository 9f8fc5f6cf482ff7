"""One worker for all visitors: a fair queue, real progress, cancel, no work for closed tabs.

Streamlit runs a visitor's script from the top at every click, so long work lives here, in one
thread of the process, and the page only looks at its `Job`. One thread, because the network
already uses every core: two pictures at once would both be late and need twice the memory.

The thread itself computes nothing: it has a child process do it, so that TensorFlow's memory can
be given back, and that a picture which takes the child down costs that picture and no session.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import memory, work
from ui.jobs import SORRY, Job, attempt
from ui.process import CannotStart, Process
from ui.store import Store

GRACE_S = 8.0  # a tab that lost its connection for less than this keeps its place
EMPTY_S = 60.0  # after the last tab was closed, the child ends
IDLE_S = 600.0  # with tabs open but nothing asked for so long, it ends too

_starting = threading.Lock()
logger = logging.getLogger(__name__)


class Worker:
    """A thread that serves jobs: quick steps first, then visitors in turn."""

    def __init__(
        self, process: Process, alive: Callable[[str], bool], store: Store | None = None
    ) -> None:
        memory.hold_nothing_large()  # this process lives for months, and only passes pictures on
        self.process = process
        self.store = store or Store()
        self._alive = alive
        self._wake = threading.Condition()
        self._jobs: list[Job] = []  # waiting, oldest first
        self._running: list[Job] = []  # the last one is let in between the tiles of the first
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

    def is_open(self, owner: str) -> bool:
        """Whether the visitor's tab is open. Nobody loses a picture because asking failed."""
        try:
            return self._alive(owner)
        except Exception:
            logger.exception("it is unknown whether a tab is open")
            return True

    def place(self, job: Job) -> int:
        """How many jobs are served before this one (0: it is being served, or is next)."""
        with self._wake:
            order = self._order()
            ahead = order.index(job) if job in order else 0
            return ahead + (bool(self._running) and job in order)

    def _order(self) -> list[Job]:
        """Everyone's first job, then everyone's second: a long batch never blocks a visitor."""
        waiting = [job for job in self._jobs if job.active]
        rank: dict[Job, int] = {}
        seen: dict[str, int] = {}
        for job in sorted(waiting, key=lambda job: not job.urgent):
            rank[job] = seen[job.owner] = seen.get(job.owner, -1) + 1
        return sorted(waiting, key=lambda job: (rank[job], self._served.get(job.owner, 0)))

    def _loop(self) -> None:
        """For as long as the page's process lives, whatever is raised."""
        while True:
            with suppress(BaseException):  # short of memory, even a line in the log may fail
                try:
                    self._turn()
                except BaseException:
                    self._drop_running()
                    logger.exception("the worker goes on after an error")
                    time.sleep(1)  # one that comes at once again must not take a whole core

    def _turn(self) -> None:
        with self._wake:
            self._sweep()
            job = self._next()
            if job is None and not self._expecting:
                self._wake.wait(timeout=1.0)
        if job is None:
            self._rest()
            return
        self._serve_quick()
        self._serve(job)
        self._renew()

    def _drop_running(self) -> None:
        """Their jobs end with a sentence, so that nobody waits for ever."""
        for job in self._running:
            job.fail(SORRY)
        self._running.clear()

    def _rest(self) -> None:
        """Nothing to do: start the child for whoever has come, or end it if nobody needs it."""
        now = time.monotonic()
        with self._wake:
            self._visitors = {owner for owner in self._visitors if self.is_open(owner)}
            if self._visitors:
                self._present = now
        self.store.sweep(self.is_open)
        if self._expecting:
            self._expecting = False
            with suppress(CannotStart):  # logged; the next picture tries again
                self.process.start()
        elif now - max(self._asked, self._present) > EMPTY_S or now - self._asked > IDLE_S:
            self.process.end()

    def _renew(self) -> None:
        """Between two jobs: a child whose memory ran out or crept up gives way to a fresh one."""
        memory.give_back()
        self.store.sweep(self.is_open)
        self._asked = time.monotonic()
        if self.process.stale:
            self.process.end()
            self._expecting = True

    def _next(self) -> Job | None:
        order = self._order()
        self._jobs = [job for job in self._jobs if job.active]
        if not order:
            self._served.clear()
            return None
        self._take(order[0])
        return order[0]

    def _take(self, job: Job) -> None:
        self._jobs.remove(job)
        self._running.append(job)
        self._served[job.owner] = next(self._turns)

    def _serve(self, job: Job) -> None:
        """Both steps of a job that was taken, to its end."""
        self._run_quick(job)
        if job.active and job.work is not None:
            job.begin()
            job.finish(attempt(job, job.work))
        self._running.remove(job)
        job.work = None  # with the bytes that it may hold

    def _between_tiles(self) -> None:
        """Called in the worker's thread after each tile. An error in here is not that job's."""
        try:
            with self._wake:
                self._sweep()
            self.store.sweep(self.is_open)
            self._serve_quick()
            self._serve_small()
        except Exception:
            logger.exception("the worker goes on with the next tile after an error")
            for job in self._running[1:]:
                job.fail(SORRY)
                self._running.remove(job)

    def _serve_quick(self) -> None:
        """What takes a second or less need not wait in the queue: one a visitor in each gap."""
        with self._wake:
            self._jobs = [job for job in self._jobs if job.active]
            waiting: dict[str, Job] = {}
            # First what consists of nothing else: somebody waits for a download.
            for job in sorted(self._jobs, key=lambda job: job.work is not None):
                if job.quick:
                    waiting.setdefault(job.owner, job)
        for job in waiting.values():
            self._run_quick(job)

    def _run_quick(self, job: Job) -> None:
        step, job.quick = job.quick, None
        if step and job.active:
            result = attempt(job, step)
            if job.work is None:
                job.finish(result)

    def _serve_small(self) -> None:
        """One small picture of another visitor between two tiles; none within a small one."""
        if len(self._running) != 1:
            return
        with self._wake:
            owner = self._running[0].owner
            small = next((job for job in self._order() if job.small and job.owner != owner), None)
            if small is None:
                return
            self._take(small)
        self._serve(small)

    def _sweep(self) -> None:
        """Cancel what belongs to tabs that stayed closed."""
        now = time.monotonic()
        jobs = [*self._jobs, *self._running]
        owners = {job.owner for job in jobs}
        self._gone = {owner: since for owner, since in self._gone.items() if owner in owners}
        for owner in owners:
            if self.is_open(owner):
                self._gone.pop(owner, None)
            elif now - self._gone.setdefault(owner, now) > GRACE_S:
                for job in jobs:
                    if job.owner == owner:
                        job.drop()


def _tab_open(owner: str) -> bool:
    return not exists() or bool(get_instance().is_active_session(owner))


@functools.cache  # not Streamlit's cache, which any visitor's browser can have cleared
def _worker() -> Worker:
    return Worker(Process(work.get_ready), _tab_open)


def worker() -> Worker:
    """The process's only worker; whoever looks at the page wakes it."""
    with _starting:  # two visitors must not start two
        only = _worker()
    only.expect(visitor())
    return only


def shared_store() -> Store:
    """The process's only store. Asking for it wakes nobody."""
    with _starting:
        return _worker().store


def visitor() -> str:
    """Who is asking: one id for each open tab."""
    context = get_script_run_ctx()
    return context.session_id if context else ""
