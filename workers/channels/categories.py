"""Which of a marketplace's categories goods belong to, when nobody chose one."""

import re
from collections.abc import Sequence

from shop import text
from workers.marketplaces.protocol import Category

# OCOP criteria set (26/2026/QĐ-TTg) → words to find a marketplace's category by.
WORDS = {
    "QD26-01": "rau củ quả hạt tươi",
    "QD26-02": "thịt thủy sản trứng sữa",
    "QD26-03": "gạo ngũ cốc",
    "QD26-04": "mật ong nông sản khác",
    "QD26-05": "đồ ăn nhanh",
    "QD26-06": "ngũ cốc miến bún mì",
    "QD26-07": "bánh mứt rau củ quả ăn vặt",
    "QD26-08": "thịt giò chả thủy sản",
    "QD26-09": "nước mắm tương gia vị",
    "QD26-10": "gia vị",
    "QD26-11": "trà chè",
    "QD26-12": "trà chè thảo dược",
    "QD26-13": "cà phê cacao",
    "QD26-14": "rượu",
    "QD26-15": "rượu đồ uống có cồn",
    "QD26-16": "nước uống nước ép không cồn",
    "QD26-17": "nước uống không cồn",
    "QD26-18": "thực phẩm chức năng",
    "QD26-19": "thảo dược",
    "QD26-20": "thảo dược",
    "QD26-21": "thủ công mỹ nghệ trang trí",
    "QD26-22": "dệt may thủ công",
    "QD26-23": "hoa cây cảnh",
}


def guess(categories: Sequence[Category], name: str, criteria_set: str | None) -> str | None:
    """The leaf that shares most words with the goods, those of the name counting twice.

    None when none shares any.
    """
    named, hinted = _words(name), _words(WORDS.get(criteria_set or "", ""))
    shared = {
        category.id: 2 * len(named & _words(category.path)) + len(hinted & _words(category.path))
        for category in categories
    }
    best = max(shared, key=lambda id: shared[id], default=None)
    return best if best is not None and shared[best] else None


def _words(phrase: str) -> set[str]:
    return set(re.findall(r"\w{2,}", text.fold(phrase)))
