"""The evidence pack of a product: what the OCOP dossier asks to be shown, as one ZIP.

Tables come from the rooms that know (wiring.EVIDENCE); papers and scans are taken from the store.
"""

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from flask import current_app, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import clock, spreadsheets, text
from shop.accounts.access import Actor
from shop.catalogue import certificates, programme
from shop.catalogue.models import Certificate, CertificateState, Product
from shop.media import documents
from shop.media.models import Document
from shop.spreadsheets import Cell

LONGEST_NAME = 60

_STATES: dict[str, Any] = {
    CertificateState.WAITING: _l("Chờ duyệt"),
    CertificateState.VERIFIED: _l("Đã xác minh"),
    CertificateState.REFUSED: _l("Bị từ chối"),
    CertificateState.WITHDRAWN: _l("Đã thu hồi"),
}


@dataclass(frozen=True)
class Table:
    """One part of the pack. `name` names its file: plain letters and dashes."""

    name: str
    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell | None]]


@dataclass(frozen=True)
class Pack:
    """What the pack of a product holds; `papers`: name in the pack → the paper."""

    product: Product
    tables: Sequence[Table]
    papers: dict[str, Document]


def gather(product: Product, rows: Sequence[Certificate], actor: Actor) -> Pack:
    """Everything that the actor may read about the product. `rows`: its certificates."""
    lent = [piece(product=product, actor=actor) for piece in current_app.extensions["evidence"]]
    tables = [_facts(product), _certificates(rows), *(table for table in lent if table)]
    return Pack(product, tables, _papers(product, rows))


def _facts(product: Product) -> Table:
    seller, best = product.seller, certificates.in_force(product)
    stall = url_for("storefront.product", ref=product.ref, slug=product.slug, _external=True)
    facts = [
        (_("Tên sản phẩm"), product.name),
        (_("Nhóm OCOP"), programme.set_name(product.criteria_set)),
        (_("Người bán"), seller.name),
        (_("Tên pháp lý"), seller.legal_name),
        (_("Mã số thuế"), seller.tax_code),
        (_("Người đại diện"), seller.representative),
        (_("Địa chỉ"), seller.address),
        (_("Xã, phường hiện nay"), ", ".join(filter(None, [seller.commune, seller.province]))),
        (_("Sao đang có hiệu lực"), str(best.star) if best else _("không có")),
        (_("Trang gian hàng số"), stall if product.on_sale else _("chưa đăng")),
        (_("Mô tả"), product.description),
        (_("Thành phần"), product.ingredients),
        (_("Bảo quản"), product.storage),
        (_("Hạn dùng"), product.shelf_life),
        (_("Câu chuyện của đơn vị"), seller.story),
        *((_("Quy cách"), f"{pack.pack} · {pack.sku}") for pack in product.variants if pack.active),
    ]
    return Table("san-pham", _("Sản phẩm và người bán"), (_("Mục"), _("Nội dung")), facts)


def _certificates(rows: Sequence[Certificate]) -> Table:
    headings = (
        *(_("Số"), _("Điểm"), _("Cơ quan cấp"), _("Ngày cấp"), _("Hết hạn"), _("Gia hạn đến")),
        *(_("Trạng thái"), _("Ngày thu hồi")),
    )
    lines = [
        (
            *(row.number, row.score, row.authority, _day(row.issued_on), _day(row.expires_on)),
            *(_day(row.extended_until), str(_STATES[row.state]), _day(row.withdrawn_on)),
        )
        for row in rows
    ]
    return Table("chung-nhan", _("Chứng nhận OCOP"), headings, lines)


def _day(day: Any) -> str:
    return f"{day:%d/%m/%Y}" if day else ""


def _papers(product: Product, rows: Sequence[Certificate]) -> dict[str, Document]:
    holders = [f"certificate:{row.ref}" for row in rows]
    holders += [f"product:{product.ref}", f"seller:{product.seller.ref}"]
    found = documents.of_many(holders)
    papers = [paper for holder in holders for paper in found[holder]]
    return {_name(number, paper): paper for number, paper in enumerate(papers, 1)}


def _name(number: int, paper: Document) -> str:
    # From a slug: nothing of what a person typed can lead out of the folder it is unpacked into.
    title = text.slug(paper.title)[:LONGEST_NAME] or "giay-to"
    return f"giay-to/{number:02d}-{title}{PurePosixPath(paper.file_key).suffix}"


def write(pack: Pack, out: IO[bytes]) -> None:
    """The pack as a ZIP into `out`, one paper at a time. Raises NotStored, StorageDown."""
    storage = current_app.extensions["storage"]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.html", _index(pack))
        for number, table in enumerate(pack.tables, 1):
            data = spreadsheets.write_csv(table.headings, table.rows)
            archive.writestr(f"{number:02d}-{table.name}.csv", data)
        for name, paper in pack.papers.items():
            with archive.open(name, "w") as entry:
                for piece in storage.stream(paper.file_key):
                    entry.write(piece)


def _index(pack: Pack) -> str:
    return render_template("evidence/index.html", pack=pack, made_at=clock.now())
