"""Every figure said once more in plain SQL, for comparison (see `comparing`).

Nothing of the figures' own queries is used: what is written here was read off their definitions.
Each statement gives a row for everything counted: commune, split, thing, amount, seller, buyer.
"""

_DAY = "({at} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"
_IN_PERIOD = f"{_DAY} BETWEEN :first AND :last"
_OURS = "s.province_code = :province AND s.review = 'passed' AND NOT s.placeholder"
_STANDS = (
    "o.state IN ('paid', 'cod_confirmed', 'packing', 'shipped', 'delivered', 'completed',"
    f" 'partly_returned') AND NOT o.trial AND {_IN_PERIOD.format(at='o.placed_at')}"
)
_BUYER = "CASE WHEN o.buyer_phone = '' THEN o.ref ELSE o.buyer_phone END"
_CHANNEL = (
    "CASE WHEN o.source LIKE 'channel:%' OR o.source LIKE 'manual:%'"
    " THEN substr(o.source, strpos(o.source, ':') + 1)"
    " ELSE regexp_replace(o.source, ':.*', '') END"
)
_SPAN_AT_END = (
    f"({_DAY.format(at='x.from_at')} <= :last"
    f" AND (x.until_at IS NULL OR {_DAY.format(at='x.until_at')} > :last))"
)
_SPAN_MEETS = (
    f"({_DAY.format(at='x.from_at')} <= :last AND (x.until_at IS NULL OR x.until_at > :start))"
)
_IN_FORCE = (
    "c.state IN ('verified', 'withdrawn') AND c.issued_on <= :last"
    " AND coalesce(c.extended_until, c.expires_on) >= :last"
    " AND (c.withdrawn_on IS NULL OR c.withdrawn_on > :last)"
)
_STAR = (
    "CASE WHEN c.score >= 90 THEN '5' WHEN c.score >= 70 THEN '4' WHEN c.score >= 50 THEN '3' END"
)


def _sold(amount: str = "1", split: str = "''", such: str = "true", joined: str = "") -> str:
    return (
        f"SELECT s.commune_code, {split}, o.id, {amount}, s.id, {_BUYER} FROM orders o"
        f" JOIN sellers s ON s.id = o.seller_id {joined} WHERE {_OURS} AND {_STANDS} AND {such}"
    )


def _offering(such: str = "true") -> str:
    return (
        f"SELECT s.commune_code, coalesce(s.kind, ''), s.id, 1, s.id, NULL FROM sellers s"
        f" WHERE {_OURS} AND s.id IN (SELECT p.seller_id FROM products p"
        f" JOIN product_sale_spans x ON x.product_id = p.id WHERE {_SPAN_MEETS}) AND {such}"
    )


_SELLING = _offering(f"s.id IN (SELECT o.seller_id FROM orders o WHERE {_STANDS})")
_STARRED = (
    f"(SELECT g.product_id, max({_STAR}) AS star FROM certificates c"
    " JOIN certificate_coverage g ON g.certificate_id = c.id"
    " JOIN products p ON p.id = g.product_id AND p.seller_id = c.seller_id"
    f" WHERE g.variant_id IS NULL AND {_IN_FORCE} AND c.score >= 50 GROUP BY 1)"
)


def _products(split: str, joined: str, such: str = "true") -> str:
    return (
        f"SELECT s.commune_code, {split}, p.id, 1, s.id, NULL FROM products p"
        f" JOIN sellers s ON s.id = p.seller_id {joined} WHERE {_OURS} AND {such}"
    )


_HAS_STAR = f"JOIN {_STARRED} g ON g.product_id = p.id"
_LISTED = (
    "(SELECT DISTINCT v.product_id, k.platform FROM listing_spans x"
    " JOIN listings l ON l.id = x.listing_id JOIN connections k ON k.id = l.connection_id"
    f" JOIN variants v ON v.id = l.variant_id WHERE {_SPAN_AT_END})"
)
_FIRST_LISTED = (
    "(SELECT v.product_id, k.platform, min(x.from_at) AS at FROM listing_spans x"
    " JOIN listings l ON l.id = x.listing_id JOIN connections k ON k.id = l.connection_id"
    " JOIN variants v ON v.id = l.variant_id GROUP BY 1, 2)"
)
_FIRST_SOLD = "(SELECT product_id, min(from_at) AS at FROM product_sale_spans GROUP BY 1)"
_OCOP = _products("g.star", _HAS_STAR)
_STARRED_LISTED = _products("l.platform", f"{_HAS_STAR} JOIN {_LISTED} l ON l.product_id = p.id")


