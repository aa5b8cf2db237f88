"""A helper's list, consents and newcomers, on the pages."""

import io
import re
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select

from shop import clock, phones
from shop.accounts import access, delegation
from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry, Delegation, Membership, Role, Way
from shop.catalogue.models import Variant
from shop.community import newcomers, todo
from shop.database import db
from shop.media import documents
from shop.sellers.models import Seller
from tests import make, make_community, make_media
from tests.app_fixtures import Person, form_token, sign_in
from tests.make_community import LA_BANG, TAN_CUONG


@pytest.fixture
def helper(database):
    person = make_community.helper()
    db.session.commit()
    return Person(person, sign_in(database, person))


def until(days=90):
    return (clock.today() + timedelta(days=days)).isoformat()


def lacks(helper, seller):
    (task,) = todo.tasks(access.of(helper.user), [seller])
    return [thing.name for thing in task.lacks]


def test_the_list_names_what_each_seller_of_the_commune_lacks(helper):
    bare = make_community.seller()
    whole = make.seller(name="HTX Đủ", commune_code=TAN_CUONG)
    make.member(whole)
    product = make.product(whole)
    make.variant(product, gtin="8935000000007")
    make_media.photo(product)
    assert lacks(helper, bare) == ["account", "stall", "photo", "code"]
    assert lacks(helper, whole) == []
    actor = access.of(helper.user)
    assert db.session.scalars(todo.sellers(actor)).all() == [bare]
    assert db.session.scalars(todo.sellers(actor, "none")).all() == [whole]
    assert todo.counts(actor) == {"all": 2, "account": 1, "stall": 1, "photo": 1, "code": 1}


def test_the_neediest_come_first(helper):
    some = make.seller(name="An", commune_code=TAN_CUONG)
    bare = make_community.seller(name="Bình")
    assert db.session.scalars(todo.sellers(access.of(helper.user))).all() == [bare, some]


def test_another_teams_area_is_404_whatever_is_asked(helper):
    elsewhere = make_community.seller(name="Hộ ông Bình", area=LA_BANG)
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{elsewhere.ref}"
    assert helper.get(base).status_code == 404
    consent = {"consenter": "Bình", "way": "phone", "until": until(9)}
    assert helper.post(f"{base}/dong-y", consent).status_code == 404
    assert helper.post(f"{base}/xin", {"way": "account", "until": until()}).status_code == 404
    assert helper.post(f"{base}/ma", {"code": "123456"}).status_code == 404
    assert helper.post(f"{base}/thoi").status_code == 404
    assert db.session.scalar(select(func.count(Delegation.id))) == 0
    assert elsewhere.name not in helper.get("/ban-hang/giup").text


def test_a_helper_on_a_page_of_who_ended_the_help_reads_what_may_have_happened(helper, cast):
    seller = make_community.seller(name="Hộ ông Bình")
    consent = make_community.consent(helper.user, seller)
    db.session.commit()
    page = f"/ban-hang/nguoi-ban/{seller.ref}"
    assert helper.get(page).status_code == 200
    delegation.end(SYSTEM, consent)
    db.session.commit()
    answer = helper.get(page)
    assert answer.status_code == 404
    assert "họ có thể đã thôi nhờ" in answer.text
    assert 'href="/ban-hang/giup"' in answer.text
    assert "họ có thể đã thôi nhờ" not in cast.ours.get("/ban-hang/san-pham/khong-co").text


def test_who_only_helps_begins_at_the_list(helper):
    assert helper.get("/ban-hang").headers["Location"] == "/ban-hang/giup"


def test_a_consent_on_paper_needs_the_paper(helper):
    lan = make_community.seller()
    url = f"/ban-hang/giup/nguoi-ban/{lan.ref}/dong-y"
    said = {"consenter": "Nguyễn Thị Lan", "way": "paper", "until": until()}
    assert helper.post(url, said).status_code == 422
    assert db.session.scalar(select(func.count(Delegation.id))) == 0
    paper = (io.BytesIO(make_media.picture()), "giay.jpg")
    sent = helper.post(url, said | {"file": paper}, content_type="multipart/form-data")
    assert sent.status_code == 303
    row = db.session.scalar(select(Delegation))
    assert (row.consenter, row.way, row.until.isoformat()) == ("Nguyễn Thị Lan", Way.PAPER, until())
    (kept,) = documents.of(f"delegation:{row.ref}")
    assert kept.seller_id == lan.id


