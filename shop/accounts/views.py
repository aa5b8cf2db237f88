"""Back office: one's own account, the audit trail."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from sqlalchemy import select

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.models import AuditEntry, Membership, Role
from shop.database import db

bp = Blueprint("accounts", __name__)

ROLE_NAMES = {
    Role.REVIEWER: _l("Người duyệt của nền tảng"),
    Role.OWNER: _l("Chủ nhiệm (chủ sở hữu)"),
    Role.MANAGER: _l("Quản lý"),
    Role.HOST: _l("Người livestream"),
    Role.ACCOUNTANT: _l("Kế toán"),
    Role.VIEWER: _l("Chỉ xem"),
    Role.OFFICIAL: _l("Cán bộ theo dõi"),
    Role.ADMINISTRATOR: _l("Quản trị nền tảng"),
}

ACTION_NAMES = {
    "product.create": _l("tạo sản phẩm"),
    "product.update": _l("sửa sản phẩm"),
    "product.publish": _l("đăng bán"),
    "product.pause": _l("tạm dừng bán"),
    "review.ask": _l("xin duyệt"),
    "review.decide": _l("trả lời duyệt"),
    "stock.receive": _l("nhập kho"),
    "order.move": _l("chuyển đơn"),
    "bank_account.add": _l("thêm tài khoản nhận tiền"),
    "feed.connect": _l("nối báo có"),
    "bank_line.match": _l("khớp dòng tiền"),
    "bank_line.undo": _l("gỡ khớp dòng tiền"),
    "lot.open": _l("mở lô"),
    "lot.update": _l("sửa lô"),
    "stamps.request": _l("in tem"),
    "stamps.reprint": _l("in lại tem"),
    "stamps.activate": _l("kích hoạt tem"),
    "channels.connect": _l("kết nối gian hàng"),
    "channels.push_all": _l("đẩy lên sàn"),
    "livestream.plan": _l("tạo phiên"),
    "livestream.pin": _l("ghim mã"),
    "livestream.focus": _l("đổi hàng trên bàn"),
    "livestream.go_live": _l("lên sóng"),
    "livestream.close": _l("đóng phiên"),
    "member.add": _l("thêm thành viên"),
    "member.remove": _l("bớt thành viên"),
    "member.link": _l("cấp liên kết đặt mật khẩu"),
}


@bp.get("/tai-khoan")
@access.signed_in
def account(actor: Actor) -> ResponseReturnValue:
    """One's own account: names, roles, password, second factor."""
    roles = db.session.scalars(select(Membership).where(Membership.user_id == actor.user_id)).all()
    return pages.page(
        "accounts/account.html", user=current_user, roles=[ROLE_NAMES[Role(m.role)] for m in roles]
    )


@bp.get("/ban-hang/nhat-ky")
@access.signed_in
def audit_trail(actor: Actor) -> ResponseReturnValue:
    """Who changed what, newest first."""
    query = access.rows(actor, AuditEntry, Permission.AUDIT_READ)
    page = pages.paged(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()))
    return pages.page("accounts/audit_trail.html", page=page, action_names=ACTION_NAMES)
