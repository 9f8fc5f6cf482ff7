"""ui/store.py: results outlive their page, for a while and within bounds."""

from ui.store import IN_USE_S, KEPT_S, Store, new_secret


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_was_kept_is_found_by_another_page() -> None:
    store = Store()
    store.put("digest", "result", 10, "first tab")
    assert store.get("digest", "after a refresh") == "result"
    assert store.get("another", "first tab") is None


def test_what_was_used_longest_ago_goes_first() -> None:
    clock = Clock()
    store = Store(limit=25, now=clock)
    for key in ("a", "b"):
        store.put(key, key, 10, "tab")
    store.get("a", "tab")
    clock.now = 2 * IN_USE_S
    store.put("c", "c", 10, "tab")
    assert [store.get(key, "tab") for key in "abc"] == ["a", None, "c"]
    assert store.size() == 20


def test_what_is_in_use_is_kept_however_large() -> None:
    clock = Clock()
    store = Store(limit=25, now=clock)
    store.put("one side", 1, 1000, "tab")
    clock.now = IN_USE_S / 2
    store.put("other side", 2, 1000, "tab")
    assert [store.get(key, "tab") for key in ("one side", "other side")] == [1, 2]
    clock.now = 2 * IN_USE_S
    store.put("next picture", 3, 10, "tab")
    assert store.size() == 10


def test_the_same_key_again_replaces() -> None:
    store = Store()
    store.put("a", "old", 10, "tab")
    store.put("a", "new", 15, "tab")
    assert (store.get("a", "tab"), store.size()) == ("new", 15)


def test_it_stays_while_a_tab_is_open_and_some_minutes_after() -> None:
    clock = Clock()
    store = Store(now=clock)
    store.put("a", "a", 10, "tab")
    clock.now = 10 * KEPT_S
    store.sweep(lambda owner: True)
    clock.now += KEPT_S / 2
    store.sweep(lambda owner: False)
    assert store.size() == 10
    clock.now += KEPT_S
    store.sweep(lambda owner: False)
    assert store.size() == 0


def test_what_an_open_tab_holds_takes_no_room_and_stays() -> None:
    clock = Clock()
    store = Store(limit=25, now=clock)
    store.put("desk", "files", 1000, "tab", held=True)
    for number in range(5):
        clock.now += 2 * IN_USE_S
        store.sweep(lambda owner: True)
        store.put(f"result {number}", number, 10, "tab")
    assert store.get("desk", "tab") == "files"
    assert store.size() == 20


def test_what_a_closed_tab_left_makes_room() -> None:
    clock = Clock()
    store = Store(limit=25, now=clock)
    store.put("desk", "files", 1000, "tab", held=True)
    clock.now = 2 * IN_USE_S
    store.sweep(lambda owner: False)
    store.put("result", "result", 10, "another tab")
    assert store.get("desk", "tab") is None
    assert store.size() == 10


def test_what_open_tabs_hold_is_summed_until_they_are_closed() -> None:
    store = Store()
    store.hold("one", 10)
    store.hold("one", 20)
    store.hold("two", 5)
    assert store.held() == 25
    store.sweep(lambda owner: owner == "two")
    assert store.held() == 5
    assert store.size() == 0


def test_a_short_loss_of_the_connection_does_not_count() -> None:
    clock = Clock()
    store = Store(now=clock)
    store.put("a", "a", 10, "tab")
    store.sweep(lambda owner: False)
    for _ in range(4):
        clock.now += KEPT_S / 2
        store.sweep(lambda owner: True)
    assert store.get("a", "tab") == "a"


def test_the_same_file_of_two_visitors_stays_for_both() -> None:
    clock = Clock()
    store = Store(now=clock)
    store.put("a", "old", 10, "first")
    store.put("a", "new", 10, "second")
    for _ in range(3):
        clock.now += KEPT_S / 2
        store.sweep(lambda owner: owner == "first")
    assert store.get("a", "first") == "new"


def test_what_is_dropped_is_gone() -> None:
    store = Store()
    store.put("a", "A", 10, "tab")
    store.drop("a")
    store.drop("never there")
    assert store.get("a", "tab") is None
    assert store.size() == 0


def test_secrets_differ_and_cannot_be_guessed() -> None:
    found = {new_secret() for _ in range(100)}
    assert len(found) == 100 and min(map(len, found)) >= 20