def test_a_household_without_mail_or_phone_is_set_up_by_its_helper(helper):
    values = {
        "name": "Hộ bà Nguyễn Thị Lan",
        "kind": "household",
        "commune_code": TAN_CUONG,
        "street": "Xóm Hồng Thái",
        "phone": "",
        "consenter": "Nguyễn Thị Lan",
        "way": "phone",
        "until": until(30),
        "note": "gặp tại nhà",
    }
    answer = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    made = db.session.scalar(select(Seller).where(Seller.commune_code == TAN_CUONG))
    assert answer.headers["Location"] == f"/ban-hang/giup/nguoi-ban/{made.ref}"
    assert (made.name, made.representative, made.phone) == (
        "Hộ bà Nguyễn Thị Lan",
        "Nguyễn Thị Lan",
        None,
    )
    assert made.province == "Tỉnh Thái Nguyên"
    assert db.session.scalar(select(Membership).where(Membership.seller_id == made.id)) is None
    assert helper.get(f"/ban-hang/nguoi-ban/{made.ref}").status_code == 200
    trail = select(AuditEntry.action, AuditEntry.actor_name, AuditEntry.behalf_of)
    assert [tuple(row) for row in db.session.execute(trail.order_by(AuditEntry.id))][-2:] == [
        ("seller.create", "Trần Thị Hoa", "Nguyễn Thị Lan"),
        ("delegation.consent", "Trần Thị Hoa", "Nguyễn Thị Lan"),
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [("commune_code", LA_BANG), ("name", "Hộ Đã Có"), ("until", "2020-01-01"), ("consenter", "")],
)
def test_a_newcomer_is_not_taken(helper, field, value):
    make_community.seller(name="Hộ Đã Có")
    db.session.commit()
    values = {"name": "Hộ Mới", "kind": "household", "commune_code": TAN_CUONG}
    values |= {"consenter": "Lan", "way": "phone", "until": until(9)} | {field: value}
    answer = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    assert answer.status_code == 422
    assert db.session.scalar(select(func.count(Seller.id))) == 1
    assert db.session.scalar(select(func.count(Delegation.id))) == 0


def test_the_same_form_sent_twice_makes_one_seller(helper):
    page = helper.get("/ban-hang/giup/nguoi-ban-moi").text
    key = re.search(r'name="_once" value="([^"]+)"', page)[1]
    values = {"name": "Hộ Mới", "kind": "household", "commune_code": TAN_CUONG, "_once": key}
    values |= {"consenter": "Lan", "way": "phone", "until": until(9)}
    first = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    again = helper.post("/ban-hang/giup/nguoi-ban-moi", values)
    assert first.headers["Location"] == again.headers["Location"]
    assert db.session.scalar(select(func.count(Seller.id))) == 1


def test_an_owner_agrees_in_their_own_account(helper, cast):
    ours = cast.ours.seller
    ours.commune_code, cast.ours.user.email = TAN_CUONG, "hao@htx.vn"
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    for _time in range(2):
        asked = helper.post(f"{base}/xin", {"way": "account", "until": until()})
        assert asked.status_code == 303
    told = [(to, subject) for to, subject, _body, _html in make.mails()]
    assert told == [("hao@htx.vn", "Trần Thị Hoa xin giúp “HTX Chè Hảo Đạt”")]
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 404
    row = db.session.scalar(select(Delegation))
    assert "Trần Thị Hoa" in cast.ours.get("/ban-hang/nguoi-giup").text
    agreed = cast.ours.post(f"/ban-hang/nguoi-giup/{row.ref}/dong-y", {"until": until(20)})
    assert agreed.status_code == 303
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 200
    db.session.refresh(row)
    assert (row.consenter, row.until.isoformat()) == ("Đào Thanh Hảo", until(20))


