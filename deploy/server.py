"""Starts the page as a terminal does, and waits until it answers: for tests and benchmarks."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEALTH = "/_stcore/health"


@contextmanager
def running(
    log: Path | None = None, *options: str, python: str = sys.executable, host: str = "127.0.0.1"
) -> Iterator[tuple[str, subprocess.Popen]]:
    """The page on a free port, in a process group of its own: its address and its process.

    Args:
        log: The file that its output goes to; None for this process's own.
        options: Of `streamlit run`.
        python: Of the environment that it runs in.
        host: The address that it listens at.

    Raises:
        TimeoutError: It does not answer.
    """
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    where = (f"--server.port={port}", f"--server.address={host}")
    command = [python, "-m", "streamlit", "run", "main.py", *where, *options]
    environment = {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    sink = log.open("w") if log else None
    server = subprocess.Popen(
        command, cwd=ROOT, stdout=sink, stderr=sink, env=environment, start_new_session=True
    )
    try:
        wait_for(address + HEALTH)
        yield address, server
    finally:
        server.terminate()
        server.wait(timeout=60)
        if sink:
            sink.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, seconds: float = 300) -> float:
    """Seconds until the address answers with 200.

    Raises:
        TimeoutError: It does not.
    """
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return time.monotonic() - began
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"{address} does not answer")
