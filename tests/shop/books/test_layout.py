"""Lines and pages of a book on paper."""

from hypothesis import given
from hypothesis import strategies as st

from shop import pdf
from shop.books import layout
from shop.books.layout import Laid

ROWS = st.lists(
    st.builds(
        Laid,
        cells=st.just(()),
        height=st.integers(10, 100),
        font=st.just(pdf.REGULAR),
        announces=st.booleans(),
        goes_on=st.just(False),
    )
)


def test_text_is_broken_between_words():
    assert layout.wrap("Mật ong  bạc hà\nMèo Vạc", 45) == ["Mật ong", "bạc hà", "Mèo Vạc"]
    assert layout.wrap(" ", 55) == []


def test_a_word_wider_than_its_column_is_broken_where_it_must():
    assert layout.wrap("ab 12345678901234567890 cd", 60) == [
        "ab",
        "1234567890",
        "1234567890",
        "cd",
    ]


@given(st.text(alphabet="aăâđêôơư Ắ\u0301\n.,-1W", max_size=200), st.integers(20, 200))
def test_no_letter_is_lost_and_no_line_is_too_wide(said, room):
    lines = layout.wrap(said, room)
    assert "".join("".join(lines).split()) == "".join(layout.wrap(said, 10**6)).replace(" ", "")
    assert all(pdf.width(line, pdf.REGULAR, layout.SIZE) <= room + 0.01 for line in lines)
    assert all(lines)


def test_a_very_long_text_is_wrapped_in_time():
    words = [f"từ{i}" for i in range(50_000)]
    assert " ".join(layout.wrap(" ".join(words), 200)).split(" ") == words


@given(ROWS, st.integers(200, 400), st.integers(0, 300))
def test_every_row_is_on_one_page_in_its_order_and_fits(rows, room, tail):
    first = room - 100
    pages = layout.paginate(rows, first, room, min(tail, room - 200))
    assert [row for page in pages for row in page] == rows
    for number, page in enumerate(pages):
        assert sum(row.height for row in page) <= (room if number else first)
    last = sum(row.height for row in pages[-1])
    assert last + min(tail, room - 200) <= (room if len(pages) > 1 else first)


def row(height=10, announces=False):
    return Laid((), height, pdf.REGULAR, announces, goes_on=False)


def test_two_rows_go_with_the_signatures_that_find_no_room():
    pages = layout.paginate([row() for _n in range(9)], first=100, room=100, tail=50)
    assert [len(page) for page in pages] == [7, 2]
    pages = layout.paginate([row() for _n in range(9)], first=100, room=100, tail=10)
    assert [len(page) for page in pages] == [9]


def test_what_announces_rows_goes_to_their_page():
    rows = [row(), row(), row(announces=True), row(announces=True), row(70)]
    assert [len(page) for page in layout.paginate(rows, 100, 100, 0)] == [2, 3]


def test_a_head_that_fills_the_first_page_leaves_the_rows_to_the_next():
    assert layout.paginate([row()], first=-20, room=100, tail=20) == [[], [row()]]
