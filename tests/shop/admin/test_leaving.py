"""A seller leaves: its persons are found nowhere any more, what the law keeps is still there."""

from datetime import date, timedelta

import pytest
from sqlalchemy import Text, cast, delete, func, literal_column, select, table, update
from sqlalchemy.exc import DBAPIError

from shop import clock, jobs, phones, text
from shop.accounts import access, members
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry, Delegation, Membership, Role, User
from shop.admin import leaving, scrubbing
from shop.admin.errors import StillSelling
from shop.admin.models import Departure
from shop.catalogue.models import ProductImport
from shop.database import Base, db
from shop.inventory.models import Location
from shop.ledger.models import Entry
from shop.livestream.plan_models import Host
from shop.markets.models import Booth, BoothImport, PlateRun
from shop.media.models import Document, Photo
from shop.orders.buyer_models import BuyerMark
from shop.orders.models import Order, OrderEvent, State
from shop.outbox import Task
from shop.payments.models import GatewayPayment, Payout, PayoutState, Refund, RefundState
from shop.reconciliation.models import BankLine, LineState
from shop.reports import consents
from shop.sellers import profile
from shop.sellers.models import Seller
from shop.storage import NotStored
from tests import everything, make, make_community, make_markets, make_media
from tests.app_fixtures import Person, sign_in
from traceability import events
from traceability.events import Item
from traceability.models import Household, Lot, LotDraw, Site
from traceability.recall_models import Recall
from traceability.stamp_models import Problem, SavedLayout
from workers.channels.models import Connection
from workers.portals.models import PortalFile
from workers.sync.models import Letter

NAME, PHONE = "Nguyễn Thị Lan Anh", "+84912777888"
ASKED = "đơn ký ngày 20/11/2026"


@pytest.fixture
def lan(database, cast):
    """A household with a row in every table, in which its name and number stand all over."""
    seller = make.seller(name=f"Hộ bà {NAME}", kind="household", phone=PHONE)
    seller.representative, seller.tax_code = NAME, "019188000123"
    seller.email, seller.story = "lananh@chetancuong.vn", f"{NAME} kể chuyện chè."
    person = make.member(seller, name=NAME, phone=PHONE)
    everything.of(seller)
    product = make.product(seller, name="Chè móc câu", aliases=[f"chè {NAME}", "chè móc"])
    product.description, product.reported = f"Gọi {phones.show(PHONE)}", {"by": NAME}
    make_media.photo(product)
    helper = make_community.helper()
    row = db.session.scalar(select(Delegation).where(Delegation.seller_id == seller.id))
    row.consenter, row.note = NAME, f"gọi {PHONE}"
    row.user_id, row.consented_at = helper.id, clock.now()
    values = {name: getattr(seller, name) for name in profile.PLAIN}
    values |= dict.fromkeys(("address", "street", "colour", "colour_code", "point"))
    profile.update(access.of(person), seller, values | {"story": f"Bà {NAME}, số {PHONE}"}, None)
    for order in db.session.scalars(select(Order).where(Order.seller_id == seller.id)):
        order.state = State.COMPLETED
    for refund in db.session.scalars(select(Refund).where(Refund.seller_id == seller.id)):
        refund.state = RefundState.PAID
    for payout in db.session.scalars(select(Payout).where(Payout.seller_id == seller.id)):
        payout.state = PayoutState.RECEIVED
    for line in db.session.scalars(select(BankLine).where(BankLine.seller_id == seller.id)):
        line.state = LineState.MATCHED
    lot = db.session.scalar(select(Lot).where(Lot.seller_id == seller.id).order_by(Lot.id))
    events.record(access.of(person), "care", clock.now(), [Item(lot)], {"work": "Làm cỏ"})
    for model, column in SPREAD:
        db.session.execute(update(model).values({column: f"của {NAME}"}))
    db.session.commit()
    return seller


# Where people write their name too; the rows of everybody here are this seller's.
SPREAD = (
    (Household, "name"),
    (Site, "name"),
    (Host, "name"),
    (Location, "name"),
    (ProductImport, "filename"),
    (SavedLayout, "name"),
    (Letter, "closed_by"),
    (Problem, "answer"),
    (Recall, "by"),
    (LotDraw, "by"),
    (PortalFile, "by"),
    (BuyerMark, "answer"),
    (OrderEvent, "who"),
)


