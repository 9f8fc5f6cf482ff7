"""One picture in a real browser: seen, compared, downloaded, copied."""

from pathlib import Path

import numpy as np
import pytest
from steps import (
    WORKING,
    choose_jpeg,
    download,
    nearly,
    noisy,
    pixels_of,
    png,
    result,
    seen_in,
    set_strengths,
    upload,
)

import helper


def test_upload_to_download_gives_the_denoised_pixels(open_page) -> None:
    page, picture = open_page(), noisy()
    upload(page, ("my photo.png", png(picture)))
    result(page)
    name, path = download(page, "Download")
    assert name == "my photo-denoised.png"
    assert nearly(pixels_of(path), helper.denoise(picture))


def test_strengths_change_the_download_and_not_the_network(open_page) -> None:
    page, picture = open_page(), noisy(seed=1)
    upload(page, ("a.png", png(picture)))
    set_strengths(result(page), 50, 80)
    assert page.locator(WORKING).count() == 0
    _, path = download(page, "Download")
    assert nearly(pixels_of(path), helper.denoise(picture, strength=0.5, colour=0.8))


@pytest.mark.parametrize("grain, colour", [(0, 0), (40, 90), (100, 100)])
def test_what_is_seen_at_two_strengths_is_what_is_written(open_page, grain, colour) -> None:
    page, picture = open_page(), noisy(seed=2)
    upload(page, ("a.png", png(picture)))
    viewer = result(page)
    set_strengths(viewer, grain, colour)
    viewer.get_by_role("button", name="100 %").click()
    hide = "all => all.forEach((one) => (one.style.opacity = 0))"
    viewer.locator(".tag, .hint").evaluate_all(hide)
    page.wait_for_timeout(500)
    box = viewer.locator(".after .clean img").first.bounding_box()
    assert box
    wanted = helper.denoise(picture, strength=grain / 100, colour=colour / 100)
    assert np.abs(seen_in(page, box).astype(int) - wanted).mean() < 0.6


def test_copy_gives_what_is_written(open_page) -> None:
    page, picture = open_page(permissions=["clipboard-read", "clipboard-write"]), noisy(seed=2)
    upload(page, ("a.png", png(picture)))
    set_strengths(result(page), 40, 90)
    page.get_by_role("button", name="Copy to clipboard").click()
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate(
        """async () => {
            const [item] = await navigator.clipboard.read();
            const picture = await createImageBitmap(await item.getType("image/png"));
            const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
            canvas.drawImage(picture, 0, 0);
            return [...canvas.getImageData(0, 0, picture.width, picture.height).data];
        }"""
    )
    pixels = np.array(copied, np.uint8).reshape(*picture.shape[:2], 4)[..., :3]
    assert nearly(pixels, helper.denoise(picture, strength=0.4, colour=0.9))


def test_the_format_that_is_chosen_is_written(open_page) -> None:
    page = open_page()
    upload(page, ("a.png", png(noisy())))
    result(page)
    choose_jpeg(page)
    name, path = download(page, "Download")
    assert name == "a-denoised.jpg" and Path(path).read_bytes()[:2] == b"\xff\xd8"
