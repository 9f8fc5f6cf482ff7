"""The viewer: zoom, true pixels, drag, hold, keyboard, full screen."""

import numpy as np
import pytest
from playwright.sync_api import Locator, Page
from steps import large, noisy, places, png, result, seen_in, upload

import helper


@pytest.fixture
def viewer(open_page) -> Locator:
    page = open_page(has_touch=True)
    upload(page, ("places.png", png(places())))
    return result(page)


def colour_at(page: Page, x: float, y: float) -> np.ndarray:
    return seen_in(page, {"x": x, "y": y, "width": 1, "height": 1})[0, 0].astype(int)


def zoom_of(viewer: Locator) -> float:
    return float(viewer.get_by_role("spinbutton").get_attribute("aria-valuenow") or 0)


def in_the_pane(viewer: Locator, across: float, down: float) -> tuple[float, float]:
    box = viewer.locator(".before").bounding_box()
    assert box
    return round(box["x"] + across * box["width"]), round(box["y"] + down * box["height"])


def test_the_wheel_zooms_at_the_pointer(viewer: Locator) -> None:
    page, (x, y) = viewer.page, in_the_pane(viewer, 0.3, 0.4)
    before, zoom = colour_at(page, x, y), zoom_of(viewer)
    page.mouse.move(x, y)
    for _ in range(4):
        page.mouse.wheel(0, -150)
    assert zoom_of(viewer) > 2 * zoom
    assert np.abs(colour_at(page, x, y) - before).max() <= 1
    page.mouse.wheel(0, 150)
    assert np.abs(colour_at(page, x, y) - before).max() <= 1


def test_two_fingers_zoom_at_their_middle(viewer: Locator) -> None:
    page, (x, y) = viewer.page, in_the_pane(viewer, 0.6, 0.55)
    before, zoom = colour_at(page, x, y), zoom_of(viewer)
    spread_fingers(page, x, y, 40, 70, 100)
    assert zoom_of(viewer) == pytest.approx(2.5 * zoom, rel=0.05)
    assert np.abs(colour_at(page, x, y) - before).max() <= 2


def spread_fingers(page: Page, x: float, y: float, *apart: float) -> None:
    """Two, which lie so far on each side of a point, one after the other."""
    touch = page.context.new_cdp_session(page)
    points = [[{"x": x + far, "y": y, "id": 0}, {"x": x - far, "y": y, "id": 1}] for far in apart]
    first = ("touchStart", points[0][:1])
    moves = [("touchMove", both) for both in points[1:]]
    for kind, fingers in [first, ("touchStart", points[0]), *moves, ("touchEnd", [])]:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})


def test_a_finger_on_the_divider_is_one_of_two(viewer: Locator) -> None:
    page = viewer.page
    viewer.get_by_role("radio", name="Slider").click()
    zoom, divider = zoom_of(viewer), viewer.get_by_role("slider", name="Divider").bounding_box()
    assert divider
    x, y = divider["x"] + divider["width"] / 2, divider["y"] + 80
    spread_fingers(page, x - 50, y, -50, -75, -100)  # the second finger is on the divider
    assert zoom_of(viewer) == pytest.approx(2 * zoom, rel=0.05)


def test_zooming_in_never_makes_a_tiny_picture_smaller(open_page) -> None:
    page = open_page()
    upload(page, ("tiny.png", png(places(9, 6))))
    viewer = result(page)
    fit = zoom_of(viewer)
    assert fit > 3200
    for key in ("+", "-", "+"):
        viewer.locator(".stage").press(key)
        assert zoom_of(viewer) <= fit * 1.001
    viewer.locator(".stage").press("+")
    assert zoom_of(viewer) == pytest.approx(fit)


@pytest.mark.parametrize("density", [1, 2, 3])
def test_100_percent_is_one_pixel_to_one_pixel_of_the_screen(open_page, density: int) -> None:
    page, picture = open_page(device_scale_factor=density), noisy(420, 300)
    upload(page, ("a.png", png(picture)))
    viewer = result(page)
    viewer.get_by_role("button", name="100 %").click()
    hide = "all => all.forEach((one) => (one.style.opacity = 0))"
    viewer.locator(".tag, .hint").evaluate_all(hide)
    page.wait_for_timeout(300)
    box = viewer.locator(".before img").bounding_box()
    assert (seen_in(page, box) == picture).all()


def test_both_panes_show_the_same_place(viewer: Locator) -> None:
    page, (x, y) = viewer.page, in_the_pane(viewer, 0.5, 0.5)
    viewer.get_by_role("spinbutton").fill("800")
    viewer.get_by_role("spinbutton").press("Enter")
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 60, y - 40, steps=4)
    page.mouse.up()
    left, right = (
        viewer.locator(f".{side} .noisy").first.evaluate("one => one.style.transform")
        for side in ("before", "after")
    )
    assert "scale(8)" in left and left == right


def test_double_click_switches_between_all_and_100_percent(viewer: Locator) -> None:
    fit, stage = zoom_of(viewer), viewer.locator(".before")
    stage.dblclick()
    assert zoom_of(viewer) == 100
    stage.dblclick()
    assert zoom_of(viewer) == fit


def test_holding_mouse_or_space_shows_the_original(viewer: Locator) -> None:
    page, box = viewer.page, viewer.locator(".after").bounding_box()
    assert box
    page.mouse.move(box["x"] + 90, box["y"] + 200)
    page.mouse.down()
    page.locator(".viewer.original").wait_for()
    page.mouse.up()
    page.locator(".viewer:not(.original)").wait_for()
    viewer.locator(".stage").focus()
    page.keyboard.down(" ")
    page.locator(".viewer.original").wait_for()
    page.keyboard.up(" ")
    page.locator(".viewer:not(.original)").wait_for()