def _certificates(split: str, such: str) -> str:
    return (
        f"SELECT s.commune_code, {split}, c.id, 1, s.id, NULL FROM certificates c"
        f" JOIN sellers s ON s.id = c.seller_id WHERE {_OURS} AND {such}"
    )


_ENDS = "coalesce(c.extended_until, c.expires_on)"
_LOST = (
    "c.state IN ('verified', 'withdrawn') AND (c.withdrawn_on BETWEEN :first AND :last"
    f" OR (coalesce(c.withdrawn_on, 'infinity') > {_ENDS}"
    f" AND {_ENDS} + 1 BETWEEN :first AND :last AND NOT EXISTS (SELECT 1 FROM certificates d"
    " JOIN certificate_coverage e ON e.certificate_id = d.id"
    " JOIN certificate_coverage m ON m.product_id = e.product_id AND m.certificate_id = c.id"
    f" WHERE d.id <> c.id AND d.seller_id = c.seller_id AND {_IN_FORCE.replace('c.', 'd.')})))"
)


def _scans(column: str) -> str:
    return (
        f"SELECT s.commune_code, '', p.id, y.{column}, s.id, NULL FROM scan_days y"
        " JOIN products p ON p.id = y.product_id JOIN sellers s ON s.id = p.seller_id"
        f' WHERE {_OURS} AND y."on" BETWEEN :first AND :last'
    )


_EVENT = "coalesce(f.name, '')"
_SESSION = (
    "JOIN broadcasts b ON o.source = 'livestream:' || b.ref"
    " LEFT JOIN livestream_festivals f ON f.id = b.festival_id"
)
_OPEN_MARKET = "m.province_code = :province AND (m.closed_on IS NULL OR m.closed_on >= :last)"
_ON_MODEL = (
    f"m.model IS NOT NULL AND coalesce(m.started_on, {_DAY.format(at='m.created_at')}) <= :last"
    " AND (m.ended_on IS NULL OR m.ended_on >= :last)"
)


def _markets(such: str = "true") -> str:
    return (
        "SELECT m.commune_code, m.kind, m.id, 1, NULL::bigint, NULL FROM markets m"
        f" WHERE {_OPEN_MARKET} AND {such}"
    )


def _booths(thing: str, first: str, such: str = "true") -> str:
    return (
        f"SELECT m.commune_code, '', {thing}, 1, b.seller_id, NULL FROM booths b"
        " JOIN markets m ON m.id = b.market_id WHERE m.province_code = :province AND"
        f" b.opened_on <= :last AND (b.closed_on IS NULL OR b.closed_on >= {first}) AND {such}"
    )


_NO_ACCOUNT = "b.seller_id NOT IN (SELECT seller_id FROM bank_accounts WHERE active)"
_KEPT = "o.refunded_vnd < o.paid_vnd AND o.source LIKE 'booth:%'"
_SEEN = "SELECT order_id FROM payment_requests WHERE seen_at IS NOT NULL"
_SEEN_ONLY = "o.state = 'awaiting_payment' AND o.paid_vnd = 0"
_BY_BANK = (
    "o.pay_by = 'cashless' AND o.source LIKE 'booth:%' AND ("
    f"({_KEPT} AND {_IN_PERIOD.format(at='o.paid_at')} AND o.id NOT IN ({_SEEN})) OR "
    f"({_KEPT} OR {_SEEN_ONLY}) AND o.id IN ({_SEEN} AND {_IN_PERIOD.format(at='seen_at')}))"
)
_IN_CASH = f"{_KEPT} AND o.pay_by = 'cash' AND {_IN_PERIOD.format(at='o.placed_at')}"
_PAID_BY_BANK = f"b.source IN (SELECT o.source FROM orders o WHERE {_BY_BANK})"
_MONTH = "to_char({at} AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY-MM')"
_SOLD_IN = _MONTH.format(
    at="CASE WHEN o.pay_by = 'cash' THEN o.placed_at ELSE coalesce((SELECT p.seen_at FROM"
    " payment_requests p WHERE p.order_id = o.id), o.paid_at) END"
)
_TELLS = (
    f"(o.source, {_SOLD_IN}) IN (SELECT o.source, {_MONTH.format(at='o.placed_at')} FROM orders o"
    f" WHERE {_IN_CASH} UNION SELECT t.source, to_char(\"on\", 'YYYY-MM') FROM booth_days d"
    ' JOIN booths t ON t.id = d.booth_id WHERE "on" BETWEEN :first AND :last)'
)
_UNTOLD = f"b.source IN (SELECT o.source FROM orders o WHERE {_BY_BANK} AND NOT {_TELLS})"


