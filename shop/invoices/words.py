"""How invoices' states and tax rates are said to people."""

from flask_babel import lazy_gettext as _l

from shop.invoices.models import InvoiceState, VatRate

STATES = {
    InvoiceState.WAITING: _l("Chờ giao hàng"),
    InvoiceState.READY: _l("Cần xuất"),
    InvoiceState.HANDED: _l("Đã chuyển nhà cung cấp"),
    InvoiceState.ISSUED: _l("Đã phát hành"),
    InvoiceState.REFUSED: _l("Bị từ chối"),
    InvoiceState.ADJUSTED: _l("Đã điều chỉnh"),
    InvoiceState.REPLACED: _l("Đã thay thế"),
    InvoiceState.CANCELLED: _l("Đã hủy"),
}
TONES = {
    InvoiceState.READY: "warn",
    InvoiceState.HANDED: "info",
    InvoiceState.ISSUED: "good",
    InvoiceState.ADJUSTED: "good",
    InvoiceState.REPLACED: "good",
    InvoiceState.REFUSED: "bad",
}
VAT = {
    VatRate.KKKNT: _l("Không kê khai, không tính nộp thuế"),
    VatRate.KCT: _l("Không chịu thuế"),
    VatRate.ZERO: "0 %",
    VatRate.FIVE: "5 %",
    VatRate.EIGHT: "8 %",
    VatRate.TEN: "10 %",
}