def test_an_owner_is_not_mailed_all_day_by_who_asks_and_gives_up_and_asks(helper, cast):
    ours = cast.ours.seller
    ours.commune_code, cast.ours.user.email = TAN_CUONG, "hao@htx.vn"
    db.session.commit()
    base, answers = f"/ban-hang/giup/nguoi-ban/{ours.ref}", []
    for _time in range(7):
        answers.append(helper.post(f"{base}/xin", {"way": "account", "until": until()}).status_code)
        helper.post(f"{base}/thoi")
    assert answers.count(303) >= 5
    assert len(make.mails()) == 5


def test_the_yes_of_an_owner_cannot_be_noted_for_them(helper, cast):
    cast.ours.seller.commune_code = TAN_CUONG
    db.session.commit()
    url = f"/ban-hang/giup/nguoi-ban/{cast.ours.seller.ref}/dong-y"
    said = {"consenter": "Đào Thanh Hảo", "way": "phone", "until": until(9)}
    assert helper.post(url, said).status_code == 422
    assert db.session.scalar(select(func.count(Delegation.id))) == 0


def test_an_owner_agrees_by_a_code_sent_to_them(helper, cast):
    ours = cast.ours.seller
    ours.commune_code, cast.ours.user.email = TAN_CUONG, "hao@htx.vn"
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    helper.post(f"{base}/xin", {"way": "code", "until": until()})
    to, subject, _body, _html = make.mails()[-1]
    assert to == "hao@htx.vn"
    page = helper.get(base).text
    assert "Nhờ người bán đọc sáu chữ số" in page
    assert "trong tài khoản." not in page
    code = re.search(r"\d{6}$", subject)[0]
    wrong = "000000" if code != "000000" else "111111"
    helper.post(f"{base}/ma", {"code": wrong})
    row = db.session.scalar(select(Delegation))
    assert (row.consented_at, row.code_tries) == (None, 1)
    helper.post(f"{base}/ma", {"code": f"{code[:3]} {code[3:]}"})
    db.session.refresh(row)
    assert (row.consenter, row.way, row.code_tries) == ("Đào Thanh Hảo", Way.CODE, 2)
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 200


def test_a_code_allows_no_longer_than_its_mail_says(helper, cast):
    ours = cast.ours.seller
    ours.commune_code, cast.ours.user.email = TAN_CUONG, "hao@htx.vn"
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    helper.post(f"{base}/xin", {"way": "code", "until": until(7)})
    code = re.search(r"\d{6}$", make.mails()[-1][1])[0]
    helper.post(f"{base}/xin", {"way": "account", "until": until(360)})  # nobody is told of this
    helper.post(f"{base}/ma", {"code": code})
    row = db.session.scalar(select(Delegation))
    assert row.consented_at is None
    assert helper.get(f"/ban-hang/nguoi-ban/{ours.ref}").status_code == 404


def test_a_code_does_not_go_to_a_mailbox_that_the_helper_wrote_down(helper):
    lan = make_community.seller()
    lan.email = "lan@example.vn"
    make_community.consent(helper.user, lan)
    db.session.commit()
    base, asked = f"/ban-hang/giup/nguoi-ban/{lan.ref}", {"way": "code", "until": until()}
    profile = {"name": lan.name, "kind": "household", "email": "hoa@example.vn"}
    assert helper.post(f"/ban-hang/nguoi-ban/{lan.ref}", profile).status_code == 303
    lan.commune_code = TAN_CUONG
    helper.post(f"{base}/thoi")
    assert helper.post(f"{base}/xin", asked).status_code == 303
    assert "do bạn ghi" in helper.get(base).text
    assert make.mails() == []
    other = Person(make_community.helper(name="Lê Văn Nam"), helper.client)
    row = delegation.ask(access.of(other.user), lan.id, Way.CODE, clock.today())
    assert row.way == Way.CODE


