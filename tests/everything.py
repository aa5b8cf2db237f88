"""One row of everything a seller can own, for tests that walk over all of it."""

from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry, Delegation, Way
from shop.admin.models import Departure
from shop.books.models import BookExport, BookTerms, CashVoucher
from shop.catalogue.models import ProductImport, Variant
from shop.database import db
from shop.inventory import locations
from shop.inventory.models import Harvest
from shop.invoices.models import Invoice, InvoiceTerms
from shop.ledger import accounts, entries
from shop.ledger.models import Entry, Kind
from shop.livestream.desk_models import Listener, Word
from shop.livestream.models import Broadcast, Buyer, Claim
from shop.livestream.plan_models import Complaint, Host
from shop.markets.models import BoothDay
from shop.media.models import Document, Photo
from shop.orders.buyer_models import BuyerMark
from shop.orders.models import DeliveryTerms, Order, OrderLine, State, Voucher
from shop.payments.models import FeedConnection, GatewayConnection, GatewayPayment, Payout, Refund
from shop.reconciliation.models import (
    BankLine,
    Batch,
    DayClose,
    DayCloseRow,
    LineState,
    StatementImport,
    StatementMapping,
    Terms,
)
from shop.reports.models import FigureConsent
from shop.sellers.models import Seller
from tests import make, make_certificates, make_markets, make_sellers
from traceability import events
from traceability.epcis_models import Capture
from traceability.events import Item
from traceability.models import Container, Household, Lot, LotDraw, Site, SiteKind
from traceability.recall_models import Recall, RecallLetter
from traceability.sheets import LAYOUTS
from traceability.stamp_models import Problem, SavedLayout, StampBatch
from workers.channels.models import Connection, Listing
from workers.channels.order_models import ChannelOrder, Intake
from workers.feeds.models import Feed
from workers.portals.models import Portal, PortalExport, PortalFile
from workers.sync.models import Letter

SAID: dict[str, list[str]] = {"said": []}


def of(seller: Seller) -> None:
    """Give `seller` a row in every table whose rows belong to a seller."""
    variant = make.variant(make.product(seller))
    account = make.bank_account(seller)
    lot = _add(Lot(seller_id=seller.id, product_id=variant.product_id, code="CH261101"))
    _traced(seller, lot)
    _add(
        FeedConnection(
            seller_id=seller.id, provider="sepay", bank_account_id=account.id, sealed_secret="x"
        )
    )
    _harvest_and_entry(seller, variant)
    _order(seller, lot)
    _add(DeliveryTerms(seller_id=seller.id, delivers=False, picks_up=True))
    days = {"starts_at": clock.now(), "ends_at": clock.now() + timedelta(days=1)}
    _add(Voucher(seller_id=seller.id, code="TET30", amount_vnd=30_000, **days))
    _bank_line(seller, account.id)
    _claim(seller, variant.id)
    _listing(seller, variant.id)
    _photo_and_paper(seller)
    _import(seller)
    make_sellers.screening(seller)
    until = clock.today() + timedelta(days=30)
    helper = {"user_id": make.user(name="Người giúp").id, "way": Way.ACCOUNT, "until": until}
    _add(Delegation(seller_id=seller.id, **helper))
    gone = {"identity": b"{}", "keep_until": until, "asked": "thử", "by_id": helper["user_id"]}
    _add(Departure(seller_id=seller.id, **gone))
    make_certificates.certificate(variant.product)
    _add(
        AuditEntry(
            seller_id=seller.id,
            actor_name="Ai đó",
            action="product.create",
            subject="Chè",
            subject_ref="X",
            changes={},
        )
    )
    _money(seller, account.id)
    booth = make_markets.booth(make_markets.market(name=f"Chợ {seller.ref}"), seller=seller)
    sums = {"float_vnd": 0, "cash_vnd": 0, "counted_vnd": 0, "figures": {}}
    _add(BoothDay(seller_id=seller.id, booth_id=booth.id, on=clock.today(), by="Ai đó", **sums))
    _add(FigureConsent(seller_id=seller.id, given_at=clock.now(), given_by="Ai đó"))
    db.session.commit()


def _add(row):
    db.session.add(row)
    db.session.flush()
    return row


def _harvest_and_entry(seller: Seller, variant: Variant) -> None:
    days = {"from_day": clock.today(), "until_day": clock.today(), "order_until": clock.today()}
    _add(Harvest(seller_id=seller.id, variant_id=variant.id, quantity=Decimal(1), **days))
    locations.main_of(variant.id)
    entries.post(
        seller.id,
        {accounts.CASH: 1000, accounts.SALES: -1000},
        key="test",
        kind=Kind.CASH,
        on=clock.today(),
        text="Bán lẻ",
        by="Ai đó",
    )


