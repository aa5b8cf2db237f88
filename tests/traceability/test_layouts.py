"""Layouts of one's own: what fits is saved, drawn and printed so that it is read."""

import io

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from shop.database import db
from tests import make, make_traceability
from traceability import layouts, sheet_pdf, sheets
from traceability.labels import Face
from traceability.sheets import LAYOUTS, Stamp
from traceability.stamp_models import SavedLayout

PAGE = "/ban-hang/khuon-tem"


def typed(cast, **more):
    values = layouts.values(LAYOUTS["a4-4x7"]) | {"name": "Giấy Tomy 145"}
    values = {name: text for name, text in values.items() if text}  # no tick, nothing sent
    return values | {"seller": cast.ours.seller.ref, "_once": "k1"} | more


def saved():
    return list(db.session.scalars(select(SavedLayout)))


def test_a_layout_is_saved_changed_and_taken_away(cast):
    answer = cast.ours.post(f"{PAGE}/them", typed(cast), follow_redirects=True)
    assert "Đã lưu khuôn “Giấy Tomy 145”." in answer.text
    (row,) = saved()
    assert layouts.of(row).per_page == 28
    cast.ours.post(f"{PAGE}/{row.ref}", typed(cast, columns="3"))
    assert layouts.of(saved()[0]).per_page == 21
    assert cast.theirs.get(f"{PAGE}/{row.ref}").status_code == 404
    assert cast.theirs.post(f"{PAGE}/{row.ref}/xoa").status_code == 404
    cast.ours.post(f"{PAGE}/{row.ref}/xoa")
    assert saved() == []


def test_a_look_beforehand_saves_nothing(cast):
    page = cast.ours.post(f"{PAGE}/them", typed(cast, preview="1"))
    assert page.text.count('class="drawing"') == 2
    assert saved() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"columns": "9"}, "Các cột tem rộng hơn trang giấy."),
        ({"rows": "12"}, "Các hàng tem cao hơn trang giấy."),
        ({"width": "10", "height": "10", "lines": "0"}, "quá nhỏ"),
        ({"lines": "12"}, "quá nhỏ"),
        ({"width": "chín"}, "Ghi số"),
        ({"dpi": "72"}, "Chọn một mục trong danh sách."),
    ],
)
def test_what_cannot_be_read_once_printed_is_not_saved(cast, wrong, said):
    answer = cast.ours.post(f"{PAGE}/them", typed(cast, **wrong))
    assert (answer.status_code, said in answer.text) == (422, True)
    assert saved() == []


def test_two_layouts_of_one_name_are_refused(cast):
    cast.ours.post(f"{PAGE}/them", typed(cast))
    answer = cast.ours.post(f"{PAGE}/them", typed(cast, _once="k2"))
    assert "Đã có khuôn tên này." in answer.text
    assert len(saved()) == 1


@pytest.mark.parametrize("dpi", [203, 300])
def test_every_symbol_of_a_saved_layout_is_read(cast, dpi):
    cast.ours.post(f"{PAGE}/them", typed(cast, width="30", height="34", lines="3", type_size="5"))
    layout = layouts.of(saved()[0])
    stamps = [Stamp(f"HTTPS://TXNG.VN/T/{n:09d}", f"{n:09d}") for n in range(layout.per_page)]
    out = io.BytesIO()
    sheet_pdf.write(stamps, layout, Face(("Chè tôm nõn", "HTX Trà")), out)
    page = pypdfium2.PdfDocument(out.getvalue())[0].render(scale=dpi / 72).to_pil()
    assert {code.text for code in zxingcpp.read_barcodes(page)} == {each.uri for each in stamps}


def test_a_batch_is_printed_on_a_saved_layout(cast, run_tasks):
    cast.ours.post(f"{PAGE}/them", typed(cast))
    tea = make.product(cast.ours.seller)
    batch = make_traceability.printed(make_traceability.lot(tea), layout=saved()[0].ref)
    assert batch.state == "ready"
    page = cast.ours.get(f"/ban-hang/tem/{batch.ref}").text
    assert "Giấy Tomy 145" in page


def test_the_printers_test_page_has_symbols_of_several_sizes_that_are_read(cast):
    answer = cast.ours.get(f"{PAGE}/thu-may-in.pdf")
    page = pypdfium2.PdfDocument(answer.data)[0]
    assert len(zxingcpp.read_barcodes(page.render(scale=600 / 72).to_pil())) == 5
    assert "ô 0,33 mm" not in page.get_textpage().get_text_range().replace("0,34", "")


def test_a_preview_escapes_what_people_type(cast):
    page = cast.ours.post(f"{PAGE}/them", typed(cast, name="<b>x", preview="1")).text
    assert "<b>x" not in page
    assert sheets.shown(1.5) == "1,50"
