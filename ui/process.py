"""The page's side of the child process: starts it, calls it, notices its death, ends it."""

from __future__ import annotations

import atexit
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar, TypeVarTuple

from ui.child import CANCEL, GO_ON, Channel, Closed, NotReady, Task

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_S = 600  # a child that is silent for so long hangs
END_S = 30  # a killed process that is still there after so long is left to the system
GROWTH = 500_000_000  # bytes at rest above those at the start: time for a fresh child
PIPE = 1 << 20  # bytes; Linux' usual 64 KiB make large pictures slower
ENVIRONMENT = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # errors only
    "MALLOC_ARENA_MAX": "2",  # glibc's usual 8 a core hold on to freed memory
}

logger = logging.getLogger(__name__)
R = TypeVar("R")
Ts = TypeVarTuple("Ts")


class Died(Exception):
    """The child ended in the middle of a call: out of memory, killed, or crashed."""


class Interrupted(Died):
    """The child died of another call, made while this one was between two tiles."""


class CannotStart(Exception):
    """No child can be had: the system refuses, or it fails while it makes itself ready."""


Report = Callable[[int, int, Any], None]  # tiles done, tiles in all, a part of the result or None


def ignore(done: int, total: int, part: Any = None) -> None:
    """A `report` for calls that nobody watches."""


class Process:
    """Keeps one child. All calls come from one thread; `end` may be called from any."""

    def __init__(self, prepare: Callable[[Task], object]) -> None:
        """prepare: the first thing that every child does; the page never waits for it."""
        self._prepare = prepare
        self._child: _Child | None = None
        self._closed = False
        self.failed = False  # the last start did not succeed
        atexit.register(self.close)

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        child = self._child  # read once: another thread may end it
        return child.pid if child is not None and child.alive else None

    @property
    def stale(self) -> bool:
        """Whether a fresh child would be better, as this one's memory ran out or creeps up."""
        child = self._child
        return child is not None and child.stale

    def start(self) -> None:
        """Have a child that is ready. Raises CannotStart."""
        if self.running:
            return
        if self._closed:
            raise CannotStart("the page is ending")
        self.end()
        self.failed = True
        try:
            child = self._child = _Child()  # OSError: no process, memory, or file is to be had
            child.call(self._prepare, ())
        except Exception as error:
            self.end()
            if not self._closed:
                logger.error("The denoiser cannot start. %s: %s", type(error).__name__, error)
            raise CannotStart(str(error)) from error
        self.failed = False

    def call(
        self,
        function: Callable[[Task, *Ts], R],
        *args: *Ts,
        report: Report = ignore,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> R:
        """`function(task, *args)` in the child, which is started if there is none.

        function: on a module's top level. Arguments and result are copied, so what it changes in
        place stays in the child. report: called here after each tile; it may make another call.

        Raises:
            Died: The child ended; the next call has a new one. Interrupted: not of this call.
            CannotStart: There is no child.
            PhotoError, helper.Cancelled, MemoryError: As raised by the function.
            ChildError: It raised anything else.
        """
        self.start()
        child = self._child
        if child is None:  # ended by another thread since
            raise Died("it was ended before the call")
        try:
            result: R = child.call(function, args, report, cancelled)
        except Died as error:
            if not self._closed:
                logger.error("The denoiser's process has to be started again: %s.", error)
            raise
        return result

    def end(self) -> None:
        """End the child, if there is one, and so give its memory back."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def close(self) -> None:
        """End it for good, when the page's process ends."""
        self._closed = True
        self.end()


class _Child:
    """One running child, from its start to its end."""

    def __init__(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-c", "from ui.child import main; main()"],
            cwd=ROOT,
            env={**ENVIRONMENT, **os.environ},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=PIPE,
        )
        assert self._popen.stdin is not None and self._popen.stdout is not None
        self._channel = Channel(self._popen.stdout, self._popen.stdin)
        self._at_rest = self._at_start = 0
        self._short = False

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    @property
    def stale(self) -> bool:
        return self._short or self._at_rest - self._at_start > GROWTH

    def call(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        report: Report = ignore,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Any:
        """One call, and those made in `report` inside of it."""
        try:
            return self._talk(function, args, report, cancelled)
        except Closed:
            self.end()
            raise Died(f"it ended with code {self._popen.returncode}") from None

    def end(self) -> None:
        """Killed, not asked: it holds nothing that would be lost."""
        self._popen.kill()
        with suppress(subprocess.TimeoutExpired):  # stuck in the kernel; no reason to wait, too
            self._popen.wait(END_S)
        for stream in (self._popen.stdin, self._popen.stdout):
            with suppress(OSError):
                stream.close()  # type: ignore[union-attr]

    def _talk(
        self,
        function: Callable[..., Any],
        args: tuple[Any, ...],
        report: Report,
        cancelled: Callable[[], bool],
    ) -> Any:
        with self._in_step():
            self._send((function, args))
            while (reply := self._receive())[0] == "progress":
                report(*reply[1:])
                if not self.alive:
                    raise Interrupted("it ended while another picture was let in between")
                self._send(CANCEL if cancelled() else GO_ON)
        if reply[0] == "done":
            self._at_rest = reply[2] or self._at_rest
            self._at_start = self._at_start or self._at_rest
            return reply[1]
        self._short |= isinstance(reply[1], (MemoryError, NotReady))
        raise reply[1]

    @contextmanager
    def _in_step(self) -> Iterator[None]:
        """After half a conversation nothing that follows would be understood: end it."""
        try:
            yield
        except BaseException:
            self.end()
            raise

    def _send(self, message: Any) -> None:
        with self._watched():
            self._channel.send(message)

    def _receive(self) -> Any:
        with self._watched():
            return self._channel.receive()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Kill the child if it neither reads nor writes for `PATIENCE_S`."""
        watch = threading.Timer(PATIENCE_S, self._popen.kill)
        watch.daemon = True
        with suppress(RuntimeError):  # the system grants no more threads: go on unwatched
            watch.start()
        try:
            yield
        finally:
            watch.cancel()
