"""How the page looks and behaves on other screens, and what it must never do."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlparse

import pytest
from steps import batch_done, large, noisy, png, result, upload


def test_nothing_is_asked_of_another_host(open_page, app: str) -> None:
    hosts = set()
    page = open_page()
    page.on("request", lambda request: hosts.add(urlparse(request.url).netloc))
    page.reload()
    page.get_by_role("button", name="Salt and pepper").wait_for()
    upload(page, ("a.png", png(noisy())))
    result(page)
    for tab in ("Playground", "About"):
        page.get_by_role("tab", name=tab).click()
        page.wait_for_timeout(1000)
    assert hosts - {urlparse(app).netloc, ""} == set()


def test_a_dark_screen_gets_the_dark_theme(open_page) -> None:
    page = open_page(color_scheme="dark")
    colour = page.locator(".stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    assert colour == "rgb(19, 22, 24)"


@pytest.fixture(scope="session")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """axe-core's script."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not installed; axe-core comes from there")
    folder = tmp_path_factory.mktemp("axe")
    done = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "axe-core@4"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip("npm could not fetch axe-core")
    return Path(folder, "node_modules/axe-core/axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_state(open_page, axe: str, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    found = violations(page, axe)
    upload(page, ("large.jpg", large(20)))
    page.get_by_text("Denoising: ").first.wait_for()
    found += violations(page, axe)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Start again").wait_for()
    found += violations(page, axe)
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Undo").wait_for()
    upload(page, ("a.png", png(noisy())))
    result(page)
    found += violations(page, axe)
    upload(page, ("bad.png", b"no picture"))
    batch_done(page)
    found += violations(page, axe)
    for tab, sign in (("Playground", "Compare with"), ("About", "Limits")):
        page.get_by_role("tab", name=tab).click()
        page.get_by_text(sign, exact=True).first.wait_for()
        found += violations(page, axe)
    assert not found, json.dumps(found, indent=1)


def violations(page, axe: str) -> list[str]:
    """Those of axe-core's that are ours, not the framework's."""
    page.wait_for_timeout(800)
    page.evaluate(axe)
    report = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{item['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for item in report["violations"]
        for node in item["nodes"]
    ]
