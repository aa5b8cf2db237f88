"""How an order's states are said to people."""

from flask_babel import lazy_gettext as _l

from shop.orders.models import PayBy, State

NAMES = {
    State.AWAITING_PAYMENT: _l("Chờ tiền về"),
    State.DRAFT: _l("Bản nháp"),
    State.PAID: _l("Đã nhận đủ tiền"),
    State.CONFIRMED: _l("Đã xác nhận, thu tiền sau"),
    State.PACKING: _l("Đang gói"),
    State.SHIPPED: _l("Đã gửi"),
    State.DELIVERED: _l("Đã giao"),
    State.COMPLETED: _l("Xong"),
    State.CANCELLED: _l("Đã hủy"),
    State.EXPIRED: _l("Hết hạn"),
    State.PARTLY_RETURNED: _l("Trả lại một phần"),
    State.RETURNED: _l("Đã trả lại"),
}
TONES = {
    State.AWAITING_PAYMENT: "warn",
    State.PAID: "good",
    State.CONFIRMED: "good",
    State.PACKING: "info",
    State.SHIPPED: "info",
    State.CANCELLED: "neutral",
    State.EXPIRED: "neutral",
}
# The button that makes the move. Paid is never a button: only the bank says it.
DEEDS = {
    State.CONFIRMED: _l("Đã gọi khách, giao rồi thu tiền"),
    State.PACKING: _l("Bắt đầu gói hàng"),
    State.SHIPPED: _l("Đã gửi đi"),
    State.DELIVERED: _l("Đã giao cho khách"),
    State.COMPLETED: _l("Hoàn tất"),
    State.CANCELLED: _l("Hủy đơn"),
}

WAYS = {
    PayBy.CASHLESS: _l("Chuyển khoản, quét mã QR"),
    PayBy.COD: _l("Tiền mặt khi nhận hàng"),
    PayBy.CHANNEL: _l("Sàn thu, trả lại theo kỳ đối soát"),
    PayBy.CASH: _l("Tiền mặt tại quầy"),
}
# What stands where the goods would, when at a counter only the sum was said.
ONLY_A_SUM = _l("Hàng bán tại quầy")

# Where an order that staff wrote down came from ("manual:<source>").
ENTRY_SOURCES = {
    "phone": _l("Điện thoại"),
    "zalo": _l("Zalo"),
    "counter": _l("Tại quầy"),
    "other": _l("Khác"),
}
