"""What the catalogue can refuse."""

from flask_babel import gettext as _

from shop.errors import DomainError


class CannotPublish(DomainError):
    """The product lacks something that a published one must have; the message says what."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(_("Chưa thể đăng: %(why)s", why=why))


class ChangedMeanwhile(DomainError):
    """Somebody saved the product after this form was opened; nothing was overwritten."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _(
                "Trong lúc bạn sửa, có người khác vừa lưu sản phẩm này, nên chưa lưu gì của bạn. "
                "Những gì bạn gõ vẫn còn đây: bấm Lưu lần nữa để ghi đè, hoặc mở lại trang để xem "
                "bản mới."
            )
        )


class CannotDecide(DomainError):
    """The certificate is in another state by now (verified, refused, withdrawn)."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Chứng nhận này đang ở trạng thái khác. Xin tải lại trang."))


class NoScan(DomainError):
    """A certificate without a scan cannot be verified."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Chưa có bản chụp để so, nên chưa xác minh được."))


class CannotImport(DomainError):
    """The spreadsheet is not ready to be applied, or something in it is wrong."""

    status = 409

    def __init__(self) -> None:
        super().__init__(_("Tệp này còn lỗi hoặc chưa đọc xong nên chưa ghi được."))


class BadStarterFile(DomainError):
    """Rows of a starter file that cannot be read. Nothing of it was loaded.

    `rows`: one line per fault, each naming the row, the field and the reason.
    """

    status = 422

    def __init__(self, rows: list[str]) -> None:
        super().__init__(_("Tệp danh mục có dòng hỏng, chưa nạp gì."), rows=rows)
        self.rows = rows


class LookAgain(DomainError):
    """The certificate, its products or its papers changed after this page was opened."""

    status = 409

    def __init__(self) -> None:
        super().__init__(
            _("Chứng nhận hoặc giấy tờ vừa được sửa trong lúc bạn xem. Xin xem lại rồi quyết định.")
        )