def test_a_yes_taken_back_by_the_slip_is_not_heard_again_on_the_phone(helper, cast):
    lan = make_community.seller()
    row = make_community.consent(helper.user, lan)
    db.session.commit()
    page = cast.visitor.get(f"/thoi-nho/{row.token}").text
    cast.visitor.post(f"/thoi-nho/{row.token}", data={"csrf_token": form_token(page)})
    url = f"/ban-hang/giup/nguoi-ban/{lan.ref}/dong-y"
    said = {"consenter": "Nguyễn Thị Lan", "way": "phone", "until": until(9)}
    answer = helper.post(url, said)
    assert answer.status_code == 422
    assert "Lần này cần giấy đã ký" in answer.text
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 404
    paper = {"way": "paper", "file": (io.BytesIO(make_media.picture()), "giay.jpg")}
    assert helper.post(url, said | paper, content_type="multipart/form-data").status_code == 303
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 200


def test_a_helper_cannot_take_away_the_paper_that_proves_the_consent(helper):
    lan = make_community.seller()
    row = make_community.consent(helper.user, lan)
    newcomers.keep_paper(access.of(helper.user), row, documents.take(io.BytesIO(make_media.pdf())))
    db.session.commit()
    (kept,) = documents.of(f"delegation:{row.ref}")
    assert helper.post(f"/ban-hang/giay-to/{kept.ref}/xoa").status_code == 409
    assert documents.of(f"delegation:{row.ref}") == [kept]


def test_a_helper_who_gives_up_is_out_at_once(helper):
    lan = make_community.seller()
    make_community.consent(helper.user, lan)
    db.session.commit()
    assert helper.post(f"/ban-hang/giup/nguoi-ban/{lan.ref}/thoi").status_code == 303
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 404
    assert helper.post(f"/ban-hang/giup/nguoi-ban/{lan.ref}/thoi").status_code == 404


def test_the_seller_reads_what_was_done_on_their_behalf(helper, cast):
    ours = cast.ours.seller
    ours.commune_code = TAN_CUONG
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{ours.ref}"
    helper.post(f"{base}/xin", {"way": "account", "until": until()})
    row = db.session.scalar(select(Delegation))
    cast.ours.post(f"/ban-hang/nguoi-giup/{row.ref}/dong-y", {"until": until()})
    product = make.product(ours)
    pack = {"pack": "hộp 100 g", "unit": "hộp", "price_vnd": "90000"}
    assert helper.post(f"/ban-hang/san-pham/{product.ref}/quy-cach/them", pack).status_code == 303
    assert db.session.scalar(select(func.count(Variant.id))) == 1
    shown = cast.ours.get(f"/ban-hang/nguoi-giup/{row.ref}").text
    assert "thêm quy cách" in shown


def test_who_has_no_account_ends_it_with_the_code_on_the_slip(helper, cast):
    lan = make_community.seller()
    row = make_community.consent(helper.user, lan)
    db.session.commit()
    slip = f"/ban-hang/giup/nguoi-ban/{lan.ref}/phieu"
    assert f"/thoi-nho/{row.token}" in helper.get(slip).text
    page = cast.visitor.get(f"/thoi-nho/{row.token}")
    assert "Trần Thị Hoa" in page.text
    sent = {"csrf_token": form_token(page.text)}
    for _time in range(2):
        assert cast.visitor.post(f"/thoi-nho/{row.token}", data=sent).status_code == 303
    db.session.refresh(row)
    assert row.ended_by == "Nguyễn Thị Lan"
    assert helper.get(f"/ban-hang/nguoi-ban/{lan.ref}").status_code == 404
    assert helper.get(slip).status_code == 404
    ends = select(func.count(AuditEntry.id)).where(AuditEntry.action == "delegation.end")
    assert db.session.scalar(ends) == 1


