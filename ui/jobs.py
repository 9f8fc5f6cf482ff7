"""A visitor's request: what is to be done, how far it is, and what came of it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar, TypeVarTuple

import helper
from photo import PhotoError
from ui.child import NotReady, Task
from ui.process import CannotStart, Died, Interrupted, Process

SORRY = "Something went wrong with this picture. Please try again, or try another file."
NO_MEMORY = "This picture needs more memory than is free here. Please try a smaller one."
DIED = (
    "The denoiser ran out of memory or was stopped while it worked on this picture. "
    "Please try again, or try a smaller picture."
)
LOST = "The connection to this page was lost, so this was stopped. Please try again."
CANNOT_START = "The denoiser cannot start on this server at the moment. Please try again later."

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
    """One request, in at most two steps; each gets the job itself and runs in the worker's thread.

    Steps leave what takes time to the child, by `call`, and keep what comes back.

    quick: takes a second or so; runs before anyone's `work`, even between the tiles of a large
        picture. work: the rest, in turn with other visitors'. Either may be None.
    small: its `work` is short enough to run between the tiles of somebody else's large picture.
    urgent: goes before the owner's other jobs. result: what the last step returned. dropped: it was
        cancelled because the tab was gone.
    """

    owner: str
    work: Step | None
    quick: Step | None = None
    small: bool = False
    urgent: bool = False
    dropped: bool = False
    reached: Stage = Stage.WAITING
    result: Any = None
    error: str = ""
    done: int = 0
    total: int = 0
    started: float = 0.0
    reported: float = 0.0
    on_part: Callable[[Any], None] = field(default=lambda part: None, repr=False)
    on_progress: Callable[[], None] = field(default=lambda: None, repr=False)
    process: Process | None = field(default=None, repr=False)
    stop: threading.Event = field(default_factory=threading.Event, repr=False)
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def stage(self) -> Stage:
        """Cancelled the moment that someone says so, even while the worker ends its tile."""
        open_ended = self.reached in (Stage.WAITING, Stage.RUNNING)
        return Stage.CANCELLED if open_ended and self.stop.is_set() else self.reached

    @property
    def active(self) -> bool:
        return self.stage in (Stage.WAITING, Stage.RUNNING)

    @property
    def percent(self) -> int:
        """Of the tiles, done."""
        return round(100 * self.done / self.total) if self.total else 0

    def cancel(self) -> None:
        """Stop looking at this job now; the worker leaves it at the next tile."""
        if self.active:
            self.stop.set()
            self.ended.set()

    def drop(self) -> None:
        """Cancel it because nobody is there; whoever comes back may start it again."""
        if self.active:
            self.dropped, self.error = True, LOST
            self.cancel()

    def cancelled(self) -> bool:
        return self.stage is Stage.CANCELLED

    def begin(self) -> None:
        """It is being worked on."""
        if self.active:
            self.reached, self.started = Stage.RUNNING, time.monotonic()

    def finish(self, result: Any) -> None:
        """It is done, unless it was cancelled or failed before."""
        if self.active:
            self.result, self.reached = result, Stage.DONE
            self.ended.set()

    def fail(self, sentence: str) -> None:
        """It ended with a sentence for the visitor."""
        if self.active:
            self.error, self.reached = sentence, Stage.FAILED
            self.ended.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended, whichever way; False if the time was too short."""
        return self.ended.wait(seconds)

    def report(self, done: int, total: int, part: Any = None) -> None:
        """After each tile; lets the worker do in between what should not wait."""
        self.done, self.total, self.reported = done, total, time.monotonic()
        if part is not None:
            self.on_part(part)
        self.on_progress()

    def call(self, function: Callable[[Task, *Ts], R], *args: *Ts) -> R:
        """Have the child run `function(task, *args)`, with this job's progress and cancel."""
        assert self.process is not None, "the job was not submitted"
        return self.process.call(function, *args, report=self.report, cancelled=self.cancelled)

    def seconds_left(self) -> float | None:
        """What the tiles so far promise for the rest; None before there is a tile to judge by.

        It falls while the next tile is computed, too.
        """
        if not self.done or self.stage is not Stage.RUNNING:
            return None
        promised = (self.reported - self.started) / self.done * (self.total - self.done)
        return max(0.0, promised - (time.monotonic() - self.reported))


def attempt(job: Job, step: Step, again: bool = True) -> Any:
    """Run one step; whatever is raised ends the job with a sentence, and never the worker."""
    try:
        return step(job)
    except helper.Cancelled:
        job.cancel()
    except Interrupted:  # by another picture, so it is worth a second try
        return attempt(job, step, again=False) if again else job.fail(DIED)
    except BaseException as error:  # SystemExit, too: nothing may end the worker's thread
        job.fail(sentence(error))
    return None


def sentence(error: BaseException) -> str:
    """What to tell the visitor; what is not the picture's fault is logged."""
    if isinstance(error, PhotoError):
        return str(error)
    if isinstance(error, MemoryError):
        return NO_MEMORY
    if isinstance(error, Died):
        return DIED
    if isinstance(error, (CannotStart, NotReady)):
        logger.error("a picture could not be denoised: %s", error)
        return CANNOT_START
    logger.error("a picture could not be denoised", exc_info=error)
    return SORRY
