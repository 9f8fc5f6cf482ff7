"""A folder denoised by many processes, on one machine or a cluster: `python helper.py ... --ray`.

Ray (https://www.ray.io, `pip install ray`) starts the workers, replaces one that dies, and gives
its picture out again. A result is written beside its place and then renamed, so it is there whole
or not at all, and a picture whose result is there is not done again.

Every machine of a cluster must have this project, and see the pictures, under the same paths.
"""

import argparse
import logging
import os
import re
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2

import cli
import helper
import photo

_RETRIES = 2  # of a picture over which a worker died
_GAVE_UP = "Its worker died over it again and again; perhaps memory is short."

Identities = set[tuple[int, int]]  # of files, as `cli.identity` gives them


class Worker:
    """A process with a network and a share of the processor of its own."""

    def __init__(self, args: argparse.Namespace, folder: str, since: int) -> None:
        os.chdir(folder)  # relative paths mean what they mean to the caller
        share = str(args.cpus_per_worker)
        os.environ |= {"TF_NUM_INTRAOP_THREADS": share, "TF_NUM_INTEROP_THREADS": "1"}
        cv2.setNumThreads(args.cpus_per_worker)
        self._args, self._since = args, since
        self._model = helper.load_model(args.weights) if args.weights else None

    def denoise(self, jobs: list[cli.Job], inputs: Identities) -> list[cli.Outcome]:
        """Denoises files whose results could be of one name, in their order."""
        taken: set[Path] = set()
        same = (self._args, self._model, "", taken, inputs, self._since)
        return [cli.attempt(job, *same) for job in jobs]


def run(jobs: list[cli.Job], args: argparse.Namespace, failures: int, sources: Identities) -> int:
    """Denoises the jobs as `cli.main` does, on Ray; returns the exit code.

    Args:
        jobs: What to denoise.
        args: The command line; `args.ray` is "local" or the address of a running cluster.
        failures: Inputs that were refused before.
        sources: The identities of all inputs, none of which may be overwritten.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Ray would report its use
    try:
        import ray
    except ImportError:
        print("--ray needs Ray. Install it: pip install ray", file=sys.stderr)
        return 2
    try:
        _connect(ray, args.ray)
    except (OSError, OverflowError, ValueError, RuntimeError) as error:
        first = str(error).partition("\n")[0]
        print(f"No Ray cluster was found at {args.ray}: {first}", file=sys.stderr)
        return 2
    try:
        return cli.tell(_outcomes(ray, jobs, args, sources), len(jobs), failures)
    finally:
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if address == "local":
        ray.init("local", include_dashboard=False, num_cpus=os.cpu_count(), **quiet)
        return
    if at := re.fullmatch(r"(?:ray://)?(.+):(\d+)", address):
        # Ray itself would try for many minutes.
        socket.create_connection((at[1], int(at[2])), timeout=10).close()
    ray.init(address, **quiet)


def _outcomes(
    ray: Any, jobs: list[cli.Job], args: argparse.Namespace, sources: Identities
) -> Iterator[tuple[cli.Job, cli.Outcome]]:
    """Each job with what became of it, as they are finished."""
    waiting = iter(groups(jobs))
    idle = _workers(ray, args, len(jobs))
    inputs = ray.put(_endangered(jobs, args.output, sources))
    busy: dict[Any, tuple[Any, list[cli.Job]]] = {}
    while True:
        for group in waiting if idle else ():
            worker = idle.pop()
            busy[worker.denoise.remote(group, inputs)] = (worker, group)
            if not idle:
                break
        if not busy:
            return
        (ready,), _ = ray.wait(list(busy), num_returns=1)
        worker, group = busy.pop(ready)
        idle.append(worker)
        try:
            outcomes = ray.get(ready)
        except ray.exceptions.RayActorError:
            outcomes = [(False, _GAVE_UP)] * len(group)
        yield from zip(group, outcomes, strict=True)


def _workers(ray: Any, args: argparse.Namespace, most: int) -> list[Any]:
    """As many workers as the processors allow, at least one."""
    nodes = [node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]]
    share = args.cpus_per_worker = int(max(min(args.cpus_per_worker, max(nodes)), 1))
    count = max(sum(int(cpus // share) for cpus in nodes), 1)
    kind = ray.remote(num_cpus=share, max_restarts=-1, max_task_retries=_RETRIES)(Worker)
    since = now(args.output)
    return [kind.remote(args, os.getcwd(), since) for _ in range(min(count, most))]


def _endangered(jobs: list[cli.Job], output: Path, sources: Identities) -> Identities:
    """The inputs that stand where results go: seldom any, so that there is little to send."""
    folders = {output / job.folder for job in jobs}
    there = [f for folder in folders if folder.is_dir() for f in folder.iterdir()]
    return sources & {cli.identity(f) for f in (output, *there) if f.is_file()}


def groups(jobs: list[cli.Job]) -> list[list[cli.Job]]:
    """Jobs whose results could be of one name together, so that one worker tells them apart."""
    found: dict[tuple[Path, str], list[cli.Job]] = {}
    for job in jobs:
        stem = Path(photo.output_name(job.source.name, "PNG")).stem
        numberless = re.sub(r"( \(\d+\))+$", "", stem)
        found.setdefault((job.folder, numberless), []).append(job)
    return list(found.values())


def now(output: Path) -> int:
    """The time in nanoseconds by the clock of the disk that the results go to."""
    folder = next(f for f in (output, *output.absolute().parents) if f.is_dir())
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        return os.stat(file.name).st_mtime_ns
