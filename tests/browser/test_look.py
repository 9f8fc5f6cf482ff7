"""How the page looks and behaves on other screens, and what it must never do."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlparse

import pytest
from steps import noisy, png, result, upload


def test_nothing_is_asked_of_another_host(open_page, app: str) -> None:
    hosts = set()
    page = open_page()
    page.on("request", lambda request: hosts.add(urlparse(request.url).netloc))
    page.reload()
    page.get_by_role("button", name="Salt and pepper").wait_for()
    upload(page, ("a.png", png(noisy())))
    result(page)
    for room in ("Playground", "About the model"):
        page.get_by_role("tab", name=room).click()
        page.wait_for_timeout(1000)
    assert hosts - {urlparse(app).netloc, ""} == set()


def test_on_a_phone_pictures_stack_and_nothing_is_wider(open_page) -> None:
    page = open_page(viewport={"width": 390, "height": 844}, has_touch=True)
    upload(page, ("a.png", png(noisy())))
    viewer = result(page)
    before, after = (viewer.locator(f".{side}").bounding_box() for side in ("before", "after"))
    assert after["y"] >= before["y"] + before["height"]
    assert page.evaluate("document.scrollingElement.scrollWidth") <= 390


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
def test_axe_finds_no_serious_violation(open_page, axe: str, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    found = serious(page, axe)
    upload(page, ("a.png", png(noisy())))
    result(page)
    found += serious(page, axe)
    for room, sign in (("Playground", "In the middle"), ("About the model", "Limits")):
        page.get_by_role("tab", name=room).click()
        page.get_by_text(sign, exact=True).first.wait_for()
        found += serious(page, axe)
    assert not found, json.dumps(found, indent=1)


def serious(page, axe: str) -> list[str]:
    page.locator('[data-test-script-state="notRunning"]').wait_for()
    page.wait_for_timeout(800)
    page.evaluate(axe)
    report = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{item['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:200]}"
        for item in report["violations"]
        if item["impact"] in ("serious", "critical")
        for node in item["nodes"]
    ]
