"""Papers of a consent: a sheet to sign before it, and a slip for the seller to keep after it.

Both say the same three things in words that can be read out. The slip's code ends the consent;
who has no phone that scans finds on it whom to call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from reportlab.lib.pagesizes import A5, A6
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from shop import pdf, phones, qr
from shop.accounts.models import Delegation, User
from shop.community.models import Team
from shop.sellers.models import Seller

LIMITS = (
    _l("Người giúp điền hồ sơ, đăng sản phẩm, gửi ảnh thay người bán. Việc nào cũng ghi tên."),
    _l("Không thấy tiền, không đổi được tài khoản ngân hàng, không thấy người mua là ai."),
    _l("Người bán thôi lúc nào cũng được, thôi là hết ngay, không cần nói lý do."),
)
_MARGIN = pdf.mm(9)
_CODE = pdf.mm(34)


@dataclass
class _Sheet:
    """A page and how far down it is written; nothing on it is cut."""

    canvas: Canvas
    size: tuple[float, float]
    text: float
    y: float = 0.0

    def __post_init__(self) -> None:
        self.y = self.size[1] - _MARGIN

    @property
    def room(self) -> float:
        return self.size[0] - 2 * _MARGIN

    def write(self, words: str, *, size: float = 0.0, bold: bool = False, after: float = 2) -> None:
        size, font = size or self.text, pdf.BOLD if bold else pdf.REGULAR
        for said in pdf.broken(words, self.room, font=font, size=size):
            self.y -= size * 1.3
            pdf.line(self.canvas, said, (_MARGIN, self.y), font=font, size=size)
        self.y -= after

    def fact(self, label: str, value: str) -> None:
        self.write(label, size=self.text - 1.5, after=-1)
        self.write(value, bold=True, after=3)

    def blank(self, label: str, lines: int = 1) -> None:
        """A label, and room to write by hand."""
        self.write(label, after=0)
        for _line in range(lines):
            self.y -= self.text * 2
            self.canvas.line(_MARGIN, self.y, self.size[0] - _MARGIN, self.y)
        self.y -= 4


def slip(row: Delegation, seller: Seller, teams: Sequence[Team], link: str) -> bytes:
    """One page of A6 for the seller's house; `link`: the address that ends the consent.

    In Vietnamese, whatever language the helper reads; in smaller letters where names are long.
    """
    with force_locale("vi"):
        for size in (9.0, 8.0, 7.0, 6.0):
            data, fits = _slip(row, seller, named(row.user, teams), link, size)
            if fits:
                break
    return data


def _slip(
    row: Delegation, seller: Seller, helper: str, link: str, size: float
) -> tuple[bytes, bool]:
    """The page in letters of that size, and whether its words stay above the code."""
    out = BytesIO()
    sheet = _Sheet(pdf.canvas(out, title=str(_("Phiếu nhờ giúp")), size=A6), A6, text=size)
    sheet.write(_("Chợ OCOP: phiếu nhờ giúp"), size=13, bold=True, after=3)
    sheet.fact(_("Người bán"), seller.name)
    sheet.fact(_("Người đồng ý"), row.consenter)
    sheet.fact(_("Người giúp"), helper)
    sheet.fact(_("Đến hết ngày"), row.until.strftime("%d/%m/%Y"))
    for limit in LIMITS:
        sheet.write(f"• {limit}", size=size - 1, after=1)
    _ending(sheet, link)
    sheet.canvas.showPage()
    sheet.canvas.save()
    return out.getvalue(), sheet.y >= _MARGIN + _CODE


def _ending(sheet: _Sheet, link: str) -> None:
    """The code at the foot, and beside it how to end the help with it or without a phone."""
    image = ImageReader(BytesIO(qr.png(link)))
    sheet.canvas.drawImage(image, _MARGIN - 4, _MARGIN - 4, _CODE, _CODE)
    left, y = _MARGIN + _CODE + 4, _MARGIN + _CODE - 10
    said = (
        (_("Muốn thôi"), pdf.BOLD, 11.0),
        (_("Quét mã này, bấm “Thôi ngay”. Ai trong nhà quét cũng được."), pdf.REGULAR, 8.0),
        (
            _("Không quét được: gọi người giúp, hoặc báo ủy ban xã, tổ công nghệ số."),
            pdf.REGULAR,
            8.0,
        ),
    )
    for words, font, size in said:
        room = sheet.size[0] - left - _MARGIN
        for part in pdf.broken(words, room, font=font, size=size):
            pdf.line(sheet.canvas, part, (left, y), font=font, size=size)
            y -= size * 1.3
        y -= 3


def to_sign(helper: User, teams: Sequence[Team]) -> bytes:
    """One page of A5 in Vietnamese, to fill in by hand, sign and photograph."""
    with force_locale("vi"):
        return _to_sign(named(helper, teams))


def _to_sign(helper: str) -> bytes:
    out = BytesIO()
    sheet = _Sheet(pdf.canvas(out, title=str(_("Giấy đồng ý")), size=A5), A5, text=10.5)
    sheet.write(_("Giấy đồng ý nhờ giúp trên Chợ OCOP"), size=15, bold=True, after=6)
    sheet.blank(_("Tôi là (họ và tên):"))
    sheet.blank(_("Đại diện cho (hộ, hợp tác xã, cơ sở) và địa chỉ:"), lines=2)
    sheet.blank(_("Số điện thoại, nếu có:"))
    sheet.write(_("Đồng ý để %(name)s giúp bán hàng trên mạng.", name=helper), after=4)
    sheet.write(_("Tôi đã được đọc cho nghe:"), bold=True)
    for limit in LIMITS:
        sheet.write(f"• {limit}", after=1)
    sheet.blank(_("Đồng ý đến hết ngày (nhiều nhất một năm):"))
    sheet.write(_("Ngày ký, chữ ký hoặc điểm chỉ:"), after=0)
    sheet.canvas.showPage()
    sheet.canvas.save()
    return out.getvalue()


def named(helper: User, teams: Sequence[Team]) -> str:
    """Who helps: name, number, and whose team they are of."""
    number = phones.show(helper.phone) if helper.phone else ""
    return ", ".join(part for part in (helper.name, number, *(t.name for t in teams)) if part)