def _sales(such: str) -> str:
    return (
        "SELECT m.commune_code, '', o.id, 1, b.seller_id, NULL FROM orders o"
        " JOIN booths b ON b.source = o.source JOIN markets m ON m.id = b.market_id"
        f" WHERE m.province_code = :province AND {_TELLS} AND ({such})"
    )


_IN_AREA = "t.area_code IN (SELECT unnest(CAST(:communes AS text[])))"
_TRAININGS = (
    "SELECT t.area_code, '', g.id, {amount}, NULL::bigint, NULL FROM trainings g"
    f" JOIN teams t ON t.id = g.team_id WHERE {_IN_AREA}"
    " AND g.held_on BETWEEN :first AND :last AND g.removed_at IS NULL"
)

# Figure → what stands above the line, what below it.
FIGURES: dict[str, tuple[str, str | None]] = {
    "sellers.passed": (
        "SELECT s.commune_code, coalesce(s.kind, ''), s.id, 1, s.id, NULL FROM sellers s"
        f" WHERE {_OURS} AND {_DAY.format(at='s.created_at')} <= :last",
        None,
    ),
    "orders.selling_sellers": (_SELLING, None),
    "orders.selling_share": (_SELLING, _offering()),
    "channels.selling_sellers": (
        f"SELECT DISTINCT s.commune_code, k.platform, s.id, 1, s.id, NULL FROM connections k"
        f" JOIN sellers s ON s.id = k.seller_id JOIN (SELECT DISTINCT o.seller_id, o.source"
        f" FROM orders o WHERE {_STANDS}) o ON o.seller_id = s.id"
        f" AND o.source = 'channel:' || k.platform WHERE {_OURS} AND k.id IN (SELECT"
        " l.connection_id FROM listings l JOIN listing_spans x ON x.listing_id = l.id"
        f" WHERE {_SPAN_MEETS})",
        None,
    ),
    "catalogue.ocop_products": (_OCOP, None),
    "catalogue.ocop_on_sale": (
        _products(
            "g.star",
            _HAS_STAR,
            f"p.id IN (SELECT x.product_id FROM product_sale_spans x WHERE {_SPAN_AT_END})",
        ),
        _OCOP,
    ),
    "catalogue.new_products": (
        _products(
            "''", f"JOIN {_FIRST_SOLD} x ON x.product_id = p.id", _IN_PERIOD.format(at="x.at")
        ),
        None,
    ),
    "certificates.in_force": (_certificates(_STAR, _IN_FORCE), None),
    "certificates.expiring": (_certificates("''", f"{_IN_FORCE} AND {_ENDS} <= :last + 180"), None),
    "certificates.lost": (
        _certificates(
            "CASE WHEN c.withdrawn_on BETWEEN :first AND :last THEN 'withdrawn' ELSE 'ended' END",
            _LOST,
        ),
        None,
    ),
    "channels.ocop_listed": (_STARRED_LISTED, None),
    "channels.coverage": (
        _products("''", _HAS_STAR, f"p.id IN (SELECT product_id FROM {_LISTED} l)"),
        _OCOP,
    ),
    "channels.new_listings": (
        _products(
            "x.platform",
            f"JOIN {_FIRST_LISTED} x ON x.product_id = p.id",
            _IN_PERIOD.format(at="x.at"),
        ),
        None,
    ),
    "channels.starred_share": (
        _STARRED_LISTED,
        _products("l.platform", f"JOIN {_LISTED} l ON l.product_id = p.id"),
    ),
    "orders.transactions": (_sold(split=_CHANNEL), None),
    "orders.value": (_sold("o.total_vnd - o.returned_vnd", _CHANNEL), None),
    # In this province nobody pays for a parcel at the door otherwise than in cash.
    "orders.digital_share": (
        _sold(such="o.pay_by = 'cashless'"),
        _sold(such="o.pay_by <> 'channel'"),
    ),
    "orders.vouchers": (
        f"SELECT s.commune_code, '', u.id, 1, s.id, {_BUYER} FROM voucher_uses u"
        " JOIN orders o ON o.id = u.order_id JOIN sellers s ON s.id = o.seller_id"
        f" WHERE {_OURS} AND u.undone_at IS NULL AND {_IN_PERIOD.format(at='u.at')}",
        None,
    ),
    "orders.discounts": (
        _sold(
            "o.discount_vnd",
            "CASE o.pay_by WHEN 'channel' THEN 'unknown' ELSE 'seller' END",
            "o.discount_vnd > 0",
        ),
        None,
    ),
    "invoices.share": (
        _sold(
            such="o.state IN ('shipped', 'delivered', 'completed', 'partly_returned') AND o.id IN"
            " (SELECT order_id FROM invoices WHERE state IN ('issued', 'adjusted', 'replaced'))"
        ),
        _sold(such="o.state IN ('shipped', 'delivered', 'completed', 'partly_returned')"),
    ),
    "traceability.stamps_printed": (
        "SELECT s.commune_code, b.level, b.id, b.count, s.id, NULL FROM stamp_batches b"
        f" JOIN sellers s ON s.id = b.seller_id WHERE {_OURS} AND b.state = 'ready'"
        f" AND {_IN_PERIOD.format(at='b.ready_at')}",
        None,
    ),
    "traceability.scans": (_scans("scans"), None),
    "traceability.first_scans": (_scans("firsts"), None),
    "livestream.sessions": (
        f"SELECT s.commune_code, {_EVENT}, b.id, 1, s.id, NULL FROM broadcasts b"
        " JOIN sellers s ON s.id = b.seller_id"
        " LEFT JOIN livestream_festivals f ON f.id = b.festival_id"
        f" WHERE {_OURS} AND {_IN_PERIOD.format(at='b.live_at')}",
        None,
    ),
    "livestream.orders": (_sold(split=_EVENT, joined=_SESSION), None),
    "livestream.value": (_sold("o.total_vnd - o.returned_vnd", _EVENT, joined=_SESSION), None),
    "markets.on_model": (_markets(_ON_MODEL), _markets()),
    "markets.without_account": (
        _booths("b.id", ":last", _NO_ACCOUNT),
        _booths("b.id", ":last"),
    ),
    "markets.merchants_digital": (
        _booths("b.seller_id", ":first", _PAID_BY_BANK),
        _booths("b.seller_id", ":first"),
    ),
    "markets.transactions_digital": (_sales(_BY_BANK), _sales(f"{_BY_BANK} OR {_IN_CASH}")),
    "markets.seen_unreconciled": (_sales(f"{_BY_BANK} AND {_SEEN_ONLY}"), None),
    "markets.cash_untold": (
        _booths("b.id", ":first", _UNTOLD),
        None,
    ),
    "community.teams": (
        "SELECT t.area_code, '', t.id, 1, NULL::bigint, NULL FROM teams t"
        f" WHERE {_IN_AREA} AND {_DAY.format(at='t.created_at')} <= :last"
        f" AND (t.closed_at IS NULL OR {_DAY.format(at='t.closed_at')} > :last)",
        None,
    ),
    "community.helpers": (
        "SELECT t.area_code, '', h.user_id, 1, NULL::bigint, NULL FROM team_members h"
        f" JOIN teams t ON t.id = h.team_id WHERE {_IN_AREA}"
        f" AND {_DAY.format(at='h.joined_at')} <= :last"
        f" AND (h.left_at IS NULL OR {_DAY.format(at='h.left_at')} > :last)",
        None,
    ),
    "community.trainings": (_TRAININGS.format(amount="1"), None),
    "community.heads": (_TRAININGS.format(amount="g.heads"), None),
    "community.set_up": (
        "SELECT s.commune_code, coalesce(s.kind, ''), s.id, 1, s.id, NULL FROM sellers s"
        " WHERE s.commune_code IN (SELECT unnest(CAST(:communes AS text[]))) AND s.id IN"
        " (SELECT seller_id FROM delegations WHERE consented_at IS NOT NULL GROUP BY 1"
        f" HAVING {_IN_PERIOD.format(at='min(consented_at)')})",
        None,
    ),
}
