"""How levels, files, layouts, states of stamps, places and papers are said to people."""

from flask_babel import lazy_gettext as _l

from traceability.models import SiteKind
from traceability.stamp_models import Level, StampState

LEVELS = {
    Level.ITEM: _l("Từng món: mỗi tem một mã riêng"),
    Level.LOT: _l("Cả lô: mọi tem của lô cùng một mã"),
    Level.PRODUCT: _l("Cả sản phẩm: mọi tem cùng một mã"),
}
FORMATS = {
    "pdf": _l("PDF để in ngay"),
    "csv": _l("CSV cho nhà in ngoài"),
    "svg": _l("ZIP các hình SVG, chỉ mã QR"),
    "png": _l("ZIP các hình PNG, chỉ mã QR"),
}
LAYOUTS = {
    "a4-5x8": _l("Giấy A4, 40 tem 35 × 33 mm"),
    "a4-4x7": _l("Giấy A4, 28 tem 44 × 38 mm"),
    "a4-3x8": _l("Giấy A4, 24 tem 60 × 32 mm, chữ bên cạnh"),
    "a4-3x7-cao": _l("Giấy A4, 21 tem 62 × 36 mm, có logo và ô cào"),
    "cuon-20x20": _l("Cuộn 20 × 20 mm, chỉ mã QR"),
    "cuon-25x25": _l("Cuộn 25 × 25 mm"),
    "cuon-30x20": _l("Cuộn 30 × 20 mm, chữ bên cạnh"),
}
WITHDRAWN = {
    StampState.DAMAGED: _l("Hỏng (rách, in lỗi)"),
    StampState.LOST: _l("Mất"),
    StampState.VOID: _l("Hủy (vì lý do khác)"),
}
STATES = {
    StampState.PRINTED: _l("chưa kích hoạt"),
    StampState.ACTIVE: _l("đã kích hoạt"),
    StampState.DAMAGED: _l("hỏng"),
    StampState.LOST: _l("mất"),
    StampState.VOID: _l("đã hủy"),
}
SITES = {
    SiteKind.GROWING_AREA: _l("Vùng trồng, vùng nuôi"),
    SiteKind.WORKSHOP: _l("Xưởng, nơi chế biến"),
    SiteKind.STORE: _l("Kho"),
}
PAPERS = {
    "vietgap": _l("Giấy chứng nhận VietGAP, hữu cơ"),
    "test": _l("Phiếu kiểm nghiệm"),
    "ocop": _l("Quyết định công nhận OCOP"),
    "other": _l("Giấy tờ khác"),
}
WRONG = {
    "incorrect_data": _l("Ghi sai: đã hoặc sẽ ghi lại cho đúng"),
    "did_not_occur": _l("Việc này không xảy ra"),
}
CONTAINERS = {"carton": _l("Thùng"), "pallet": _l("Kiện, pa-lét")}
