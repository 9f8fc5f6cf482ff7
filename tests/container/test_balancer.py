"""Two replicas behind the real load balancer with the Caddyfile that compose.yaml uses."""

import http.client
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlparse

import pytest
from conftest import ROOT
from playwright.sync_api import Browser, BrowserContext
from test_image import PATIENCE, denoise, is_denoised

from deploy.server import HEALTH, free_port, running, wait_for

UPSTREAMS = re.compile(r"dynamic a \{.*?\n\t\t\}", re.DOTALL)


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    """Address of each replica, and the file that it logs its requests to."""
    folder, logs = tmp_path_factory.mktemp("replicas"), {}
    options = ("--server.cookieSecret=one for all", "--logger.level=debug")
    with ExitStack() as stack:
        for number in range(2):
            log = folder / f"{number}.log"
            address, _ = stack.enter_context(running(log, *options, host="0.0.0.0"))
            logs[address.removeprefix("http://")] = log
        yield logs


@pytest.fixture(scope="module")
def balancer(replicas: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of Caddy; only where its replicas are is changed in its file."""
    port = free_port()
    text = (ROOT / "deploy" / "Caddyfile").read_text("utf-8")
    text, changes = UPSTREAMS.subn(f"to {' '.join(replicas)}", text)
    assert changes == 1
    file = tmp_path_factory.mktemp("caddy") / "Caddyfile"
    file.write_text(text, "utf-8")
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]
    server = subprocess.Popen(command, env={**os.environ, "SITE": f":{port}"}, stderr=-3)
    try:
        wait_for(f"http://127.0.0.1:{port}{HEALTH}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture
def visitor(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context()
    yield context
    context.close()


def replica_of(context: BrowserContext) -> str:
    return next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "replica")


def test_caddy_accepts_the_file_as_it_is() -> None:
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", "deploy/Caddyfile"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_a_visitor_stays_with_one_replica_and_gets_the_picture(
    balancer: str, visitor: BrowserContext
) -> None:
    page, sockets, troubles = visitor.new_page(), [], []
    page.on("websocket", lambda socket: sockets.append(socket.url))
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    assert is_denoised(denoise(page, balancer))
    first = replica_of(visitor)
    page.reload()
    page.get_by_role("button", name="Salt and pepper").wait_for(timeout=PATIENCE)
    assert replica_of(visitor) == first
    assert sockets and all("/_stcore/stream" in url for url in sockets)
    assert troubles == []


def test_every_tab_of_the_page_works_under_the_content_security_policy(
    balancer: str, visitor: BrowserContext
) -> None:
    page, troubles = visitor.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("console", lambda line: troubles.append(line.text) if line.type == "error" else None)
    page.goto(balancer)
    for tab, text in (("Playground", "Compare with"), ("About", "Limits")):
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(text, exact=True).first.wait_for()
    page.wait_for_timeout(2000)
    assert troubles == []


def test_visitors_are_spread_over_the_replicas(balancer: str, browser: Browser) -> None:
    seen = set()
    for _ in range(12):
        context = browser.new_context()
        context.request.get(balancer)
        seen.add(replica_of(context))
        context.close()
    assert len(seen) == 2


def test_the_security_headers_are_there_and_the_metrics_are_not(balancer: str) -> None:
    with urllib.request.urlopen(balancer, timeout=10) as answer:
        headers = answer.headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{balancer}/_stcore/metrics", timeout=10)


@pytest.mark.parametrize("origin, status", [("https://elsewhere.example", 403), ("", 101)])
def test_only_its_own_page_can_open_a_session(balancer: str, origin: str, status: int) -> None:
    connection = http.client.HTTPConnection(urlparse(balancer).netloc, timeout=60)
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Origin": origin or balancer,
    }
    connection.request("GET", "/_stcore/stream", headers=asked)
    assert connection.getresponse().status == status
    connection.close()


def test_an_upload_without_the_sites_token_is_refused(balancer: str) -> None:
    upload = f"{balancer}/_stcore/upload_file/session/file"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(upload, b"x", method="PUT"), timeout=10)
    assert refused.value.code == 403
