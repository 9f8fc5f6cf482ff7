"""Starts the app as a terminal does."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]


@contextmanager
def running(log: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """The app in a process group of its own, as a terminal starts it: its address, its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--server.port", str(port), "--server.address", "127.0.0.1"]
    command = [sys.executable, "-m", "streamlit", "run", "main.py", *options]
    environment = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true", "TF_CPP_MIN_LOG_LEVEL": "3"}
    with log.open("w") as sink:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=sink, stderr=sink, env=environment, start_new_session=True
        )
        try:
            _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", server
        finally:
            server.terminate()
            server.wait(timeout=60)


def _wait_for(address: str) -> None:
    for _ in range(120):
        try:
            urllib.request.urlopen(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.5)
    raise RuntimeError("the app did not start")