def _order(seller: Seller, lot: Lot) -> None:
    order = _add(
        Order(
            seller_id=seller.id,
            state=State.AWAITING_PAYMENT,
            source="test",
            source_key=f"test:{seller.id}",
            buyer_name="Người mua",
            buyer_phone="+84912000000",
            address="Xóm 5",
            goods_vnd=100_000,
            total_vnd=100_000,
        )
    )
    marked = {"phone_hash": "0" * 64, "expires_at": clock.now() + timedelta(days=1)}
    _add(BuyerMark(seller_id=seller.id, order_id=order.id, **marked))
    words = {"name": "Chè", "pack": "Hộp", "unit": "hộp"}
    prices = {"unit_price_vnd": 100_000, "amount_vnd": 100_000}
    pack = db.session.query(Variant).filter_by(product_id=lot.product_id).first()
    line = _add(OrderLine(order_id=order.id, variant_id=pack.id, quantity=1, **words, **prices))
    drawn = {"order_id": order.id, "line_id": line.id, "quantity": 1, "by": "Ai đó"}
    _add(LotDraw(seller_id=seller.id, lot_id=lot.id, **drawn))
    called = _add(Recall(seller_id=seller.id, lot_id=lot.id, reason="Mốc", by="Ai đó"))
    letter = {"recall_id": called.id, "order_id": order.id, "text": "Kính gửi"}
    _add(RecallLetter(seller_id=seller.id, **letter))
    _add(Capture(seller_id=seller.id, by="Ai đó", errors=[]))


def _bank_line(seller: Seller, account_id: int) -> None:
    _add(
        BankLine(
            seller_id=seller.id,
            bank_account_id=account_id,
            identity=f"test:{seller.id}",
            direction="in",
            amount_vnd=100_000,
            content="chuyen tien",
            bank_reference="FT1",
            booked_at=clock.now(),
            state=LineState.SUSPENSE,
        )
    )


def _claim(seller: Seller, variant_id: int) -> None:
    live = _add(
        Broadcast(seller_id=seller.id, title="Phiên", platform="facebook", sealed_ingest_key="x")
    )
    born_on, number = date(1971, 5, 20), b"019171004321"
    declared = {"name": "Người dẫn", "born_on": born_on, "personal_number": number}
    _add(Host(seller_id=seller.id, **declared, agreed_at=clock.now()))
    _add(Complaint(seller_id=seller.id, broadcast_id=live.id, text="Hàng khác lời", contact=""))
    _add(Word(seller_id=seller.id, kind="order", phrase="vác về"))
    heard = {"platform": "facebook", "external_id": "1", "token": b"x"}
    _add(Listener(seller_id=seller.id, broadcast_id=live.id, **heard))
    buyer = _add(Buyer(broadcast_id=live.id, author_id="a", name="Khách"))
    _add(
        Claim(
            seller_id=seller.id,
            broadcast_id=live.id,
            buyer_id=buyer.id,
            variant_id=variant_id,
            code="01",
            quantity=Decimal(1),
        )
    )


def _listing(seller: Seller, variant_id: int) -> None:
    connection = _add(
        Connection(
            seller_id=seller.id,
            platform="shopee",
            shop_id=str(seller.id),
            sealed_access_token="x",
            sealed_refresh_token="x",
            token_expires_at=clock.now(),
        )
    )
    mine = {"seller_id": seller.id, "connection_id": connection.id}
    listing = _add(Listing(**mine, variant_id=variant_id))
    words = {"said": "thử", "hint": "thử", "request": "", "reply": ""}
    _add(Letter(seller_id=seller.id, listing_id=listing.id, kinds="price", code="x", **words))
    told = {"external_id": "A1", "state": "confirmed", "said": "thử", "remote_at": clock.now()}
    _add(ChannelOrder(**mine, **told, intake=Intake.NEEDS_LINK, total_vnd=1))
    _by_hand(seller)


def _by_hand(seller: Seller) -> None:
    """A portal without an API, with a file made for it and one from it; feeds."""
    mine = {"seller_id": seller.id}
    connection = _add(
        Connection(**mine, platform="portal:voso", shop_id=f"{seller.ref}-voso", health="manual")
    )
    of_it = {"connection_id": connection.id, "by": "Ai đó"}
    _add(Portal(**mine, connection_id=connection.id, host="voso.vn", columns=[]))
    _add(PortalExport(**mine, **of_it, told={}, left_out=[], notes=[]))
    file = {"filename": "a.csv", "file_key": "portals/x-in.csv", "headings": ["SKU"]}
    _add(PortalFile(**mine, **of_it, **file, kind="listings", plan=[], faults=[]))
    _add(Feed(**mine, files={}, left_out=[]))