def found(words):
    """Each table in a row of which one of `words` stands, and the word; accents aside."""
    db.session.expire_all()
    where = set()
    for name in Base.metadata.tables:
        row = func.fold(cast(literal_column(f'"{name}".*'), Text))
        for word in words:
            hit = select(row).select_from(table(name)).where(func.strpos(row, text.fold(word)) > 0)
            if db.session.scalar(hit.limit(1)) is not None:
                where.add((name, word))
    return where


SECRETS = (NAME, PHONE, "0912777888", "0912 777 888", "019188000123", "lananh@chetancuong.vn")


def test_no_table_holds_the_name_or_the_number(cast, lan, run_tasks):
    tables = {name for name, _word in found(SECRETS)}
    assert {"sellers", "users", "audit_entries", "delegations", "products"} <= tables
    assert {"households", "sites", "livestream_hosts", "recalls", "trace_words"} <= tables
    erase(cast, lan)
    run_tasks()
    assert found(SECRETS) == set()
    shops = db.session.scalars(select(Connection).where(Connection.seller_id == lan.id)).all()
    assert {(row.health, row.sealed_access_token) for row in shops} == {("stopped", None)}


@pytest.fixture
def run_tasks(database):
    """Runs what the erasure asked for; the rows made for the walk have keys that open nothing."""
    mine = {
        "shop.catalogue.jobs.index_seller",
        "shop.livestream.jobs.forget_hosts",
        "shop.markets.jobs.forget_trader",
        "shop.media.jobs.discard",
        "shop.reports.jobs.end_consent",
        "traceability.record_jobs.forget_words",
        "workers.channels.jobs.forget_shops",
    }

    def run():
        last, todo = 0, select(Task).where(Task.job.in_(mine)).order_by(Task.id)
        while task := db.session.scalar(todo.where(Task.id > last).limit(1)):
            last = task.id
            jobs.function(task.job)(**task.arguments)

    return run


def erase(cast, seller):
    url = f"/quan-tri/nguoi-roi/nguoi-ban/{seller.ref}"
    answer = cast.administrator.post(url, {"asked": ASKED, "again": seller.ref})
    assert answer.status_code == 303


def test_orders_invoices_and_books_stay_to_the_dong(cast, lan, run_tasks):
    kept = {each: rows(each, lan.id) for each in Base.metadata.sorted_tables if is_kept(each)}
    names = {each.name for each, before in kept.items() if before}
    assert {"orders", "order_lines", "invoices", "ledger_entries", "bank_lines"} <= names
    erase(cast, lan)
    run_tasks()
    assert {each: rows(each, lan.id) for each in kept} == kept


def is_kept(each):
    others = {"trace_words", "trace_events", "trace_items", "tree_leaves", "departures"}
    return each.name in scrubbing.KEPT.keys() - others


def rows(each, seller_id):
    db.session.expire_all()
    scope = scrubbing.scopes(seller_id).get(each)
    if scope is None:
        return []
    query = select(each).where(scope).order_by(*each.primary_key)
    return [tuple(row) for row in db.session.execute(query)]


def test_every_table_that_is_left_out_is_one_that_there_is(database):
    assert scrubbing.KEPT.keys() <= Base.metadata.tables.keys()


def test_who_it_was_is_sealed_for_ten_years_of_account_and_then_gone(cast, lan):
    with clock.at(clock.midnight(date(2026, 11, 29))):
        erase(cast, lan)
    row = db.session.scalar(select(Departure).where(Departure.asked == ASKED))
    assert row.keep_until == date(2036, 12, 31)
    shown = cast.administrator.post(f"/quan-tri/nguoi-roi/{row.ref}/xem").text
    assert NAME in shown
    assert "019188000123" in shown
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "departure.read"))
    assert entry.actor_name == "Quản trị"
    with clock.at(clock.midnight(date(2037, 1, 1)) - timedelta(seconds=1)):
        leaving.forget_over()
        db.session.refresh(row)
        assert row.identity is not None
    with clock.at(clock.midnight(date(2037, 1, 1))):
        assert leaving.forget_over() == 1
        assert leaving.forget_over() == 0
    assert leaving.read(access.of(cast.administrator.user), refreshed(row)) == {}


