"""How lines' states and reasons are said to people."""

from flask_babel import lazy_gettext as _l

from shop.ledger import accounts
from shop.reconciliation.models import LineState, Reason

STATES = {
    LineState.SUSPENSE: _l("Chờ xử lý"),
    LineState.PARTLY: _l("Còn thừa"),
    LineState.MATCHED: _l("Đã khớp"),
    LineState.IGNORED: _l("Không tính"),
    LineState.REVERSED: _l("Ngân hàng đã đảo"),
    LineState.NEW: _l("Mới"),
}
TONES = {
    LineState.SUSPENSE: "warn",
    LineState.PARTLY: "warn",
    LineState.MATCHED: "good",
}
REASONS = {
    Reason.REFERENCE: _l("Có mã đơn, khớp đúng."),
    Reason.SURPLUS: _l("Chuyển thừa hoặc chuyển lần nữa: cần trả lại hoặc giữ cho khách."),
    Reason.SHORT: _l("Chuyển thiếu so với đơn; đơn còn chờ phần còn lại."),
    Reason.TOLERATED: _l("Thiếu trong mức cho phép, phần thiếu được bỏ qua."),
    Reason.SEVERAL: _l("Ghi nhiều mã đơn nhưng số tiền không bằng tổng các đơn."),
    Reason.COMPACTED: _l("Mã đơn bị dính vào chữ khác và số tiền không khớp."),
    Reason.UNKNOWN_ORDER: _l("Mã đơn không có ở đơn vị này."),
    Reason.CLOSED_ORDER: _l("Đơn của mã này đã hủy, hết hạn hoặc đã trả hàng."),
    Reason.NO_REFERENCE: _l("Nội dung chuyển khoản không có mã đơn."),
    Reason.UNDONE: _l("Đã gỡ khỏi đơn, chờ khớp lại."),
    Reason.OUTGOING: _l("Tiền ra, chưa rõ trả cho việc gì."),
    Reason.REFUND: _l("Hoàn tiền cho khách."),
    Reason.OWN_TRANSFER: _l("Chuyển giữa các tài khoản của mình."),
    Reason.FEE: _l("Phí ngân hàng."),
    Reason.OTHER: _l("Thu, chi khác."),
    Reason.LOOKS_LIKE: _l("Giống một dòng đã có: xem có phải một lần chuyển không."),
    Reason.REVERSED: _l("Ngân hàng tự đảo giao dịch, hai dòng bù nhau."),
    Reason.DUPLICATE: _l("Trùng với một dòng đã có, không tính lần nữa."),
    Reason.PAYOUT: _l("Chi trả tiền thu hộ."),
    Reason.SETTLEMENT: _l("Cổng, sàn hoặc hãng vận chuyển trả tiền."),
}

# Who sends settlements, by the name of its sheet.
SOURCES = {
    "vnpay": _l("VNPay"),
    "momo": _l("MoMo"),
    "zalopay": _l("ZaloPay"),
    "shopee": _l("Shopee"),
    "tiktok": _l("TikTok Shop"),
    "lazada": _l("Lazada"),
    "cod": _l("Thu hộ (COD) của hãng vận chuyển"),
}
# Where the difference of a settlement's line belongs: words, and the account. None: too little was
# collected, and what is missing stays open at the order.
DECISIONS = {
    "sales": (_l("Doanh thu bán ngoài hệ thống"), accounts.SALES),
    "other": (_l("Thu, chi khác"), accounts.OTHER_OUT),
    "returns": (_l("Hàng trả lại"), accounts.RETURNS),
    "short": (_l("Phần thiếu vẫn chờ ở đơn"), None),
}


def holder(account: str) -> str:
    """Who holds the money of an account that settlements empty ("clearing:vnpay" → "VNPay")."""
    named = account.partition(":")[2]
    return str(SOURCES.get(named, named))
