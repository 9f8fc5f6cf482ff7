"""One picture in a real browser: seen, compared, downloaded."""

import io

import numpy as np
import pytest
from steps import download, nearly, noisy, pixels_of, png, result, set_strength, upload

import helper


def test_upload_to_download_gives_the_denoised_pixels(open_page) -> None:
    page, picture = open_page(), noisy()
    upload(page, ("my photo.png", png(picture)))
    result(page)
    name, path = download(page, "Download")
    assert name == "my photo-denoised.png"
    assert nearly(pixels_of(path), helper.denoise(picture))


def test_strength_changes_the_download_and_not_the_network(open_page) -> None:
    page, picture = open_page(), noisy(seed=1)
    upload(page, ("a.png", png(picture)))
    set_strength(result(page), 50)
    page.wait_for_timeout(1500)
    assert page.locator(".st-key-progress").count() == 0
    _, path = download(page, "Download")
    assert nearly(pixels_of(path), helper.denoise(picture, strength=0.5))


@pytest.mark.parametrize("percent", [0, 50, 100])
def test_what_is_seen_at_a_strength_is_what_is_downloaded(open_page, percent: int) -> None:
    page, picture = open_page(), noisy(seed=2)
    upload(page, ("a.png", png(picture)))
    viewer = result(page)
    set_strength(viewer, percent)
    viewer.get_by_role("radio", name="100 %").click()
    viewer.locator(".tag").evaluate_all("tags => tags.forEach(tag => tag.remove())")
    page.wait_for_timeout(500)
    shot = page.screenshot(clip=_shown(viewer, picture.shape))
    seen = pixels_of(io.BytesIO(shot))
    wanted = helper.denoise(picture, strength=percent / 100)
    assert np.abs(seen.astype(int) - wanted).mean() < 0.6


def test_divider_follows_keyboard_mouse_and_touch(open_page) -> None:
    page = open_page(has_touch=True)
    upload(page, ("a.png", png(noisy())))
    viewer = result(page)
    viewer.get_by_role("radio", name="Slider").click()
    divider = viewer.get_by_role("slider", name="Divider")
    divider.press("End")
    assert divider.get_attribute("aria-valuenow") == "100"
    divider.press("Home")
    divider.press("ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "2"
    box = viewer.locator(".after").bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 40)
    assert abs(int(divider.get_attribute("aria-valuenow")) - 25) <= 1
    page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + 40)
    assert abs(int(divider.get_attribute("aria-valuenow")) - 75) <= 1


def test_zoom_drag_and_position_survive_a_new_setting(open_page) -> None:
    page = open_page()
    upload(page, ("a.png", png(noisy(1000, 900))))
    viewer = result(page)
    viewer.get_by_role("radio", name="200 %").click()
    box = viewer.locator(".after").bounding_box()
    page.mouse.move(box["x"] + 200, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, box["y"] + 150, steps=4)
    page.mouse.up()
    place = viewer.locator(".after .clean").first.evaluate("image => image.style.transform")
    assert "scale(2)" in place
    set_strength(viewer, 70)
    page.wait_for_timeout(1500)
    after = viewer.locator(".after .clean").first.evaluate("image => image.style.transform")
    assert after == place


def test_a_file_named_like_markup_is_shown_letter_by_letter(open_page) -> None:
    page = open_page()
    name = "**b** <img src=x onerror=alert(1)> :red[x] $y$.png"
    upload(page, (name, png(noisy())))
    result(page)
    assert page.get_by_role("heading", name=name).count() == 1
    assert page.locator("img[src=x]").count() == 0


def test_paste_opens_a_picture(open_page) -> None:
    page = open_page()
    page.evaluate(
        """async (bytes) => {
            const file = new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" });
            const transfer = new DataTransfer();
            transfer.items.add(file);
            const event = new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true });
            document.body.dispatchEvent(event);
        }""",
        list(png(noisy())),
    )
    result(page)
    assert page.get_by_role("heading", name="pasted.png").count() == 1


def _shown(viewer, shape: tuple[int, ...]) -> dict[str, float]:
    """Where the denoised picture lies on the screen at 100 %."""
    box = viewer.locator(".after .clean").first.bounding_box()
    return {"x": box["x"], "y": box["y"], "width": shape[1], "height": shape[0]}