def _import(seller: Seller) -> None:
    asker = make.user(name="Người gửi bảng")
    _add(
        ProductImport(
            seller_id=seller.id,
            filename="bang.xlsx",
            file_key="imports/x.xlsx",
            faults=[],
            requested_by=asker.id,
        )
    )


def _photo_and_paper(seller: Seller) -> None:
    facts = {
        "seller_id": seller.id,
        "sha256": "0" * 64,
        "bytes": 1,
        "holder": f"seller:{seller.ref}",
    }
    _add(
        Photo(
            **facts,
            position=0,
            original_key=f"originals/{seller.ref}.jpg",
            content_type="image/jpeg",
            width=800,
            height=600,
            derived={},
        )
    )
    _add(
        Document(
            **facts,
            kind="licence",
            title="Giấy đăng ký",
            file_key=f"documents/{seller.ref}.pdf",
            content_type="application/pdf",
        )
    )


def _traced(seller: Seller, lot: Lot) -> None:
    mine, what = {"seller_id": seller.id}, {"product_id": lot.product_id}
    _add(StampBatch(**mine, **what, lot_id=lot.id, count=1, layout="a4-5x8"))
    _add(Site(**mine, name="Đồi chè", kind=SiteKind.GROWING_AREA))
    _add(Household(**mine, code="H01"))
    _add(Container(**mine, code=f"T{seller.id}", kind="carton"))
    _add(SavedLayout(**mine, name="Tem nhỏ", values=asdict(LAYOUTS["cuon-20x20"])))
    _add(Problem(**mine, **what, kind="other", text="Hỏng", contact=""))
    events.record(SYSTEM, "care", clock.now(), [Item(lot)], {"work": "Làm cỏ"})


def _money(seller: Seller, account_id: int) -> None:
    """What the accountant works with: gateways, refunds, statements, settlements, books."""
    order = db.session.query(Order).filter_by(seller_id=seller.id).first()
    mine = {"seller_id": seller.id}
    gateway = _add(
        GatewayConnection(**mine, provider="momo", host="https://momo.vn", sealed_values="x")
    )
    _add(
        GatewayPayment(
            **mine,
            connection_id=gateway.id,
            order_id=order.id,
            provider="momo",
            number=1,
            key=f"{order.ref}-1",
            amount_vnd=100_000,
            payer_address="203.0.113.9",
            expires_at=clock.now(),
        )
    )
    asked = {"way": "cash", "state": "failed", "owed_vnd": 0, "reason": "thử", "by": "Ai đó"}
    _add(
        Refund(
            **mine,
            **asked,
            order_id=order.id,
            source_key=f"test:{seller.id}",
            amount_vnd=1,
        )
    )
    _add(
        Payout(**mine, collector_id=seller.id, bank_account_id=account_id, amount_vnd=1, by="Ai đó")
    )
    _add(Terms(**mine, tolerance_vnd=0))
    file = {"digest": "0" * 64, "filename": "a.csv", "by": "Ai đó"}
    _add(StatementMapping(**mine, bank_account_id=account_id, columns={}))
    _add(
        StatementImport(
            **mine, **file, bank_account_id=account_id, path="statements/x.csv", state="done"
        )
    )
    _add(Batch(**mine, **file, source="vnpay", account="clearing:vnpay", net_vnd=1, warnings=SAID))
    _add(Invoice(**mine, order_id=order.id))
    _add(InvoiceTerms(**mine, sealed_secret="x"))
    _add(BookTerms(**mine, business="goods"))
    closed = DayClose(**mine, on=clock.today(), figures={}, by="Ai đó")
    _add(closed)
    said = {"subject": f"order:{order.ref}", "said": "thử", "amount_vnd": 1}
    _add(DayCloseRow(day_close_id=closed.id, figure="placed", on=clock.today(), **said))
    _vouchers(seller)


def _vouchers(seller: Seller) -> None:
    entry = db.session.query(Entry).filter_by(seller_id=seller.id).first()
    today, mine = clock.today(), {"seller_id": seller.id, "by": "Ai đó"}
    paid = {"direction": "out", "amount_vnd": 1, "money": "cash", "tag": "other", "text": "thử"}
    _add(CashVoucher(**mine, **paid, number="PC0001/26", on=today, entry_id=entry.id))
    _add(BookExport(**mine, book="thu-chi", form="xlsx", first=today, last=today))
