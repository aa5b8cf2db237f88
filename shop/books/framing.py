"""What frames the table of a form: whose it is and of when, titles of groups, who signs."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from shop.books.forms import Column, Form

DATE_LINE = "Ngày …… tháng …… năm ………"

_TO_FILL_IN = "…" * 12


def number(form: Form) -> tuple[str, ...]:
    """At the upper right: number of the form and what prescribes it; nothing for our own forms."""
    return (f"Mẫu số {form.code}", form.circular) if form.code else ()


def owner(form: Form) -> tuple[str, str, str]:
    """At the upper left: who, where, tax code."""
    heading = form.heading
    who = "HỘ, CÁ NHÂN KINH DOANH" if form.code else "Đơn vị"
    return (
        f"{who}: {heading.seller_name or _TO_FILL_IN}",
        f"Địa chỉ: {heading.address or _TO_FILL_IN}",
        f"Mã số thuế: {heading.tax_code or _TO_FILL_IN}",
    )


def under_title(form: Form) -> tuple[str, ...]:
    """Under the title: the place where the form has a line for it, and the period."""
    heading = form.heading
    period = "Kỳ kê khai" if form.code else "Kỳ"
    when = f"{period}: {heading.period_text or _TO_FILL_IN}"
    if heading.place is None:
        return (when,)
    return f"Địa điểm kinh doanh: {heading.place or _TO_FILL_IN}", when


def unit(form: Form) -> str:
    """Above the table, at the right."""
    return f"Đơn vị tính: {form.heading.unit}"


def groups(columns: Sequence[Column]) -> Iterator[tuple[str, range]]:
    """Titles of groups, each with the numbers of its columns from 0; "" is no group."""
    numbered = groupby(enumerate(columns), lambda each: each[1].group)
    for title, neighbours in numbered:
        numbers = [number for number, _column in neighbours]
        yield title, range(numbers[0], numbers[-1] + 1)


def signatures(form: Form) -> list[tuple[str, str]]:
    """From left to right: each role, and what is asked of who signs; the last one stamps."""
    last = len(form.signatures)
    return [
        (role, "(Ký, họ tên, đóng dấu)" if number == last else "(Ký, họ tên)")
        for number, role in enumerate(form.signatures, 1)
    ]
