from traceability import scanpage
from traceability.scanpage import Page, Rest, Shelf


def page(size):
    return Page([b""], [], Rest(b"x" * size, b""))


def test_a_shelf_drops_what_nobody_asked_for_the_longest_once_it_is_full(monkeypatch):
    monkeypatch.setattr(scanpage, "MOST_BYTES", 100)
    shelf = Shelf()
    for name in ("a", "b", "c"):
        shelf.put((name,), page(30))
    shelf.get(("a",))
    shelf.put(("d",), page(30))
    assert [key for (key,) in shelf.kept] == ["c", "a", "d"]
    assert shelf.get(("b",)) is None
    assert shelf.size == 90


def test_what_is_put_in_the_place_of_another_counts_once():
    shelf = Shelf()
    shelf.put(("a",), page(30))
    shelf.put(("a",), page(40))
    assert (len(shelf.kept), shelf.size) == (1, 40)


def test_what_is_larger_than_the_whole_shelf_is_not_kept(monkeypatch):
    monkeypatch.setattr(scanpage, "MOST_BYTES", 100)
    shelf = Shelf()
    shelf.put(("a",), page(101))
    assert (len(shelf.kept), shelf.size) == (0, 0)