def refreshed(row):
    db.session.refresh(row)
    return row


def test_an_order_under_way_keeps_the_seller(cast, lan):
    order = db.session.scalar(select(Order).where(Order.seller_id == lan.id))
    order.state = State.AWAITING_PAYMENT
    db.session.commit()
    url = f"/quan-tri/nguoi-roi/nguoi-ban/{lan.ref}"
    answer = cast.administrator.post(url, {"asked": ASKED, "again": lan.ref})
    assert answer.status_code == 422
    assert order.ref in answer.text
    assert (lan.name, lan.phone) == (f"Hộ bà {NAME}", PHONE)
    with pytest.raises(StillSelling):
        leaving.erase(access.of(cast.administrator.user), lan, ASKED)


def test_nothing_is_erased_by_a_slip_of_the_hand_or_by_anybody_else(cast, lan):
    url = f"/quan-tri/nguoi-roi/nguoi-ban/{lan.ref}"
    assert cast.administrator.post(url, {"asked": ASKED, "again": "khác"}).status_code == 422
    assert cast.ours.post(url, {"asked": ASKED, "again": lan.ref}).status_code == 404
    assert lan.phone == PHONE


def test_its_people_cannot_sign_in_and_its_helpers_are_out(cast, lan):
    person = db.session.scalar(select(User).where(User.name == NAME))
    erase(cast, lan)
    db.session.refresh(person)
    assert (person.active, person.phone, person.name) == (False, None, "(đã xóa)")
    assert db.session.scalar(select(Membership).where(Membership.seller_id == lan.id)) is None
    for row in db.session.scalars(select(Delegation).where(Delegation.seller_id == lan.id)):
        assert row.ended_at is not None
    assert cast.visitor.get(f"/gian-hang/{lan.ref}").status_code == 404


def test_who_left_is_no_work_for_a_helper_any_more(cast, lan, database):
    lan.commune_code = make_community.TAN_CUONG
    db.session.execute(delete(Departure))  # one of the rows in every table
    person = make_community.helper(name="Lê Thị Mai")
    db.session.flush()
    mai = Person(person, sign_in(database, person))
    page = f"/ban-hang/giup/nguoi-ban/{lan.ref}"
    assert mai.get(page).status_code == 200
    erase(cast, lan)
    assert "Người bán đã rời" not in mai.get("/ban-hang/giup").text
    assert mai.get(page).status_code == 404


def test_the_profile_of_who_left_asks_for_nothing(cast, lan):
    erase(cast, lan)
    page = cast.administrator.get(f"/ban-hang/nguoi-ban/{lan.ref}").text
    assert "Người bán này đã rời" in page
    assert "Việc cần làm để mở gian hàng" not in page
    assert "xin xóa thông tin cá nhân" not in page


def test_who_also_works_elsewhere_stays_a_person_there(cast, lan):
    person = db.session.scalar(select(User).where(User.name == NAME))
    elsewhere = {"seller_id": cast.ours.seller.id, "role": Role.VIEWER}
    db.session.add(Membership(user_id=person.id, **elsewhere))
    db.session.commit()
    db.session.expire(person)
    erase(cast, lan)
    db.session.refresh(person)
    assert (person.active, person.name, person.phone) == (True, NAME, PHONE)
    assert [m.seller_id for m in person.memberships] == [cast.ours.seller.id]


def test_photos_and_papers_are_gone_with_their_files(cast, lan, run_tasks):
    keys = [p.original_key for p in db.session.scalars(select(Photo))]
    erase(cast, lan)
    run_tasks()
    assert db.session.scalar(select(Photo).where(Photo.seller_id == lan.id)) is None
    assert db.session.scalar(select(Document).where(Document.seller_id == lan.id)) is None
    storage = cast.administrator.client.application.extensions["storage"]
    assert keys
    with pytest.raises(NotStored):
        storage.read(keys[-1])


def test_no_file_of_the_store_is_left_but_what_the_law_keeps(cast, lan, run_tasks):
    storage = cast.administrator.client.application.extensions["storage"]
    sent = db.session.scalar(select(ProductImport).where(ProductImport.seller_id == lan.id))
    sent.result_key = "imports/result.xlsx"
    for key in (sent.file_key, sent.result_key):
        storage.put(key, NAME.encode(), "application/octet-stream")
    gone = [sent.file_key, sent.result_key]
    db.session.commit()
    erase(cast, lan)
    run_tasks()
    assert [key for key in gone if storage.exists(key)] == []


