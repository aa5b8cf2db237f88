"""What reaches up, by name, on one page: reactions to events, panels on pages, tables.

A lower room records an event and knows nobody who listens; here is who does. A test imports
every name.
"""

from importlib import import_module

# Event → jobs, enqueued by the outbox after commit ("what happens when an order is paid?").
REACTIONS: dict[str, list[str]] = {
    "book_wanted": ["shop.books.jobs.make_file"],
    "comments_arrived": ["shop.livestream.jobs.read_comments"],
    "phones_shown": ["shop.livestream.source_jobs.hide_phones"],
    "gateway_paid": ["shop.payments.jobs.capture_payment"],
    "goods_came_back": [
        "shop.invoices.jobs.goods_came_back",
        "traceability.packing_jobs.fit_draws",
    ],
    "goods_handed_over": ["shop.invoices.jobs.goods_handed_over"],
    "harvest_arrived": ["shop.orders.jobs.tell_of_arrival"],
    "harvest_cancelled": ["shop.orders.jobs.tell_of_failure"],
    "invoice_ready": ["shop.invoices.jobs.send_invoice"],
    "invoice_reported": ["shop.invoices.jobs.read_notice"],
    "lots_recalled": ["traceability.recall_jobs.tell_of_recall"],
    "market_item_pushed": ["workers.sync.jobs.check_pushed"],
    "market_pushed": ["workers.sync.jobs.read_pushed"],
    "market_left": ["workers.sync.jobs.pull"],
    "mail_wanted": ["shop.notifications.jobs.deliver_mail"],
    "notice_received": ["shop.reconciliation.jobs.process_notice"],
    "order_fell_through": ["traceability.packing_jobs.fit_draws"],
    "order_paid": ["shop.orders.jobs.tell_seller"],
    "order_part_paid": ["shop.orders.jobs.tell_of_rest"],
    "orders_paid": ["shop.orders.jobs.tell_sellers"],
    "papers_changed": ["shop.sellers.jobs.see_again"],
    "photos_changed": [
        "shop.catalogue.jobs.see_photos_again",
        "shop.sellers.jobs.see_again",
        "workers.sync.jobs.mark_photos",
        "workers.feeds.jobs.note_photos",
    ],
    "pin_changed": ["shop.livestream.jobs.offer_waiting"],
    "plates_paid": ["shop.markets.jobs.count_plate_money"],
    "portal_changed": ["workers.portals.jobs.tidy"],
    "price_lowered": ["shop.invoices.jobs.price_lowered"],
    "problem_reported": ["traceability.scan_jobs.tell_of_problem"],
    "product_changed": ["workers.sync.jobs.mark", "workers.feeds.jobs.note_product"],
    "products_changed": ["workers.sync.jobs.mark_many", "workers.feeds.jobs.note_products"],
    "refund_failed": ["shop.reconciliation.jobs.refund_failed"],
    "refund_wanted": ["shop.payments.jobs.send_refund"],
    "seller_decided": ["shop.catalogue.jobs.settle_seller"],
    "seller_erased": [
        "shop.livestream.jobs.forget_hosts",
        "shop.markets.jobs.forget_trader",
        "shop.reports.jobs.end_consent",
        "traceability.record_jobs.forget_words",
        "workers.channels.jobs.forget_shops",
    ],
    "seller_renamed": ["shop.catalogue.jobs.index_seller"],
    "settlement_sent": ["shop.reconciliation.jobs.book_settlement"],
    "shop_connected": ["workers.sync.jobs.begin"],
    "statement_agreed": ["shop.reconciliation.jobs.apply_statement"],
    "statement_sent": ["shop.reconciliation.jobs.read_statement"],
    "sms_wanted": ["shop.notifications.jobs.deliver_sms"],
    "stock_changed": [
        "shop.livestream.jobs.offer_waiting",
        "workers.sync.jobs.mark_stock",
        "workers.feeds.jobs.note_stock",
    ],
}

