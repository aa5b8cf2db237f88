"""Back office: the evidence pack of a product, and the contracts that belong into it."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import IO

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop import clock, pages, storage
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import evidence as verbs
from shop.catalogue.certificate_schemas import EvidenceSchema
from shop.catalogue.models import Certificate, Coverage, Product
from shop.database import db, transaction
from shop.media import arrivals, documents

bp = Blueprint("evidence", __name__, url_prefix="/ban-hang/minh-chung")

KIND_NAMES = {
    "contract": _l("Hợp đồng, hóa đơn bán hàng"),
    "test": _l("Phiếu kiểm nghiệm"),
    "declaration": _l("Hồ sơ công bố chất lượng"),
    "story": _l("Câu chuyện sản phẩm"),
    "other": _l("Giấy tờ khác"),
}
IN_MEMORY_BYTES = 1024 * 1024


@bp.get("/<ref>")
@access.signed_in
def evidence(actor: Actor, ref: str) -> ResponseReturnValue:
    """What the pack of a product holds so far, and a form for more papers."""
    product = access.get(actor, Product, ref, Permission.CATALOGUE_READ)
    return pages.page(
        "evidence/evidence.html",
        product=product,
        pack=verbs.gather(product, _certificates(actor, product), actor),
        papers=documents.of(f"product:{ref}"),
        kind_names=KIND_NAMES,
        today=clock.today(),
        may_write=actor.may(Permission.CATALOGUE_WRITE, product.seller_id),
        form=pages.Form(),
    )


def _certificates(actor: Actor, product: Product) -> Sequence[Certificate]:
    covering = select(Coverage.certificate_id).where(Coverage.product_id == product.id)
    query = access.rows(actor, Certificate, Permission.CATALOGUE_READ)
    query = query.where(Certificate.id.in_(covering), Certificate.seller_id == product.seller_id)
    return db.session.scalars(query.order_by(Certificate.issued_on, Certificate.id)).all()


@bp.post("/<ref>/giay-to")
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def paper_add(actor: Actor, ref: str) -> ResponseReturnValue:
    """A contract or another paper of the product."""
    product = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE)
    form = pages.form(EvidenceSchema())
    taken = arrivals.document(form) if form.data else None
    if taken is None or form.errors:
        return pages.refused("evidence.evidence", form, ref=ref)
    kind = form.data["kind"]
    title = form.data["title"] or str(KIND_NAMES[kind])
    with transaction():
        holder = f"product:{ref}"
        documents.accept(actor, product.seller_id, holder, taken, kind=kind, title=title)
    return pages.saved("evidence.evidence", _("Đã nhận giấy tờ."), ref=ref)


@bp.get("/<ref>/tai-ve")
@access.signed_in
def pack(actor: Actor, ref: str) -> ResponseReturnValue:
    """The pack as one ZIP."""
    product = access.get(actor, Product, ref, Permission.CATALOGUE_READ)
    gathered = verbs.gather(product, _certificates(actor, product), actor)
    with ExitStack() as until_whole:
        file = until_whole.enter_context(tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES))
        verbs.write(gathered, file)
        until_whole.pop_all()  # from here on the answer closes it
    size = file.tell()
    file.seek(0)
    headers = {
        "Content-Disposition": f'attachment; filename="minh-chung-{product.slug[:60]}.zip"',
        "Content-Length": str(size),
    }
    return Response(_pieces(file), mimetype="application/zip", headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(storage.CHUNK_BYTES):
            yield piece
