"""The child's work done in the test's own process, by a network that is quick to make."""

from collections.abc import Callable
from typing import Any

import pytest

import helper
from model.inference.engine import Engine
from model.unet import build_unet
from ui.memo import Memo
from ui.process import Report, ignore


class HereTask:
    """Stands for `ui.child.Task`."""

    def __init__(self, report: Report = ignore, cancelled: Callable[[], bool] = bool) -> None:
        self.memo = Memo()
        self.parts: list[Any] = []
        self.cancelled, self._report = cancelled, report

    def report(self, done: int, total: int, part: Any = None) -> None:
        self.parts.append(part)
        self._report(done, total, part)

    def wait_until_ready(self) -> None:
        """Nothing is loaded in the background."""


class HereProcess:
    """Stands for `ui.process.Process`; remembers the names of the functions called."""

    running, failed, stale, pid = True, False, False, 1

    def __init__(self) -> None:
        self.calls: list[str] = []

    def call(
        self,
        function: Callable[..., Any],
        *args: Any,
        report: Report = ignore,
        cancelled: Callable[[], bool] = bool,
    ) -> Any:
        self.calls.append(function.__name__)
        return function(HereTask(report, cancelled), *args)

    def start(self) -> None:
        """It runs."""

    def end(self) -> None:
        """It goes on."""


def use_small_network(patch: pytest.MonkeyPatch) -> None:
    """`helper.denoise` by a network that changes nothing: whatever else changes a pixel shows."""
    engine = Engine(build_unet(4))
    patch.setattr(helper, "_engine", lambda: engine)
