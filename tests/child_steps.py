"""What tests have a child do. It imports this file by its name, so nothing heavy is in here."""

import os
import signal
import time

import numpy as np

import helper
from photo import PhotoError
from ui.child import Task

held: list[np.ndarray] = []


def ready(task: Task) -> None:
    """A start that takes no time."""


def double(task: Task, value: np.ndarray) -> np.ndarray:
    return value * 2


def pid(task: Task) -> int:
    return os.getpid()


def tiles(task: Task, count: int) -> int:
    """A long job; returns the process that did it."""
    for done in range(1, count + 1):
        if task.cancelled():
            raise helper.Cancelled
        time.sleep(0.01)
        task.report(done, count)
    return os.getpid()


def die(task: Task) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def hang(task: Task) -> None:
    time.sleep(60)


def bad(task: Task) -> None:
    raise PhotoError("The file is cut short.")


def broken(task: Task) -> None:
    raise KeyError("secret")


def exhaust(task: Task) -> None:
    """Ask for more memory than this process may have."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (4_000_000_000, resource.RLIM_INFINITY))
    np.ones(8_000_000_000, np.uint8)


def keep(task: Task, size: int) -> None:
    """A leak of so many bytes."""
    held.append(np.ones(size, np.uint8))
