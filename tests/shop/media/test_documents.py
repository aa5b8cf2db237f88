from datetime import date
from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.media import documents
from shop.media.models import Document
from shop.storage import FolderStorage
from tests import make, make_media


@pytest.fixture(autouse=True)
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


def accept(product, data=None, **more):
    paper = documents.take(BytesIO(data or make_media.pdf()))
    values = {"kind": "licence", "title": "Giấy đăng ký"} | more
    return documents.accept(SYSTEM, product.seller_id, f"product:{product.ref}", paper, **values)


def files(storage):
    return [str(p.relative_to(storage.folder)) for p in storage.folder.rglob("*") if p.is_file()]


def test_a_paper_is_kept_with_its_words(storage):
    tea = make.product()
    paper = accept(tea, valid_until=date(2027, 5, 31))
    assert documents.of(f"product:{tea.ref}") == [paper]
    assert (paper.kind, paper.title, paper.valid_until) == (
        "licence",
        "Giấy đăng ký",
        date(2027, 5, 31),
    )
    assert paper.file_key == f"documents/{paper.ref}.pdf"
    assert storage.read(paper.file_key) == make_media.pdf()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject) == ("document.accept", "Giấy đăng ký")


def test_the_same_paper_of_the_same_kind_is_one(storage, run_tasks):
    tea = make.product()
    first, second = accept(tea), accept(tea)
    assert second is first
    run_tasks()
    assert files(storage) == [first.file_key]
    other = accept(tea, kind="contract")
    assert documents.of(f"product:{tea.ref}") == [first, other]


def test_a_removed_paper_is_shown_no_more_but_its_file_stays(storage):
    tea = make.product()
    paper = accept(tea)
    documents.remove(SYSTEM, paper)
    at = paper.removed_at
    documents.remove(SYSTEM, paper)
    assert (documents.of(f"product:{tea.ref}"), paper.removed_at) == ([], at)
    assert files(storage) == [paper.file_key]
    again = accept(tea)
    assert again.ref != paper.ref
    assert db.session.scalar(select(func.count()).select_from(Document)) == 2


def test_papers_of_many_come_in_one_query(query_count):
    tea, other = make.product(), make.product(name="Chè đinh")
    papers = [accept(tea), accept(other), accept(tea, kind="contract")]
    db.session.flush()
    holders = [f"product:{product.ref}" for product in (tea, other)]
    with query_count() as queries:
        found = documents.of_many(holders)
    assert found == {holders[0]: [papers[0], papers[2]], holders[1]: [papers[1]]}
    assert len(queries) == 1


def test_a_list_of_papers_says_what_runs_out(database):
    tea = make.product()
    day = date(2026, 11, 23)
    accept(tea, title="Giấy cũ", valid_until=date(2026, 11, 22))
    accept(tea, title="Giấy mới", kind="contract", valid_until=day)
    with database.test_request_context():
        show = database.jinja_env.get_template("media/documents.html").module.document_list
        papers = documents.of(f"product:{tea.ref}")
        page = show(papers, {"licence": "Giấy phép"}, day, may_write=False)
    assert page.count("Hết hạn") == 1
    assert "có hiệu lực đến 22/11/2026" in page
    assert ("Giấy phép" in page, "contract" in page) == (True, True)
    assert "/xoa" not in page
