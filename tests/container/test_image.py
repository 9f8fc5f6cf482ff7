"""The image as a host runs it: read-only, no rights, a port of its own, a polite end."""

import io
import json
import subprocess
import time
import urllib.request
from collections.abc import Callable

import numpy as np
import pytest
from conftest import ENGINE, LIMITS, NO_TIMER, PODMAN, run
from PIL import Image
from playwright.sync_api import Browser, Page

from deploy.server import HEALTH, wait_for

Start = Callable[..., tuple[str, str]]
LIMIT_MB = {"tensorflow": 1500, "openvino": 930}  # on top of the base image
PATIENCE = 300_000  # ms: a machine that tests is busy
WITHOUT_BYTECODE = ("--env", "PYTHONPYCACHEPREFIX=/nowhere")


def noisy(width: int = 320, height: int = 240) -> bytes:
    noise = np.random.default_rng(0).normal(128, 25, (height, width, 3))
    sink = io.BytesIO()
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(sink, "PNG")
    return sink.getvalue()


def denoise(page: Page, address: str) -> bytes:
    """Uploads a noisy picture and returns the file that is downloaded."""
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    chooser = page.locator(".st-key-input-files input[type=file]")
    chooser.set_input_files({"name": "noisy.png", "mimeType": "image/png", "buffer": noisy()})
    page.locator(".viewer:not(.waiting)").wait_for()
    page.locator(".st-key-cancel").wait_for(state="detached")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download").click()
    return waiting.value.path().read_bytes()


def is_denoised(data: bytes) -> bool:
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    return pixels.shape == (240, 320, 3) and pixels.std() < 8


def once(image: str, *command: str) -> str:
    """What a command in a container of its own prints."""
    return run(*PODMAN, "run", "--rm", "--network", "host", NO_TIMER, *LIMITS, image, *command)


def inspect(name: str) -> dict:
    return json.loads(run("podman", "container", "inspect", name))[0]


def test_the_page_and_a_denoised_picture_come_from_a_read_only_system(
    start: Start, browser: Browser, record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    name, address = start()
    wait_for(address + HEALTH)
    first = time.monotonic() - began
    page = urllib.request.urlopen(address, timeout=10).read()
    assert b"<title>" in page
    context = browser.new_context()
    assert is_denoised(denoise(context.new_page(), address))
    context.close()
    figures = (
        f"{ENGINE}: first answer {first:.1f} s, first picture {time.monotonic() - began:.1f} s"
    )
    record_property("start", figures)
    print(figures)
    assert inspect(name)["State"]["Running"]


def test_it_runs_as_a_number_without_rights_and_cannot_write_its_files(start: Start) -> None:
    name, address = start()
    wait_for(address + HEALTH)
    status = run(*PODMAN, "exec", name, "cat", "/proc/1/status")
    lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert lines["Uid"].split() == ["10001"] * 4 and lines["Gid"].split() == ["10001"] * 4
    assert int(lines["CapEff"], 16) == 0 and lines["NoNewPrivs"] == "1"
    for place in ("/app/x", "/venv/x", "/usr/x"):
        assert subprocess.run([*PODMAN, "exec", name, "touch", place], check=False).returncode


def test_the_stop_signal_ends_it_within_seconds_also_in_the_middle_of_work(
    start: Start, browser: Browser
) -> None:
    name, address = start()
    wait_for(address + HEALTH)
    context = browser.new_context()
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Salt and pepper").click(timeout=PATIENCE)
    page.locator(".st-key-cancel").wait_for(timeout=PATIENCE)
    began = time.monotonic()
    run("podman", "kill", "--signal", "TERM", name)
    code = int(run("podman", "wait", name, timeout=60))
    context.close()
    assert code in (0, 143)
    assert time.monotonic() - began < 8


def test_its_health_check_says_healthy_and_fails_without_the_server(
    start: Start, image: str
) -> None:
    name, address = start()
    wait_for(address + HEALTH)
    image_check = json.loads(
        run("podman", "image", "inspect", "--format", "{{json .HealthCheck}}", image)
    )
    check = [*PODMAN, "exec", name, *image_check["Test"][1:]]
    without = [*PODMAN, "exec", "--env", "PORT=1", name, *image_check["Test"][1:]]
    assert subprocess.run(check, check=False).returncode == 0
    assert subprocess.run(without, check=False, stderr=-3).returncode == 1


def test_the_terminal_command_works_in_it(image: str) -> None:
    assert "usage: python helper.py" in once(image, "python", "helper.py", "--help")


def test_it_is_small_and_holds_only_what_serving_needs(image: str) -> None:
    size, base = (
        int(run("podman", "image", "inspect", "--format", "{{.Size}}", name)) / 1e6
        for name in (image, "python:3.12-slim")
    )
    print(f"{ENGINE}: {size - base:.0f} MB on top of the base image's {base:.0f} MB")
    listing = once(image, "sh", "-c", "ls -A /app; du -sm /venv /app")
    print(listing)
    assert size - base < LIMIT_MB[ENGINE]
    seen = set(listing.split())
    assert {"main.py", "weights", "photo"} <= seen
    assert not seen & {"tests", "docs", "benchmarks", "deploy", ".git", "requirements.txt"}


@pytest.mark.parametrize("options", [(), WITHOUT_BYTECODE], ids=["bytecode", "none"])
def test_how_long_the_server_takes_to_answer(start: Start, options: tuple[str, ...]) -> None:
    _, address = start(*options)
    seconds = wait_for(address + HEALTH)
    print(f"{ENGINE} {options}: {seconds:.1f} s to the first answer")
    assert seconds < 60
