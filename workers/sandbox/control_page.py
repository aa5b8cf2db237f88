"""The control page: what the sandbox holds, and forms to act as a buyer or as bad luck."""

from typing import Any

from flask import Blueprint, redirect, render_template_string, request
from flask.typing import ResponseReturnValue

from workers.sandbox import control, market_orders
from workers.sandbox.store import Store, item

SHOWN = 50


def add(bp: Blueprint, store: Store) -> None:
    """Put the page and its forms on the control blueprint."""

    @bp.get("")
    def page() -> str:
        return _page(store)

    @bp.post("/form/order")
    def form_order() -> ResponseReturnValue:
        given = request.form.to_dict()
        line = {"item_id": int(given["item_id"]), "quantity": int(given["quantity"])}
        shop_id = _shop_of(store, line["item_id"])
        wanted = {"lines": [line], "status": given["status"]}
        try:
            order = market_orders.place(store, given["platform"], shop_id, wanted)
        except market_orders.SoldOut as error:
            return _page(store, f"Hết hàng: {error}"), 409
        market_orders.tell(store, order, given.get("push", ""))
        return redirect("/control", 303)

    @bp.post("/form/status")
    def form_status() -> ResponseReturnValue:
        given = request.form.to_dict()
        order = market_orders.change(store, given["platform"], given["order_id"], given)
        market_orders.tell(store, order, given.get("push", ""))
        return redirect("/control", 303)

    @bp.post("/form/fault")
    def form_fault() -> ResponseReturnValue:
        given = {name: value for name, value in request.form.items() if value}
        if given.get("fault") not in control.FAULTS:
            return _page(store, "Không có lỗi nào tên như vậy."), 422
        control.order_fault(store, given)
        return redirect("/control", 303)

    @bp.post("/form/limit")
    def form_limit() -> ResponseReturnValue:
        store.meter.limit(request.form["shop_id"], float(request.form["per_second"] or 0))
        return redirect("/control", 303)


def _shop_of(store: Store, item_id: int) -> int:
    rows = store.rows("SELECT shop_id FROM items WHERE item_id = ?", item_id)
    return int(rows[0]["shop_id"]) if rows else 0


def _page(store: Store, trouble: str = "") -> str:
    facts: dict[str, Any] = {
        "trouble": trouble,
        "faults": control.FAULTS,
        "limits": store.meter.per_second,
        "shops": store.rows("SELECT * FROM shops ORDER BY shop_id"),
        "items": _last(store, "items", "item_id", item),
        "orders": _last(store, "orders", "updated_at", market_orders.shown),
        "calls": _last(store, "calls", "id", dict),
        "ordered": store.rows("SELECT * FROM faults WHERE times > 0 ORDER BY id"),
    }
    return render_template_string(PAGE, **facts)


def _last(store: Store, table: str, by: str, shown: Any) -> list[dict[str, Any]]:
    query = f"SELECT * FROM {table} ORDER BY {by} DESC LIMIT {SHOWN}"
    return [shown(row) for row in store.rows(query)]


PAGE = """<!doctype html>
<html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Sàn thử nghiệm</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 70rem; padding: 0 1rem }
table { border-collapse: collapse } td, th { border: 1px solid #bbb; padding: .2rem .5rem;
text-align: left; vertical-align: top } section { overflow-x: auto; margin: 1.5rem 0 }
form { display: flex; flex-wrap: wrap; gap: .5rem; align-items: end; margin: .5rem 0 }
input, select, button { font: inherit } .trouble { color: #a00 }
</style>
{% macro table(rows, names) %}
<table><tr>{% for name in names %}<th>{{ name }}{% endfor %}</tr>
{% for row in rows %}<tr>{% for name in names %}<td>{{ row.get(name, "") }}{% endfor %}</tr>
{% else %}<tr><td colspan="{{ names|length }}">Chưa có gì.</tr>{% endfor %}</table>
{% endmacro %}
{% macro told() %}<label>Báo <select name="push"><option value="">một lần</option>
<option value="twice">hai lần</option><option value="late">muộn</option>
<option value="lost">không báo</option></select></label>{% endmacro %}
<h1>Sàn thử nghiệm, không phải sàn thật</h1>
{% if trouble %}<p class="trouble" role="alert">{{ trouble }}</p>{% endif %}
<section><h2>Gian hàng</h2>{{ table(shops, ["shop_id", "name"]) }}
<form method="post" action="/control/form/limit">
<label>Gian hàng <input name="shop_id" required></label>
<label>Lượt gọi mỗi giây (0: không giới hạn) <input name="per_second" type="number" min="0"
step="any" required></label><button>Giới hạn</button></form>
{% for shop_id, rate in limits.items() if rate %}<p>{{ shop_id }}: {{ rate }} lượt/giây</p>
{% endfor %}</section>
<section><h2>Mặt hàng</h2>{{ table(items, ["item_id", "shop_id", "item_sku", "item_name", "price",
"stock", "item_status"]) }}</section>
<section><h2>Đơn hàng</h2>
<form method="post" action="/control/form/order">
<label>Sàn <input name="platform" value="shopee" required></label>
<label>Mặt hàng <input name="item_id" type="number" required></label>
<label>Số lượng <input name="quantity" type="number" min="1" value="1" required></label>
<label>Trạng thái <input name="status" value="READY_TO_SHIP" required></label>{{ told() }}
<button>Đặt đơn</button></form>
<form method="post" action="/control/form/status">
<label>Sàn <input name="platform" value="shopee" required></label>
<label>Mã đơn <input name="order_id" required></label>
<label>Trạng thái <input name="status" required></label>{{ told() }}
<button>Đổi trạng thái</button></form>
{{ table(orders, ["platform", "order_id", "shop_id", "status", "total_vnd", "buyer"]) }}</section>
<section><h2>Lỗi hẹn trước</h2>
<form method="post" action="/control/form/fault">
<label>Lỗi <select name="fault">{% for fault in faults %}<option>{{ fault }}</option>{% endfor %}
</select></label>
<label>Lượt gọi kết thúc bằng <input name="path" placeholder="update_stock"></label>
<label>Mấy lần <input name="times" type="number" min="1" value="1"></label>
<label>Gian hàng (trống: mọi gian) <input name="shop_id"></label>
<label>Giây <input name="seconds" type="number" min="0" step="any"></label>
<label>Mã <input name="code"></label><label>Lời <input name="said"></label>
<button>Gây lỗi</button></form>
{{ table(ordered, ["fault", "path", "times", "shop_id", "seconds", "code", "said"]) }}</section>
<section><h2>Lượt gọi mới nhất</h2>{{ table(calls, ["id", "shop_id", "path", "error", "body"]) }}
</section></html>"""