def test_every_column_that_names_a_file_is_known_to_the_erasure(database):
    """A new column ending in _key is either a file, or no file and said so here."""
    others = {"sort_key", "number_key", "source_key", "sealed_list_key", "sealed_ingest_key"}
    named = {c.name for t in Base.metadata.tables.values() for c in t.c if c.name.endswith("_key")}
    assert named - others == scrubbing.FILES | {"original_key"}


def test_a_market_forgets_who_stood_there(cast, lan, run_tasks):
    storage = cast.administrator.client.application.extensions["storage"]
    booth = db.session.scalar(select(Booth).where(Booth.seller_id == lan.id))
    by = cast.administrator.user.id
    run = PlateRun(market_id=booth.market_id, paper="a5", requested_by=by, state="done")
    run.file_key, run.skipped = "plates/x.pdf", [["A1", NAME]]
    table = BoothImport(market_id=booth.market_id, requested_by=by, state="shown")
    table.filename, table.file_key = f"{NAME}.csv", "imports/sap.csv"
    table.changes = [["A1", f"mở mới cho {NAME}; 0912 777 888"]]
    for row in (run, table):
        db.session.add(row)
        storage.put(row.file_key, NAME.encode(), "application/octet-stream")
    db.session.commit()
    erase(cast, lan)
    run_tasks()
    assert found(SECRETS) == set()
    assert not storage.exists("plates/x.pdf")
    assert not storage.exists("imports/sap.csv")
    market = cast.administrator.get(f"/ban-hang/cho/{booth.market.ref}").text
    assert "Người bán đã rời" not in market
    assert booth.closed_on is not None


def test_officials_see_no_rows_of_who_has_left(cast, lan, run_tasks):
    assert consents.given(lan.id)
    erase(cast, lan)
    run_tasks()
    assert consents.given(lan.id) is None


def test_nobody_helps_who_has_left_or_gives_them_a_booth_or_erases_them_again(cast, lan, app):
    lan.commune_code = make_community.TAN_CUONG
    helper = make_community.helper(name="Người giúp khác")
    erase(cast, lan)
    theirs = Person(helper, sign_in(app, helper))
    assert lan.ref not in theirs.get("/ban-hang/giup").text
    page = f"/ban-hang/giup/nguoi-ban/{lan.ref}"
    until = (clock.today() + timedelta(days=9)).isoformat()
    said = {"consenter": "Ai đó", "way": "phone", "until": until}
    assert theirs.get(page).status_code == 404
    assert theirs.post(f"{page}/dong-y", said).status_code == 404
    accounts = "/quan-tri/to-cong-nghe-so/chua-co-tai-khoan"
    assert lan.ref not in cast.administrator.get(accounts).text
    opened = {"name": "Ai đó", "phone": "0912000222"}
    assert cast.administrator.post(f"{accounts}/{lan.ref}", opened).status_code == 404
    market = make_markets.market(name="Chợ Khác")
    booth = {"number": "B9", "kind": "sap", "seller": lan.ref}
    adding = cast.administrator.post(f"/ban-hang/cho/{market.ref}/sap/them", booth)
    assert adding.status_code == 404
    again = {"asked": ASKED, "again": lan.ref}
    url = f"/quan-tri/nguoi-roi/nguoi-ban/{lan.ref}"
    assert cast.administrator.post(url, again).status_code == 404
    assert db.session.scalar(select(func.count()).where(Departure.asked == ASKED)) == 1


def test_who_left_may_come_again_with_the_same_number(cast, lan):
    erase(cast, lan)
    person = members.person(NAME, phone=PHONE)
    again = make.seller(name=f"Hộ bà {NAME}", phone=PHONE)
    members.invite(SYSTEM, again.id, person, Role.OWNER)
    db.session.commit()
    assert person.active
    assert (again.phone, lan.phone) == (PHONE, None)


