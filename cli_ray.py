"""A folder denoised by many processes, on one machine or a cluster: `python helper.py ... --ray`.

Ray (https://www.ray.io, `pip install ray`) starts the workers, replaces one that dies, and gives
its picture out again. A result is written beside its place and then renamed, so it is there whole
or not at all, and a picture whose result is there is not done again.

Every machine of a cluster must have this project, and see the pictures, under the same paths.
"""

import logging
import os
import re
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import cv2

import photo
from files import Job, Options, Outcome, Targets, attempt, denoise_file, identities

_RETRIES = 2  # of a picture over which a worker died
_GAVE_UP = Outcome(
    False,
    "The process working on it died three times, perhaps out of memory; try a larger "
    "--cpus-per-worker.",
)

Identities = set[tuple[int, int]]  # of files, as `files.identities` gives them


class ClusterError(Exception):
    """Ray or its cluster is missing; the message is one sentence for people."""


class Worker:
    """A process with a network and a share of the processor of its own."""

    def __init__(self, options: Options, folder: str, cpus: int, since: int) -> None:
        os.chdir(folder)  # relative paths mean what they mean to the caller
        os.environ |= {"TF_NUM_INTRAOP_THREADS": str(cpus), "TF_NUM_INTEROP_THREADS": "1"}
        cv2.setNumThreads(cpus)
        self._options, self._since = options, since
        self._model = options.load_model()

    def denoise(self, jobs: list[Job], inputs: Identities) -> list[Outcome]:
        """Denoises files whose results could be of one name, in their order."""
        targets = Targets(self._options, inputs)
        todo = partial(
            denoise_file,
            options=self._options,
            targets=targets,
            model=self._model,
            since=self._since,
        )
        return [attempt(partial(todo, job), job.source) for job in jobs]


@contextmanager
def cluster(address: str, cpus_per_worker: int) -> Iterator["Cluster"]:
    """A connection to Ray while the context lasts.

    Args:
        address: "local", or the address of a running cluster.
        cpus_per_worker: Processors for each worker, at most.

    Raises:
        ClusterError: Ray is not installed, or there is no cluster at the address.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report its use
    try:
        import ray
    except ImportError:
        raise ClusterError("--ray needs Ray. Install it: pip install ray") from None
    try:
        _connect(ray, address)
    except (OSError, OverflowError, ValueError, RuntimeError) as error:
        first = str(error).partition("\n")[0]
        missing = f"No Ray cluster was found at {address}"
        if address == "local":
            missing = "Ray could not be started on this machine"
        raise ClusterError(f"{missing}: {first}") from error
    try:
        yield Cluster(ray, cpus_per_worker)
    finally:
        ray.shutdown()


class Cluster:
    """Workers on the machines of a Ray cluster."""

    def __init__(self, ray: Any, cpus_per_worker: int) -> None:
        self._ray, self._cpus = ray, cpus_per_worker

    def denoise(
        self, jobs: list[Job], options: Options, inputs: Identities
    ) -> Iterator[tuple[Job, Outcome]]:
        """Each job with what became of it, as they are finished."""
        ray, waiting = self._ray, iter(groups(jobs))
        idle = self._workers(options, len(jobs))
        endangered = ray.put(_endangered(jobs, options.output, inputs))
        busy: dict[Any, tuple[Any, list[Job]]] = {}
        while True:
            while idle and (group := next(waiting, None)):
                worker = idle.pop()
                busy[worker.denoise.remote(group, endangered)] = (worker, group)
            if not busy:
                return
            (ready,), _ = ray.wait(list(busy), num_returns=1)
            worker, group = busy.pop(ready)
            idle.append(worker)
            try:
                outcomes = ray.get(ready)
            except ray.exceptions.RayTaskError as error:
                why = f"Something went wrong ({type(error.cause).__name__}: {error.cause})."
                outcomes = [Outcome(False, why)] * len(group)
            except ray.exceptions.RayError:  # it died, or ran out of memory
                outcomes = [_GAVE_UP] * len(group)
            yield from zip(group, outcomes, strict=True)

    def _workers(self, options: Options, most: int) -> list[Any]:
        """As many workers as the processors allow, at least one."""
        ray = self._ray
        nodes = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
        cpus = int(max(min(self._cpus, max(nodes)), 1))
        count = max(sum(int(node // cpus) for node in nodes), 1)
        kind = ray.remote(num_cpus=cpus, max_restarts=-1, max_task_retries=_RETRIES)(Worker)
        since = disk_time(options.output)
        return [kind.remote(options, os.getcwd(), cpus, since) for _ in range(min(count, most))]


def _connect(ray: Any, address: str) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == "local":
        ray.init("local", include_dashboard=False, num_cpus=os.cpu_count(), **quiet)
        return
    if at := re.fullmatch(r"(?:ray://)?(.+):(\d+)", address):
        # Ray itself would try for many minutes.
        socket.create_connection((at[1], int(at[2])), timeout=10).close()
    ray.init(address, **quiet)


def _endangered(jobs: list[Job], output: Path, inputs: Identities) -> Identities:
    """The inputs that are where results go: seldom any, so that there is little to send."""
    there = [output]
    for folder in {output / job.folder for job in jobs}:
        with suppress(OSError):  # not there, or not to be looked into: its files will say so
            there += folder.iterdir()
    return inputs & identities(there)


def groups(jobs: list[Job]) -> list[list[Job]]:
    """Jobs whose results could be of one name together, so that one worker tells them apart."""
    found: dict[tuple[Path, str], list[Job]] = {}
    for job in jobs:
        stem = Path(photo.output_name(job.source.name, "PNG")).stem
        numberless = re.sub(r"( \(\d+\))+$", "", stem)
        place = Path(photo.folded(str(job.folder)))
        found.setdefault((place, photo.folded(numberless)), []).append(job)
    return list(found.values())


def disk_time(output: Path) -> int:
    """The time in nanoseconds by the clock of the disk that the results go to."""
    folder = next(f for f in (output, *output.absolute().parents) if f.is_dir())
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        return os.stat(file.name).st_mtime_ns