def test_the_keyboard_zooms_and_moves(viewer: Locator) -> None:
    stage, sheet = viewer.locator(".stage"), viewer.locator(".before .noisy")
    stage.press("4")
    assert zoom_of(viewer) == 400
    stage.press("+")
    assert zoom_of(viewer) == 500
    place = sheet.evaluate("one => one.style.transform")
    stage.press("Shift+ArrowDown")
    assert sheet.evaluate("one => one.style.transform") != place
    stage.press("1")
    assert zoom_of(viewer) == 100


def test_one_tab_stop_leads_into_the_views_and_arrows_choose(viewer: Locator) -> None:
    stops = viewer.locator("[role=radio]").evaluate_all("all => all.map((one) => one.tabIndex)")
    assert stops == [0, -1, -1]
    viewer.get_by_role("radio", name="Side by side").press("ArrowRight")
    assert viewer.get_by_role("radio", name="Slider").get_attribute("aria-checked") == "true"


def test_full_screen_fills_the_screen(viewer: Locator) -> None:
    page = viewer.page
    viewer.get_by_role("button", name="Full screen", exact=True).click()
    viewer.get_by_role("button", name="Leave full screen").wait_for()
    box, height = viewer.locator(".stage").bounding_box(), page.evaluate("innerHeight")
    assert box and box["height"] > height - 90 and box["y"] + box["height"] > height - 15
    viewer.get_by_role("button", name="Leave full screen").click()
    viewer.get_by_role("button", name="Full screen", exact=True).wait_for()


def test_escape_from_a_filled_window_cancels_nothing(open_page) -> None:
    page = open_page()
    page.evaluate("Element.prototype.requestFullscreen = undefined")  # as on some phones
    upload(page, ("large.jpg", large(times=40)))
    page.get_by_role("button", name="Cancel").wait_for()
    page.get_by_role("button", name="Full screen", exact=True).click()
    page.locator(".viewer.filling").wait_for()
    page.locator(".viewer input[type=range]").first.press("Escape")
    page.locator(".viewer:not(.filling)").wait_for()
    assert page.get_by_role("button", name="Cancel").is_visible()
    page.locator(".viewer .stage").press("Escape")
    page.get_by_text("Cancelled. The finished parts stay visible.").wait_for()


def test_divider_follows_keyboard_mouse_and_touch(viewer: Locator) -> None:
    page = viewer.page
    viewer.get_by_role("radio", name="Slider").click()
    divider = viewer.get_by_role("slider", name="Divider")
    divider.press("End")
    assert divider.get_attribute("aria-valuenow") == "100"
    divider.press("Home")
    divider.press("ArrowRight")
    assert divider.get_attribute("aria-valuenow") == "2"
    box = viewer.locator(".after").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + 40)
    assert abs(int(divider.get_attribute("aria-valuenow") or 0) - 25) <= 1
    page.touchscreen.tap(box["x"] + box["width"] * 0.75, box["y"] + 40)
    assert abs(int(divider.get_attribute("aria-valuenow") or 0) - 75) <= 1


def test_view_zoom_and_place_survive_the_next_picture_and_the_tabs(viewer: Locator) -> None:
    page, place = viewer.page, ".viewer .before .noisy"
    viewer.get_by_role("spinbutton").fill("600 %")
    viewer.get_by_role("spinbutton").press("Enter")
    before = page.locator(place).evaluate("one => one.style.transform")
    page.get_by_role("tab", name="About").click()
    page.get_by_text("Limits", exact=True).first.wait_for()
    page.get_by_role("tab", name="Photos").click()
    page.locator(".viewer").wait_for()
    assert page.locator(place).evaluate("one => one.style.transform") == before
    page.get_by_role("button", name="Start over").click()
    page.get_by_role("button", name="Salt and pepper").wait_for()
    upload(page, ("other.png", png(places()[::-1])))
    assert zoom_of(result(page)) == 600


def test_the_noise_removed_is_shown_as_it_is(open_page) -> None:
    """Around the same grey whatever the colours below: what a picture looks like is no noise."""
    page, picture = open_page(), np.full((300, 420, 3), (60, 128, 200), np.uint8)
    picture[:, 210:] = (220, 90, 20)
    grain = np.random.default_rng(0).normal(0, 8, picture.shape)
    picture = (picture + grain).clip(0, 255).astype(np.uint8)
    upload(page, ("a.png", png(picture)))
    viewer = result(page)
    viewer.get_by_role("radio", name="Noise removed").click()
    viewer.get_by_role("button", name="100 %").click()
    viewer.locator(".tag, .hint").evaluate_all("all => all.forEach((one) => one.remove())")
    page.wait_for_timeout(300)
    seen = seen_in(page, viewer.locator(".after .noisy img").first.bounding_box()).astype(float)
    removed = picture.astype(float) - helper.denoise(picture)
    assert np.abs(seen - (128 + 4 * removed).clip(0, 255)).mean() < 2  # half a grey level
    assert seen.std() > 20


def test_the_hint_makes_room_once_the_viewer_is_used(viewer: Locator) -> None:
    assert viewer.locator(".hint").is_visible()
    viewer.page.mouse.dblclick(*in_the_pane(viewer, 0.5, 0.5))
    viewer.locator(".hint").wait_for(state="hidden")
