"""What money comes or goes for, as vouchers and bank lines say it, and the account of each."""

from flask_babel import lazy_gettext as _l

from shop.ledger import accounts

# Direction ("in", "out") → tag → words. The account is "income:<tag>" or "expense:<tag>".
TAGS = {
    "in": {
        "retail": _l("Bán lẻ thu tiền mặt"),
        "capital": _l("Vốn góp, tiền vay"),
        "support": _l("Hỗ trợ của chương trình"),
        "other": _l("Thu khác"),
    },
    "out": {
        "goods": _l("Mua nguyên liệu, vật tư"),
        "wages": _l("Tiền công"),
        "packing": _l("Bao bì, tem nhãn"),
        "freight": _l("Vận chuyển"),
        "power": _l("Điện, nước, mặt bằng"),
        "market": _l("Quảng cáo, hội chợ"),
        "tax": _l("Thuế, phí nhà nước"),
        "loan": _l("Trả vốn, trả nợ vay"),
        "other": _l("Chi khác"),
    },
}
CAPITAL = "capital"
# Not income and not an expense: what is borrowed, paid in or paid back.
_OF_CAPITAL = {"capital", "loan"}


def account(direction: str, tag: str) -> str:
    """The account of the ledger that a tag stands for."""
    if tag in _OF_CAPITAL:
        return CAPITAL
    return accounts.income(tag) if direction == "in" else accounts.expense(tag)
