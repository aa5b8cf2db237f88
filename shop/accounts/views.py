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
    Role.HELPER: _l("Người giúp (tổ công nghệ số)"),
    Role.ADMINISTRATOR: _l("Quản trị nền tảng"),
}

ACTION_NAMES = {
    "product.create": _l("tạo sản phẩm"),
    "product.update": _l("sửa sản phẩm"),
    "product.publish": _l("đăng bán"),
    "product.archive": _l("cất sản phẩm"),
    "product.pause": _l("tạm dừng bán"),
    "pack.create": _l("thêm quy cách"),
    "pack.move": _l("đổi thứ tự quy cách"),
    "pack.retire": _l("ngừng bán quy cách"),
    "pack.restore": _l("bán lại quy cách"),
    "import.start": _l("gửi bảng sản phẩm"),
    "import.apply": _l("ghi bảng sản phẩm"),
    "photo.accept": _l("thêm ảnh"),
    "photo.describe": _l("tả ảnh"),
    "photo.move": _l("đổi thứ tự ảnh"),
    "photo.remove": _l("xóa ảnh"),
    "photo.retry": _l("thu nhỏ lại ảnh"),
    "document.accept": _l("thêm giấy tờ"),
    "document.remove": _l("bỏ giấy tờ"),
    "seller.create": _l("thêm người bán"),
    "seller.update": _l("sửa hồ sơ người bán"),
    "seller.check_identity": _l("đối chiếu giấy tờ"),
    "review.ask": _l("xin duyệt"),
    "review.decide": _l("trả lời duyệt"),
    "certificate.enter": _l("nhập chứng nhận"),
    "certificate.correct": _l("sửa chứng nhận"),
    "certificate.cover": _l("đổi sản phẩm của chứng nhận"),
    "certificate.verify": _l("xác minh chứng nhận"),
    "certificate.refuse": _l("từ chối chứng nhận"),
    "certificate.extend": _l("gia hạn chứng nhận"),
    "certificate.withdraw": _l("thu hồi chứng nhận"),
    "stock.receive": _l("nhập kho"),
    "stock.adjust": _l("sửa số tồn kho"),
    "stock.location": _l("thêm nơi để hàng"),
    "stock.safety": _l("sửa số giữ lại"),
    "delivery.settle": _l("đặt phí giao hàng"),
    "voucher.make": _l("thêm mã giảm giá"),
    "voucher.change": _l("sửa mã giảm giá"),
    "order.weigh": _l("cân lại hàng của đơn"),
    "order.let_go": _l("bỏ qua phần khách còn thiếu"),
    "order.pack": _l("ghi lô hàng của đơn"),
    "order.write": _l("nhập đơn tay"),
    "order.return": _l("nhận hàng trả lại"),
    "figures.agree": _l("cho cán bộ xem số liệu"),
    "figures.end": _l("thôi cho cán bộ xem số liệu"),
    "harvest.offer": _l("mở bán trước vụ"),
    "harvest.change": _l("sửa bán trước vụ"),
    "harvest.arrive": _l("nhập hàng của vụ"),
    "harvest.cancel": _l("hủy vụ bán trước"),
    "order.move": _l("chuyển đơn"),
    "bank_account.add": _l("thêm tài khoản nhận tiền"),
    "bank_account.close": _l("ngừng tài khoản nhận tiền"),
    "bank_account.use": _l("đổi tài khoản nhận tiền"),
    "feed.connect": _l("nối báo có"),
    "bank_line.read": _l("xem dòng tiền ngân hàng"),
    "bank_line.match": _l("khớp dòng tiền"),
    "bank_line.undo": _l("gỡ khớp dòng tiền"),
    "bank_line.purpose": _l("ghi dòng tiền không phải của đơn"),
    "bank_line.refund": _l("ghi dòng tiền là khoản hoàn"),
    "bank_line.rest": _l("trả lại phần khách chuyển thừa"),
    "bank_line.give_back": _l("trả lại tiền của dòng tiền"),
    "bank_line.reversed": _l("ghi ngân hàng tự đảo giao dịch"),
    "gateway_payment.accept": _l("nhận khoản cổng giữ lại xem xét"),
    "gateway_payment.given_back": _l("ghi cổng đã trả lại khách"),
    "gateway.connect": _l("nối cổng thanh toán"),
    "gateway.stop": _l("ngừng cổng thanh toán"),
    "payout.make": _l("lập lệnh chi tiền thu hộ"),
    "payout.cancel": _l("bỏ lệnh chi tiền thu hộ"),
    "bank_line.payout": _l("ghi dòng tiền là chi trả thu hộ"),
    "invoice.terms": _l("đổi cách xuất hóa đơn"),
    "invoice.export": _l("tải tệp hóa đơn cần xuất"),
    "invoice.buyer": _l("ghi người mua trên hóa đơn"),
    "invoice.report": _l("ghi số hóa đơn"),
    "feed.list_key": _l("đổi khóa lấy danh sách giao dịch"),
    "bank_line.duplicate": _l("ghi hai dòng tiền là một"),
    "bank_line.of_its_own": _l("ghi hai dòng tiền là hai lần chuyển"),
    "invoice.again": _l("đưa hóa đơn vào danh sách cần xuất lại"),
    "settlement.take_back": _l("bỏ bảng đối soát gửi nhầm"),
    "voucher.is_line": _l("gắn phiếu với dòng ngân hàng"),
    "books.business": _l("đổi ngành nghề tính thuế"),
    "refund.decide": _l("hoàn tiền cho khách"),
    "refund.give_up": _l("bỏ khoản hoàn"),
    "reconciliation.terms": _l("đổi quy ước đối soát"),
    "statement.send": _l("gửi sao kê"),
    "statement.remap": _l("chọn cột của sao kê"),
    "statement.apply": _l("ghi sao kê vào sổ"),
    "settlement.take": _l("gửi bảng đối soát"),
    "settlement.decide": _l("quyết dòng lệch"),
    "settlement.pay_out": _l("khớp tiền cổng, sàn trả"),
    "day.close": _l("chốt ngày"),
    "voucher.write": _l("viết phiếu thu, chi"),
    "voucher.undo": _l("hủy phiếu thu, chi"),
    "book.export": _l("xuất sổ"),
    "lot.open": _l("mở lô"),
    "lot.update": _l("sửa lô"),
    "lot.publish": _l("công bố lô"),
    "lot.unpublish": _l("thôi công bố lô"),
    "event.erase": _l("xóa lời ghi kèm một việc"),
    "site.save": _l("lưu nơi sản xuất"),
    "household.save": _l("lưu hộ thành viên"),
    "container.open": _l("mở thùng, kiện"),
    "container.nest": _l("xếp thùng lên kiện"),
    "stamps.request": _l("in tem"),
    "stamps.reprint": _l("làm lại tệp tem"),
    "stamps.download": _l("tải tệp tem"),
    "stamps.damage": _l("ghi tem hỏng"),
    "stamps.lose": _l("ghi tem mất"),
    "stamps.void": _l("hủy tem"),
    "layout.save": _l("lưu khuôn tem"),
    "layout.remove": _l("xóa khuôn tem"),
    "stamps.activate": _l("kích hoạt tem"),
    "channels.connect": _l("kết nối gian hàng"),
    "channels.push_all": _l("đẩy lên sàn"),
    "livestream.plan": _l("tạo phiên"),
    "livestream.pin": _l("ghim mã"),
    "livestream.listen": _l("nối bình luận"),
    "livestream.unlisten": _l("bỏ nối bình luận"),
    "livestream.paste": _l("dán bình luận"),
    "livestream.focus": _l("đổi hàng trên bàn"),
    "livestream.go_live": _l("lên sóng"),
    "livestream.change": _l("sửa phiên"),
    "livestream.unpin": _l("bỏ mã"),
    "livestream.rehearse": _l("diễn tập"),
    "livestream.end_rehearsal": _l("thôi diễn tập"),
    "livestream.pause": _l("tạm dừng phiên"),
    "livestream.go_on": _l("tiếp tục phiên"),
    "livestream.close": _l("đóng phiên"),
    "livestream.keep_replay": _l("ghi chỗ xem lại phiên"),
    "livestream.warn": _l("cảnh báo phiên"),
    "livestream.stop": _l("dừng phiên"),
    "livestream.acknowledge": _l("đã đọc cảnh báo"),
    "host.enter": _l("khai người dẫn"),
    "host.check": _l("nhận người dẫn"),
    "host.refuse": _l("từ chối người dẫn"),
    "complaint.handle": _l("xử lý phản ánh"),
    "host.end": _l("bớt người dẫn"),
    "livestream.word": _l("thêm từ riêng"),
    "livestream.word_remove": _l("bỏ từ riêng"),
    "member.add": _l("thêm thành viên"),
    "member.remove": _l("bớt thành viên"),
    "delegation.ask": _l("xin giúp"),
    "delegation.consent": _l("đồng ý để giúp"),
    "delegation.end": _l("thôi để giúp"),
    "team.make": _l("lập tổ công nghệ số"),
    "team.change": _l("sửa tổ công nghệ số"),
    "team.close": _l("giải thể tổ công nghệ số"),
    "team.join": _l("thêm người vào tổ"),
    "team.leave": _l("cho người ra khỏi tổ"),
    "training.note": _l("ghi buổi tập huấn"),
    "training.remove": _l("bỏ buổi tập huấn ghi nhầm"),
    "landmark.make": _l("thêm điểm đến"),
    "landmark.change": _l("sửa điểm đến"),
    "person.erase": _l("xóa thông tin cá nhân"),
    "departure.read": _l("mở niêm phong người bán đã rời"),
    "token.create": _l("tạo khóa API"),
    "token.revoke": _l("thu hồi khóa API"),
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
    access.expect(actor, Permission.AUDIT_READ)
    query = access.rows(actor, AuditEntry, Permission.AUDIT_READ)
    page = pages.paged(query.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()))
    return pages.page("accounts/audit_trail.html", page=page, action_names=ACTION_NAMES)
