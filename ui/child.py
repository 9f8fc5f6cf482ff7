"""The child's side of the work: the only process that imports TensorFlow.

`ui/process.py` starts it with `main`; it takes calls on its standard input and answers on its
standard output, in pickles. One call goes like this (parent > child < parent):

    > (function, args)                   call a module-level function as function(task, *args)
    < ("progress", done, total, part)    only if the function reports: after each tile
    > "go on", "cancel", or first another (function, args), which is done and answered at once
    < ("done", result, bytes in memory before the call) or ("failed", exception)

The bytes are 0 as long as the network is being loaded.
"""

from __future__ import annotations

import ctypes
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from ui import memory
from ui.memo import Memo

GO_ON, CANCEL = "go on", "cancel"
NICENESS = 5  # the page goes first when both want the processor
OOM_SCORE = 500  # more, of 1000: when memory ends, Linux is to take this process, not the page's
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG

Call = tuple[Callable[..., Any], tuple[Any, ...]]


class ChildError(Exception):
    """A bug in the child's work; the message is its traceback."""


class NotReady(Exception):
    """The preparation failed; the message is its traceback."""


class Closed(Exception):
    """The process on the other side of the channel has ended."""


class Channel:
    """Pickles both ways over two binary streams. Arrays go as they are, in one piece."""

    def __init__(self, source: IO[bytes], sink: IO[bytes]) -> None:
        self._source, self._sink = source, sink

    def receive(self) -> Any:
        """The next message. Raises Closed."""
        try:
            return pickle.load(self._source)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            raise Closed from error  # nothing, half a message, or the stream was closed

    def send(self, message: Any) -> None:
        """Raises Closed."""
        try:
            pickle.dump(message, self._sink, protocol=5)
            self._sink.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            raise Closed from error


class Preparation:
    """Something slow that is done beside the first calls, in a thread of its own."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None
        self._failure = ""

    def begin(self, function: Callable[[], object]) -> None:
        def run() -> None:
            try:
                function()
            except BaseException:
                self._failure = traceback.format_exc()

        self._thread = threading.Thread(target=run, daemon=True, name="preparation")
        self._thread.start()

    @property
    def under_way(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def wait(self) -> None:
        """Until it is done. Raises NotReady if it failed."""
        if self._thread is not None:
            self._thread.join()
        if self._failure:
            raise NotReady(self._failure)


@dataclass(frozen=True)
class Shared:
    """What all calls of one child share: the pictures decoded last, and its preparation."""

    memo: Memo = field(default_factory=Memo)
    preparation: Preparation = field(default_factory=Preparation)


class Task:
    """One call: what a function uses to say how far it is and to ask whether to stop."""

    def __init__(self, channel: Channel, shared: Shared) -> None:
        self._channel, self._shared, self._stop = channel, shared, False
        self.memo = shared.memo

    def prepare(self, function: Callable[[], object]) -> None:
        """Begin what takes long; calls that do not need it are answered meanwhile."""
        self._shared.preparation.begin(function)

    def wait_until_ready(self) -> None:
        """Wait for what was begun. Raises NotReady if it failed."""
        self._shared.preparation.wait()

    def report(self, done: int, total: int, part: Any = None) -> None:
        """Send progress, with a part of the result; meanwhile answer the calls of the page."""
        self._channel.send(("progress", done, total, part))
        while not isinstance(reply := self._channel.receive(), str):
            answer(self._channel, reply, self._shared)
        self._stop = reply == CANCEL

    def cancelled(self) -> bool:
        return self._stop


def answer(channel: Channel, call: Call, shared: Shared, at_rest: int = 0) -> None:
    """Make one call and send what came of it, with the memory in use before it."""
    from helper import Cancelled
    from photo import PhotoError

    message: tuple[Any, ...]
    function, args = call
    try:
        message = ("done", function(Task(channel, shared), *args), at_rest)
    except Closed:
        raise
    except (Cancelled, PhotoError, NotReady) as error:
        message = ("failed", error)
    except Exception as error:
        lacks = isinstance(error, MemoryError) or type(error).__name__ == "ResourceExhaustedError"
        if lacks:
            shared.memo.clear()
        bug = ChildError(traceback.format_exc())
        message = ("failed", MemoryError(str(error)) if lacks else bug)
    channel.send(message)


def serve(channel: Channel) -> None:
    """Make calls until the page has gone."""
    at_rest, shared = 0, Shared()
    with suppress(Closed):
        while True:
            answer(channel, channel.receive(), shared, at_rest)
            memory.give_back()
            at_rest = 0 if shared.preparation.under_way else memory.in_use()


def main() -> None:
    """What a child does, from its start to its end."""
    _settle()
    serve(_own_channel())


def _settle() -> None:
    """Die with the page, be the first to go when memory ends, and leave Ctrl-C to the page."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        with suppress(OSError):
            score = Path("/proc/self/oom_score_adj")  # Kubernetes has raised it already
            score.write_text(str(min(int(score.read_text("ascii")) + OOM_SCORE, 1000)), "ascii")


def _own_channel() -> Channel:
    """The streams that the page gave. What libraries print goes to the terminal instead."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return Channel(sys.stdin.buffer, sink)