def test_a_slip_of_something_only_asked_for_opens_nothing(helper, cast):
    cast.ours.seller.commune_code = TAN_CUONG
    db.session.commit()
    base = f"/ban-hang/giup/nguoi-ban/{cast.ours.seller.ref}"
    helper.post(f"{base}/xin", {"way": "account", "until": until()})
    row = db.session.scalar(select(Delegation))
    assert helper.get(f"{base}/phieu").status_code == 404
    assert cast.visitor.get(f"/thoi-nho/{row.token}").status_code == 404
    assert cast.visitor.get("/thoi-nho/khong-co").status_code == 404


@pytest.fixture
def texting(app, monkeypatch):
    """A platform from which short messages leave."""
    on = replace(app.config["SETTINGS"], sms_url="https://sms.example/messages", sms_token="x")
    monkeypatch.setitem(app.config, "SETTINGS", on)


def ask_by_code(helper, seller):
    url = f"/ban-hang/giup/nguoi-ban/{seller.ref}/xin"
    return helper.post(url, {"way": "code", "until": until()}).status_code


def test_without_a_gateway_no_code_goes_to_a_phone(app, monkeypatch, helper):
    off = replace(app.config["SETTINGS"], demo=False)
    monkeypatch.setitem(app.config, "SETTINGS", off)
    lan = make_community.seller(phone="+84987000111")
    db.session.commit()
    assert "nhắn tin" not in helper.get(f"/ban-hang/giup/nguoi-ban/{lan.ref}").text
    assert ask_by_code(helper, lan) == 404
    assert make.texts() == []


@pytest.mark.usefixtures("texting")
def test_a_code_goes_by_mail_where_there_is_an_address(helper):
    lan = make_community.seller(phone="+84987000111", email="lan@example.vn")
    db.session.commit()
    ask_by_code(helper, lan)
    assert ([mail[0] for mail in make.mails()], make.texts()) == (["lan@example.vn"], [])


@pytest.mark.usefixtures("texting")
def test_a_helper_gets_no_code_for_a_seller_on_their_own_phone(helper):
    lan = make_community.seller(phone=helper.user.phone)
    db.session.commit()
    assert ask_by_code(helper, lan) == 404
    assert make.texts() == []


def test_a_helper_gets_no_code_for_a_seller_in_their_own_mailbox(helper):
    helper.user.email = "hoa@example.vn"
    lan = make_community.seller(email="Hoa@example.vn")
    db.session.commit()
    assert ask_by_code(helper, lan) == 404
    assert make.mails() == []


def test_who_entered_a_seller_for_the_platform_gets_no_code_as_its_helper(database):
    both = make_community.helper()
    db.session.add(Membership(user_id=both.id, seller_id=None, role=Role.ADMINISTRATOR))
    db.session.commit()
    person = Person(both, sign_in(database, both))
    person.post("/ban-hang/nguoi-ban/them", {"name": "Hộ Mới", "kind": "household"})
    made = db.session.scalar(select(Seller).where(Seller.name == "Hộ Mới"))
    made.email, made.commune_code = "moi@example.vn", TAN_CUONG
    db.session.commit()
    ask_by_code(person, made)
    assert make.mails() == []


@pytest.mark.usefixtures("texting")
def test_a_landline_gets_no_code(helper):
    lan = make_community.seller(phone="+842083822222")
    db.session.commit()
    assert ask_by_code(helper, lan) == 404


@pytest.mark.usefixtures("texting")
def test_one_number_gets_three_codes_an_hour_whoever_asks(database, helper):
    lan = make_community.seller(phone="+84987000222", name="Hộ bà Nguyễn Thị Lan Hương ở xóm Hồng")
    other = make_community.helper(make_community.team(name="Tổ hai"), name="Lê Văn Năm")
    db.session.commit()
    second = Person(other, sign_in(database, other))
    for person in (helper, helper, second, second):
        ask_by_code(person, lan)
    assert len(make.texts()) == 3
    phone, words = make.texts()[0]
    assert phone == "+84987000222"
    assert re.match(r"Ma \d{6}, dung trong 15 phut: chi doc cho Tran Thi Hoa", words)
    assert len(words) <= 160
    assert words.isascii()


