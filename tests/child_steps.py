"""What tests have a child do. It imports this file by its name, so nothing heavy is in here."""

import os
import pickle
import signal
import sys
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


def break_off(task: Task) -> None:
    """End in the middle of an answer."""
    message = pickle.dumps(("done", b"x" * 1000, 0))
    task._channel._sink.write(message[:500])
    task._channel._sink.flush()
    os._exit(1)


def babble(task: Task) -> None:
    """Answer with what is no pickle."""
    task._channel._sink.write(b"Segmentation fault\n" * 10)
    task._channel._sink.flush()


def stop_reading(task: Task) -> None:
    """Answer, and then neither read nor write."""
    task._channel.send(("done", None, 0))
    time.sleep(60)


def fill_disk(task: Task) -> None:
    """What a full disk raises."""
    with open("/dev/full", "wb", buffering=0) as disk:
        disk.write(b"x")


def leave(task: Task) -> None:
    sys.exit("a library ends the process")


def parts(task: Task) -> None:
    task.report(1, 2, "first part")
    task.report(2, 2)


def prepare_slowly(task: Task) -> None:
    """Ready when there is a file where READY_WHEN says."""
    task.prepare(_wait_for_file)


def _wait_for_file() -> None:
    while not os.path.exists(os.environ["READY_WHEN"]):
        time.sleep(0.01)


def prepare_in_vain(task: Task) -> None:
    task.prepare(_fail)


def _fail() -> None:
    raise KeyError("weights")


def network(task: Task) -> str:
    """Needs what `prepare` began."""
    task.wait_until_ready()
    return "ready"
