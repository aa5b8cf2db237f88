"""Which kind of statement a file is, told by its content."""

import re

from flask_babel import gettext as _

from shop.reconciliation.statements import camt053, mt940, tables
from shop.reconciliation.statements.columns import Mapping
from shop.reconciliation.statements.errors import BadStatement
from shop.reconciliation.statements.reading import Statement

_FIRST, _ACCOUNT = re.compile(rb"(?m)^:20:"), re.compile(rb"(?m)^:25:")
_HTML = (b"<html", b"<!doctype html", b"<table", b"<head", b"<body", b"<meta", b"<style")


def read(data: bytes, filename: str, mapping: Mapping | None = None) -> Statement:
    """The statement in a file of any kind; `mapping` serves for tables. Raises BadStatement."""
    if not data.strip():
        raise BadStatement("empty", _("Tệp rỗng, không có gì bên trong."))
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if any(word in start for word in _HTML):
        said = _(
            "Tệp này là trang web mang đuôi bảng tính: mở bằng Excel, lưu thành .xlsx rồi gửi."
        )
        raise BadStatement("html", said)
    if start.startswith(b"<"):
        return camt053.read(data)
    if is_mt940(data):
        return mt940.read(data)
    return tables.read(data, filename, mapping)


def is_mt940(data: bytes) -> bool:
    """Whether it is SWIFT text: its first two fields are there."""
    start = data[:4096]
    return bool(_FIRST.search(start) and _ACCOUNT.search(start))


def is_table(data: bytes) -> bool:
    """Whether it has columns that a person can name."""
    start = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    return not start.startswith(b"<") and not is_mt940(data)
