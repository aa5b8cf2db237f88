"""The sandbox's tree of Lazada categories. Made up, in the shape of the real one."""

from typing import Any

from flask import request

from workers.sandbox.lazada_told import Fault
from workers.sandbox.store import Store

# Leaf id → (parent id, name); a parent has no parent of its own.
PARENTS = {10000600: "Bách hóa Online", 10000620: "Nhà cửa & Đời sống"}
LEAVES = {
    10000601: (10000600, "Trà, chè"),
    10000602: (10000600, "Cà phê, cacao"),
    10000603: (10000600, "Gạo, ngũ cốc, miến, bún, mì"),
    10000604: (10000600, "Mật ong, đường"),
    10000605: (10000600, "Gia vị, nước mắm, tương"),
    10000606: (10000600, "Thịt, giò, chả, thủy sản, trứng, sữa"),
    10000607: (10000600, "Rau, củ, quả, hạt tươi"),
    10000608: (10000600, "Bánh, kẹo, mứt, đồ ăn nhanh, ăn vặt"),
    10000609: (10000600, "Rượu, bia, đồ uống có cồn"),
    10000610: (10000600, "Nước uống, nước ép, đồ uống không cồn"),
    10000611: (10000600, "Thực phẩm chức năng, thảo dược"),
    10000612: (10000600, "Thực phẩm khác, nông sản khác"),
    10000621: (10000620, "Thủ công mỹ nghệ, gốm, mây tre, dệt, may, trang trí"),
    10000622: (10000620, "Hoa, cây cảnh, hương, nhà cửa khác"),
}
WINE = 10000609


def _attribute(name: str, label: str, mandatory: int, options: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "is_mandatory": mandatory,
        "attribute_type": "normal",
        "input_type": "singleSelect" if options else "text",
        "is_sale_prop": 0,
        "options": [{"name": option} for option in options],
    }


ATTRIBUTES = [
    _attribute("name", "Tên sản phẩm", 1, ()),
    _attribute("description", "Mô tả", 0, ()),
    _attribute("brand", "Thương hiệu", 1, ()),
    _attribute("alcohol_strength", "Nồng độ cồn", 1, ("Dưới 15 độ", "Từ 15 độ")),
    # As the real API does, what every SKU tells stands among the attributes.
    _attribute("SellerSku", "Mã hàng", 0, ()) | {"attribute_type": "sku"},
    _attribute("price", "Giá", 0, ()) | {"attribute_type": "sku"},
]


def category_tree(_store: Store, _shop_id: int) -> list[dict[str, Any]]:
    """The whole tree, nested."""
    return [
        {
            "category_id": parent,
            "name": name,
            "leaf": False,
            "var": False,
            "children": [
                {"category_id": id, "name": leaf, "leaf": True, "var": True}
                for id, (above, leaf) in LEAVES.items()
                if above == parent
            ],
        }
        for parent, name in PARENTS.items()
    ]


def category_attributes(_store: Store, _shop_id: int) -> list[dict[str, Any]]:
    """What the goods of a leaf must and may tell; wine must tell its strength."""
    return asked(request.args.get("primary_category_id", 0, type=int))


def asked(category_id: int) -> list[dict[str, Any]]:
    """The attributes of a leaf; refused where it is none."""
    if category_id not in LEAVES:
        raise Fault("201", "E201: Invalid CategoryId")
    return [row for row in ATTRIBUTES if row["name"] != "alcohol_strength" or category_id == WINE]


def category_brands(_store: Store, _shop_id: int) -> dict[str, Any]:
    """The brands of the country, page by page."""
    rows = [
        {"brand_id": 30768, "name": "No Brand", "global_identifier": "no_brand"},
        {"brand_id": 30769, "name": "Hảo Đạt", "global_identifier": "hao_dat"},
    ]
    start = request.args.get("startRow", type=int)
    size = request.args.get("pageSize", 0, type=int)
    if start is None or not 1 <= size <= 200:
        raise Fault("MissingParameter", "startRow, pageSize 1 to 200")
    return {"enable_total": True, "module": rows[start : start + size], "total_record": len(rows)}
