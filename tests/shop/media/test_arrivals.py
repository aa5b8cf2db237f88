from io import BytesIO

import pytest

from shop import pages
from shop.media import arrivals
from shop.storage import FolderStorage
from tests import make_media


@pytest.fixture(autouse=True)
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


def arrived(app, data):
    form = pages.Form()
    with app.test_request_context(method="POST", data=data):
        return form, arrivals.document(form)


def test_a_paper_that_came_with_a_form_is_in_the_store(database, storage):
    form, taken = arrived(database, {"file": (BytesIO(make_media.pdf()), "giay.pdf")})
    assert form.errors == {}
    assert storage.read(taken.key) == make_media.pdf()
    assert (taken.content_type, taken.bytes) == ("application/pdf", len(make_media.pdf()))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({}, "Chưa chọn tệp nào."),
        ({"file": (BytesIO(b""), "")}, "Chưa chọn tệp nào."),
        ({"file": (BytesIO(b"PK"), "giay.pdf")}, "Chỉ nhận tệp PDF, hoặc ảnh chụp JPEG, PNG."),
        (
            {"file": (BytesIO(make_media.pdf(trailer=make_media.ENCRYPTED)), "x.pdf")},
            "Tệp PDF có mật khẩu. Xin gửi bản không khóa.",
        ),
    ],
)
def test_a_form_says_why_its_paper_was_not_taken(database, storage, data, why):
    form, taken = arrived(database, data)
    assert (taken, form.errors) == (None, {"file": [why]})
    assert list(storage.folder.iterdir()) == []