def words(answer):
    """What stands on each page of a PDF."""
    pages = pypdfium2.PdfDocument(answer.data)
    return [" ".join(page.get_textpage().get_text_range().split()) for page in pages]


def test_the_slip_is_one_page_that_says_who_helps_and_how_to_end_it(helper):
    name = "Hộ kinh doanh Nguyễn Thị Hồng Nhung, chè và mật ong rừng Tân Cương"
    lan = make_community.seller(name=name)
    row = make_community.consent(helper.user, lan, by="Nguyễn Thị Hồng Nhung")
    (page,) = words(helper.get(f"/ban-hang/giup/nguoi-ban/{lan.ref}/phieu.pdf"))
    assert name in page
    assert f"{helper.user.name}, {phones.show(helper.user.phone)}" in page
    assert f"{row.until:%d/%m/%Y}" in page
    assert "Không quét được: gọi người giúp" in page


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_longest_names_stay_above_the_code_in_vietnamese_for_any_helper(database, lang):
    long = "Hợp tác xã nông nghiệp công nghệ cao và dịch vụ tổng hợp chè sạch Tân Cương Xuân Trường"
    person = make_community.helper(make_community.team(name=f"Tổ công nghệ số {long}"), name=long)
    lan = make_community.seller(name=long)
    row = make_community.consent(person, lan, by=long)
    db.session.commit()
    helper = Person(person, sign_in(database, person))
    helper.client.set_cookie("lang", lang)
    data = helper.get(f"/ban-hang/giup/nguoi-ban/{lan.ref}/phieu.pdf").data
    (page,) = pypdfium2.PdfDocument(data)
    said = page.get_textpage()
    # What stands left of the code's edge stands above it.
    under = said.get_text_bounded(left=0, right=34 * 72 / 25.4, bottom=0, top=43 * 72 / 25.4)
    assert under.strip() == ""
    whole = " ".join(said.get_text_range().split())
    assert whole.count(long) == 4
    assert "Không thấy tiền, không đổi được tài khoản ngân hàng" in whole
    (code,) = zxingcpp.read_barcodes(page.render(scale=150 / 72).to_pil())
    assert code.text.endswith(f"/thoi-nho/{row.token}")


def test_the_code_of_the_slip_is_read_and_ends_the_consent(helper, cast):
    lan = make_community.seller()
    row = make_community.consent(helper.user, lan)
    data = helper.get(f"/ban-hang/giup/nguoi-ban/{lan.ref}/phieu.pdf").data
    drawn = pypdfium2.PdfDocument(data)[0].render(scale=150 / 72).to_pil()
    (code,) = zxingcpp.read_barcodes(drawn)
    assert code.text.endswith(f"/thoi-nho/{row.token}")


def test_there_is_a_sheet_to_sign_with_the_helpers_name_on_it(helper):
    (page,) = words(helper.get("/ban-hang/giup/giay-dong-y.pdf"))
    assert f"Đồng ý để {helper.user.name}" in page
    assert "Không thấy tiền" in page
    assert "chữ ký hoặc điểm chỉ" in page


def test_a_slip_of_nobody_who_agreed_is_404(helper):
    lan = make_community.seller()
    assert helper.get(f"/ban-hang/giup/nguoi-ban/{lan.ref}/phieu.pdf").status_code == 404


def test_who_is_asked_reads_whose_team_asks(helper, cast):
    cast.ours.seller.commune_code = TAN_CUONG
    db.session.commit()
    form = {"way": "account", "until": until()}
    helper.post(f"/ban-hang/giup/nguoi-ban/{cast.ours.seller.ref}/xin", form)
    row = db.session.scalars(select(Delegation)).one()
    page = cast.ours.get(f"/ban-hang/nguoi-giup/{row.ref}").text
    assert f"Đồng ý để {helper.user.name} giúp?" in page
    assert "Tổ công nghệ số xóm Hồng Thái" in page
    assert phones.show(helper.user.phone) in page