@pytest.mark.parametrize(
    ("state", "pay_by", "paid", "refunded"),
    [("cancelled", "cashless", 100_000, 0), ("delivered", "cod", 0, 0)],
    ids=["the buyer's money is still here", "the carrier has the money"],
)
def test_money_that_is_to_be_moved_keeps_the_seller(cast, lan, state, pay_by, paid, refunded):
    order = db.session.scalar(select(Order).where(Order.seller_id == lan.id))
    order.state, order.pay_by = state, pay_by
    order.paid_vnd, order.refunded_vnd = paid, refunded
    db.session.commit()
    still(cast, lan, order.ref)


def test_a_refund_that_is_due_keeps_the_seller(cast, lan):
    refund = db.session.scalar(select(Refund).where(Refund.seller_id == lan.id))
    refund.state = RefundState.DUE
    db.session.commit()
    still(cast, lan, refund.ref)


def test_a_payout_under_way_keeps_the_seller(cast, lan):
    payout = db.session.scalar(select(Payout).where(Payout.seller_id == lan.id))
    payout.state = PayoutState.DUE
    db.session.commit()
    still(cast, lan, payout.ref)


def test_what_a_gateway_took_too_much_keeps_the_seller_until_it_is_given_back(cast, lan):
    payment = db.session.scalar(select(GatewayPayment).where(GatewayPayment.seller_id == lan.id))
    payment.captured_at, payment.applied_vnd = clock.now(), payment.amount_vnd - 20_000
    db.session.commit()
    still(cast, lan, payment.order.ref)
    given = db.session.scalar(select(Refund).where(Refund.seller_id == lan.id))
    given.gateway_payment_id, given.credit_vnd, given.amount_vnd = payment.id, 20_000, 20_000
    db.session.commit()
    erase(cast, lan)


@pytest.mark.parametrize("state", [LineState.SUSPENSE, LineState.PARTLY])
def test_money_that_nobody_explained_keeps_the_seller(cast, lan, state):
    line = db.session.scalar(select(BankLine).where(BankLine.seller_id == lan.id))
    line.state = state
    db.session.commit()
    still(cast, lan, line.bank_reference)


def test_the_pages_of_who_has_left_take_nothing_in(cast, lan):
    erase(cast, lan)
    base = f"/ban-hang/nguoi-ban/{lan.ref}"
    shown = cast.administrator.get(base).text
    assert "Người bán này đã rời" in shown
    assert 'name="representative"' not in shown
    assert "xin-roi" not in shown
    written = {"name": f"Hộ bà {NAME}", "kind": "household"}
    assert cast.administrator.post(base, written).status_code == 404
    for part in ("xin-duyet", "giay-to", "anh", "logo"):
        assert cast.administrator.post(f"{base}/{part}").status_code == 404
    for part in ("", "/o-lai"):
        assert cast.administrator.post(f"/ban-hang/xin-roi/{lan.ref}{part}").status_code == 404
    invited = {"seller": lan.ref, "name": NAME, "phone": PHONE, "role": "owner"}
    cast.administrator.post("/ban-hang/thanh-vien", invited)
    assert db.session.scalar(select(Membership).where(Membership.seller_id == lan.id)) is None
    db.session.refresh(lan)
    assert lan.name == leaving.NAME


def still(cast, seller, why):
    url = f"/quan-tri/nguoi-roi/nguoi-ban/{seller.ref}"
    answer = cast.administrator.post(url, {"asked": ASKED, "again": seller.ref})
    assert answer.status_code == 422
    assert why in answer.text
    assert (seller.name, seller.left_at) == (f"Hộ bà {NAME}", None)


def test_another_seller_of_the_same_name_keeps_it(cast, lan):
    namesake = make.seller(name=f"Hộ bà {NAME}", phone="+84912000111")
    erase(cast, lan)
    again = db.session.get_one(Seller, namesake.id)
    assert (again.name, again.phone) == (f"Hộ bà {NAME}", "+84912000111")


def test_the_trail_still_refuses_to_be_edited(database, lan):
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.seller_id == lan.id))
    entry.actor_name = "Người khác"
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.flush()


def test_even_while_erasing_the_trail_keeps_what_was_done(database, lan):
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.seller_id == lan.id))
    db.session.execute(select(func.set_config("ocop.erasing", "on", True)))
    entry.action = "việc.khác"
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.flush()


def test_the_ledger_names_who_wrote_it_by_law(database, lan):
    assert "ledger_entries" in scrubbing.KEPT
    assert Entry.__tablename__ == "ledger_entries"
