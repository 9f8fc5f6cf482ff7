"""Builds and starts what deploy/ describes. Asked for only: `make container-test`.

Left out of an ordinary `pytest`, as it downloads half a gigabyte and takes minutes. It wants root
on Linux and Debian's podman, caddy and chromium:

    apt-get install podman runc caddy chromium

`ENGINE=openvino make container-test` tries the other engine. What else the build needs, such as a
proxy's certificate, goes into BUILD_OPTIONS.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from deploy.server import free_port

ROOT = Path(__file__).parents[2]
ENGINE = os.environ.get("ENGINE", "tensorflow")
IMAGE = f"localhost/image-denoiser:{ENGINE}"
PODMAN = ("podman", *(("--runtime", "runc") if shutil.which("runc") else ()))
LIMITS = ("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=2048:2048")
NO_TIMER = "--no-healthcheck"  # podman wants systemd for it; the tests ask by themselves
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]


def pytest_ignore_collect() -> bool | None:
    return None if os.environ.get("CONTAINER_TEST") else True


def run(*command: str, timeout: float = 3600) -> str:
    """Runs it to its end and returns what it prints. Raises CalledProcessError."""
    done = subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=-1, timeout=timeout)
    return done.stdout.strip()


@pytest.fixture(scope="session")
def image() -> str:
    """The image, built from the Dockerfile as it is."""
    if shutil.which("podman") is None:
        pytest.fail("podman is not installed (Debian: apt-get install podman runc)")
    options = shlex.split(os.environ.get("BUILD_OPTIONS", ""))
    run(
        *("podman", "build", "--isolation", "chroot", "--format", "docker", "--network", "host"),
        *("--build-arg", f"ENGINE={ENGINE}", "-t", IMAGE, *options, "."),
    )
    return IMAGE


@pytest.fixture
def start(image: str) -> Iterator[Callable[..., tuple[str, str]]]:
    """Starts a container as compose.yaml does; returns its name and its address."""
    names = []

    def start_one(*options: str) -> tuple[str, str]:
        port = free_port()
        names.append(f"denoiser-{port}")
        run(
            *(*PODMAN, "run", "--detach", "--name", names[-1], "--network", "host", NO_TIMER),
            *("--read-only", "--read-only-tmpfs=false", "--tmpfs", "/tmp:size=64m,mode=1777"),
            *("--cap-drop", "all", "--security-opt", "no-new-privileges", *LIMITS),
            *("--env", f"PORT={port}", *options, image),
        )
        return names[-1], f"http://127.0.0.1:{port}"

    yield start_one
    for name in names:
        subprocess.run([*PODMAN, "rm", "--force", "--time", "2", name], check=False)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()
