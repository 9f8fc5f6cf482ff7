"""The network's process as a visitor and a terminal know it: killed, and ended with the page."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from steps import noisy, png, result, upload
from waiting import until

from deploy.server import running

pytestmark = pytest.mark.skipif(not Path("/proc").exists(), reason="looks at /proc")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the terminal of `own` shows."""
    return tmp_path_factory.mktemp("own") / "log.txt"


@pytest.fixture(scope="module")
def own(log: Path) -> Iterator[tuple[str, subprocess.Popen]]:
    """An app that no other test uses."""
    with running(log) as app:
        yield app


def children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for one in threads for child in (one / "children").read_text().split()]


def test_a_killed_child_is_reported_or_replaced_and_the_next_picture_is_done(
    open_page, own
) -> None:
    """Killed while it lets something in between, it costs nothing: the picture begins again."""
    address, server = own
    page = open_page(address)
    upload(page, ("large.png", png(noisy(2000, 1500))))
    page.get_by_text("Denoising: ").first.wait_for()
    killed = children(server.pid)[0]
    os.kill(killed, signal.SIGKILL)
    reported = page.get_by_text("ran out of memory or was stopped").first
    done = page.locator(".st-key-line .text", has_text="Noise removed:").first
    reported.or_(done).first.wait_for()
    until(lambda: killed not in children(server.pid))
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Salt and pepper").wait_for()
    upload(page, ("small.png", png(noisy())))
    result(page)
    assert page.get_by_role("alert").count() == 0


def test_ctrl_c_ends_page_and_child_without_a_traceback(open_page, own, log: Path) -> None:
    address, server = own
    page = open_page(address)
    upload(page, ("large.png", png(noisy(2000, 1500, seed=5))))
    page.get_by_text("Denoising: ").first.wait_for()
    child = children(server.pid)[0]
    os.killpg(server.pid, signal.SIGINT)
    server.wait(timeout=60)
    until(lambda: not Path(f"/proc/{child}").exists())
    assert "Traceback" not in log.read_text("utf-8")
