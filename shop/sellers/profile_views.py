"""Back office: who a seller is, its papers and photos, and asking to be reviewed."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages, places
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import arrivals, documents, photos
from shop.places import Commune
from shop.sellers import addresses, colours, onboarding, papers, reviews, stalls
from shop.sellers import profile as verbs
from shop.sellers.addresses import Answer, Question
from shop.sellers.models import ReviewState, Seller, SellerKind
from shop.sellers.schemas import NewSellerSchema, PaperSchema, ProfileSchema
from shop.sellers.words import KIND_NAMES

bp = Blueprint("profile", __name__, url_prefix="/ban-hang/nguoi-ban")


@bp.get("")
@access.signed_in
def sellers(actor: Actor) -> ResponseReturnValue:
    """The sellers one may read, searchable; who has only one is led to it."""
    access.expect(actor, Permission.SELLER_READ)
    query = access.rows(actor, Seller, Permission.SELLER_READ).order_by(Seller.sort_key, Seller.id)
    if None not in actor.allowed:
        only = db.session.scalars(query.limit(2)).all()
        if len(only) == 1:
            return redirect(url_for("profile.seller", ref=only[0].ref))
    words = request.args.get("q", "").strip()[:100]
    page = pages.paged(verbs.named(query, words))
    return pages.page(
        "profile/sellers.html",
        page=page,
        words=words,
        kind_names=KIND_NAMES,
        may_add=actor.administers,
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def seller_new(actor: Actor) -> ResponseReturnValue:
    """A new seller, entered by the administrator."""
    if not actor.administers:
        raise NotFound
    form = pages.form(NewSellerSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            ref = verbs.create(actor, form.data).ref
            pages.claim(form, "profile.seller", ref=ref)
        if not form.errors:
            return pages.saved("profile.seller", _("Đã thêm người bán."), ref=ref)
    return pages.page("profile/seller_new.html", form=form, kinds=_kinds())


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def seller(actor: Actor, ref: str) -> ResponseReturnValue:
    """The whole profile of a seller: what is missing, who it is, papers, photos, links."""
    if request.method == "POST":
        row = verbs.present(actor, ref, Permission.SELLER_WRITE)
    else:
        row = access.get(actor, Seller, ref, Permission.SELLER_READ)
    form = pages.form(ProfileSchema(), verbs.values(row))
    question, commune = _where(form, row)
    if form.data and not form.errors:
        with form.guard(), transaction():
            locked = verbs.present(actor, ref, Permission.SELLER_WRITE, lock=True)
            verbs.expect(locked, request.form.get("seen"))
            verbs.update(actor, locked, form.data, commune)
        if not form.errors:
            return pages.saved("profile.seller", _("Đã lưu hồ sơ."), ref=ref)
    return _shown(actor, row, form, question)


def _where(form: pages.Form, row: Seller) -> tuple[Question | None, Commune | None]:
    """The commune that the form names, or the question to put to its writer."""
    if request.method != "POST":
        return None, None
    # A choice made is shown again when something else of the form was wrong.
    said = form.data or form.values | {"commune_code": ""}
    meant = addresses.read(row, said)
    if isinstance(meant, Answer):
        return None, meant.commune
    if form.data and meant is None:
        form.errors["address"] = [_("Chưa nhận ra xã, phường. Chọn tỉnh ở ô dưới rồi lưu lại.")]
    elif form.data:
        form.errors["commune_code"] = [_("Chọn xã, phường hiện nay của địa chỉ này.")]
    return meant, None


def _shown(
    actor: Actor, row: Seller, form: pages.Form, question: Question | None
) -> ResponseReturnValue:
    left = row.left_at is not None
    may_write = actor.may(Permission.SELLER_WRITE, row.id) and not left
    steps = onboarding.steps(row)
    return pages.page(
        "profile/seller.html",
        form=form,
        seen=verbs.looked_at(row),
        seller=row,
        question=question,
        steps=steps,
        missing=onboarding.missing(steps),
        may_write=may_write,
        left=left,
        may_erase=actor.administers and not left,
        may_part=actor.may(Permission.MEMBERS_MANAGE, row.id) and not left,
        may_ask=may_write and row.review in {ReviewState.DRAFT, ReviewState.REFUSED},
        last=reviews.last(row),
        identity=papers.identity(row),
        papers=documents.of(f"seller:{row.ref}"),
        advised=papers.advised(row.kind),
        paper_names=papers.KINDS,
        today=clock.today(),
        photos=photos.of(f"seller:{row.ref}"),
        logos=photos.of(f"logo:{row.ref}")[-1:],
        kinds=_kinds(),
        kind_names=KIND_NAMES,
        provinces=[("", _("— đọc từ dòng địa chỉ —")), *_provinces()],
        colours=_colours(row),
        address_today=addresses.today(row),
        is_public=stalls.is_public(row),
        stall_link=stalls.link(row),
        stall_svg=stalls.svg(row),
        map_url=stalls.map_url(row),
    )


def _kinds() -> list[tuple[str, Any]]:
    return [("", _("— chưa chọn —")), *((str(kind), KIND_NAMES[kind]) for kind in SellerKind)]


def _provinces() -> list[tuple[str, str]]:
    return [(row.code, row.label) for row in places.provinces()]


def _colours(row: Seller) -> list[tuple[str, Any]]:
    own = [(row.colour, row.colour)] if row.colour and row.colour not in colours.NAMED else []
    return [("", _("— chưa chọn —")), *colours.NAMED.items(), *own]


@bp.post("/<ref>/xin-duyet")
@access.signed_in
def ask(actor: Actor, ref: str) -> ResponseReturnValue:
    """Put the seller before a reviewer."""
    form = pages.Form()
    with form.guard(), transaction():
        row = verbs.present(actor, ref, Permission.SELLER_WRITE, lock=True)
        onboarding.ask(actor, row)
    if form.errors:
        return pages.refused("profile.seller", form, ref=ref)
    return pages.saved(
        "profile.seller",
        _("Đã gửi xin duyệt. Người duyệt sẽ xem và trả lời ngay trên trang này."),
        ref=ref,
    )


@bp.post("/<ref>/giay-to")
@access.signed_in
@pages.takes_files(arrivals.DOCUMENT_BYTES)
def paper_add(actor: Actor, ref: str) -> ResponseReturnValue:
    """A paper of the seller, kept private."""
    row = verbs.present(actor, ref, Permission.SELLER_WRITE)
    form = pages.form(PaperSchema())
    taken = arrivals.document(form) if form.data else None
    if taken is None or form.errors:
        return pages.refused("profile.seller", form, ref=ref, _anchor="giay-to")
    kind = form.data["kind"]
    with transaction():
        documents.accept(
            actor,
            row.id,
            f"seller:{ref}",
            taken,
            kind=kind,
            title=form.data["title"] or str(papers.KINDS[kind]),
            valid_until=form.data["valid_until"],
        )
    return pages.saved("profile.seller", _("Đã nhận giấy tờ."), ref=ref, _anchor="giay-to")


@bp.post("/<ref>/anh")
@access.signed_in
@pages.takes_files(arrivals.PHOTOS_BYTES)
def seller_photos(actor: Actor, ref: str) -> ResponseReturnValue:
    """Photos of the place and its people."""
    row = verbs.present(actor, ref, Permission.SELLER_WRITE)
    arrivals.photos(actor, row.id, f"seller:{ref}")
    return redirect(url_for("profile.seller", ref=ref, _anchor="anh"), 303)


@bp.post("/<ref>/logo")
@access.signed_in
@pages.takes_files(arrivals.PHOTOS_BYTES)
def logo(actor: Actor, ref: str) -> ResponseReturnValue:
    """The logo; a new one takes the place of the one before."""
    row = verbs.present(actor, ref, Permission.SELLER_WRITE)
    arrivals.photos(actor, row.id, f"logo:{ref}")
    with transaction():
        stalls.keep_newest_logo(actor, row)
    return redirect(url_for("profile.seller", ref=ref, _anchor="nhan-hieu"), 303)
