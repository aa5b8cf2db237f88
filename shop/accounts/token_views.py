"""Back office: one's own API tokens."""

from datetime import timedelta

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import pages
from shop.accounts import access
from shop.accounts import tokens as verbs
from shop.accounts.access import Actor
from shop.accounts.schemas import TokenSchema
from shop.database import transaction

bp = Blueprint("tokens", __name__, url_prefix="/tai-khoan/khoa-api")

SCOPE_NAMES = {
    "catalogue:read": _l("Xem sản phẩm và người bán của đơn vị"),
    "catalogue:write": _l("Thêm và sửa sản phẩm"),
    "orders:read": _l("Xem đơn hàng"),
    "orders:write": _l("Ghi đơn, đổi tình trạng đơn"),
    "money:read": _l("Xem dòng tiền và sổ sách"),
    "money:write": _l("Khớp tiền, ghi sổ, ghi hóa đơn"),
    "livestream:read": _l("Xem phiên livestream, thử đọc bình luận"),
    "livestream:write": _l("Lên kế hoạch, ghim mã, chạy phiên livestream"),
    "trace:read": _l("Xem lô hàng, nhật ký, tem, lượt quét"),
    "trace:write": _l("Mở lô, ghi và gửi nhật ký, công bố lô, in và kích hoạt tem"),
    "trace:recall": _l("Thu hồi lô hàng"),
}
LIFETIME_NAMES = {
    "365": _l("1 năm"),
    "30": _l("30 ngày"),
    "90": _l("90 ngày"),
    "730": _l("2 năm"),
}


@bp.get("")
@access.signed_in
def tokens(actor: Actor) -> ResponseReturnValue:
    """One's tokens: what each may do, when it was used, until when it works."""
    page = pages.paged(verbs.mine(actor))
    return pages.page(
        "tokens/tokens.html", page=page, scope_names=SCOPE_NAMES, is_live=verbs.is_live
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def token_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new token; the token itself is shown once, in the answer."""
    form = pages.form(TokenSchema(), {"days": "365"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            name, word = _create(actor, form)
        if not form.errors:
            return pages.page("tokens/token_shown.html", word=word, name=name)
    return pages.page(
        "tokens/token_new.html",
        form=form,
        scopes=[(scope, SCOPE_NAMES[scope]) for scope in verbs.offered(actor)],
        lifetimes=list(LIFETIME_NAMES.items()),
    )


def _create(actor: Actor, form: pages.Form) -> tuple[str, str]:
    scopes = [scope for scope in verbs.offered(actor) if scope in request.form]
    lifetime = timedelta(days=int(form.data["days"]))
    token, word = verbs.create(actor, form.data["name"], scopes, lifetime=lifetime)
    pages.claim(form, "tokens.tokens")
    return token.name, word


@bp.post("/<ref>/thu-hoi")
@access.signed_in
def token_revoke(actor: Actor, ref: str) -> ResponseReturnValue:
    """End a token at once."""
    with transaction():
        verbs.revoke(actor, verbs.get(actor, ref))
    return pages.saved("tokens.tokens", _("Đã thu hồi khóa. Chương trình dùng khóa này bị chặn."))