# Place on a page → functions that lend it a piece of HTML.
PANELS: dict[str, list[str]] = {
    "sellers.start": ["shop.markets.panels.start"],
    "sellers.overview": [
        "shop.catalogue.panels.overview",
        "shop.catalogue.panels.certificates_to_do",
        "shop.orders.panels.overview",
        "shop.reconciliation.panels.overview",
        "shop.livestream.panels.overview",
        "traceability.panels.overview",
        "workers.channels.panels.overview",
        "shop.community.panels.overview",
    ],
    "catalogue.product": [
        "shop.catalogue.panels.certificates_on_product",
        "shop.inventory.panels.on_product",
        "traceability.panels.on_product",
        "workers.channels.panels.on_product",
    ],
    "channels.connections": ["workers.sync.panels.overview"],
    "channels.connection": ["workers.sync.panels.on_connection"],
    # Markets of an area, on its page and where that is embedded.
    "storefront.area": ["shop.markets.panels.in_area"],
    "storefront.area_embedded": ["shop.markets.panels.in_area"],
    "reports.brief": ["shop.storefront.panels.of_region"],
    "storefront.product": ["traceability.panels.on_storefront"],
    "orders.order": [
        "shop.orders.panels.on_order",
        "traceability.panels.on_order",
        "shop.reconciliation.panels.on_order",
        "shop.payments.panels.on_order",
        "shop.invoices.panels.on_order",
    ],
    "payments.pay": [
        "shop.orders.panels.for_buyer",
        "traceability.panels.for_buyer",
        "shop.invoices.panels.for_buyer",
    ],
    "reconciliation.bank_line": ["shop.books.panels.on_bank_line"],
}

# Question of a room → the function above that answers it.
CHECKS: dict[str, str] = {
    "channels.open_work": "workers.sync.panels.open_work",
    "sellers.with_product": "shop.catalogue.panels.sellers_with_products",
    "media.decided_by": "shop.catalogue.panels.decided_by",
    "community.with_stamps": "traceability.panels.sellers_with_stamps",
    "community.with_booths": "shop.markets.panels.sellers_with_booths",
}

# What a photo or a document hangs on → the page that shows it (endpoint, argument `ref`).
HOLDERS: dict[str, str] = {
    "product": "catalogue.product",
    "seller": "profile.seller",
    "logo": "profile.seller",
    "certificate": "certificates.certificate",
    "voucher": "books.voucher",
    "lot": "lots.lot",
    "event": "diary.event",
    "broadcast": "sessions.session",
    "delegation": "consents.consent",
    "landmark": "landmarks.landmark",
}

# What other rooms can tell of a product, for its evidence pack.
EVIDENCE: list[str] = [
    "traceability.panels.evidence",
    "shop.orders.panels.evidence",
]

# Pages of rooms above the storefront for its sitemap: functions that give their paths.
PUBLIC_PATHS: list[str] = [
    "shop.landmarks.sights.paths",
]

# Where rooms define the numbers that can be asked for (`FIGURES`), in the order they are shown.
FIGURES: list[str] = [
    "shop.sellers.figures",
    "shop.orders.figures",
    "shop.reconciliation.figures",
    "shop.catalogue.figures",
    "workers.channels.figures",
    "shop.invoices.figures",
    "traceability.figures",
    "shop.livestream.figures",
    "shop.markets.figures",
    "shop.community.figures",
]

# Modules that define tables.
MODELS: list[str] = [
    "shop.outbox",
    "shop.once",
    "shop.accounts.models",
    "shop.media.models",
    "shop.sellers.models",
    "shop.ledger.models",
    "shop.catalogue.models",
    "shop.inventory.models",
    "shop.orders.models",
    "shop.orders.buyer_models",
    "shop.payments.models",
    "shop.invoices.models",
    "shop.reconciliation.models",
    "shop.books.models",
    "shop.markets.models",
    "shop.admin.models",
    "shop.community.models",
    "shop.landmarks.models",
    "shop.livestream.plan_models",
    "shop.livestream.models",
    "shop.livestream.desk_models",
    "shop.reports.models",
    "traceability.models",
    "traceability.stamp_models",
    "traceability.epcis_models",
    "traceability.recall_models",
    "workers.channels.models",
    "workers.channels.order_models",
    "workers.sync.models",
    "workers.portals.models",
    "workers.feeds.models",
]


def load_models() -> None:
    """Import every module that defines tables, so that the metadata is whole."""
    for name in MODELS:
        import_module(name)
