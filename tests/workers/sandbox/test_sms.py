"""The SMS gateway of the sandbox checks what it is sent; codes go through it to plain phones."""

from datetime import timedelta

import pytest
import requests
from sqlalchemy import select

from shop import clock, references
from shop.accounts.models import Delegation, Way
from shop.database import db
from shop.notifications import jobs, outlets, send
from shop.notifications.errors import NotTaken, TurnedDown
from shop.outbox import Task
from tests import make, make_community
from tests.app_fixtures import Person, sign_in
from workers.sandbox import sms

PHONE = "+84912345678"


@pytest.fixture
def gateway(market):
    """Address and key of the gateway."""
    return f"{market.host}/sms/messages", sms.TOKEN


def message(**more):
    return {"id": references.new(), "to": "84912345678", "from": "CHO OCOP", "text": "Ma 1"} | more


def taken(gateway, **such):
    found = requests.get(gateway[0], timeout=10).json()["messages"]
    return [each for each in found if such.items() <= each.items()]


def fault(gateway, name):
    url = gateway[0].replace("messages", "faults")
    requests.post(url, json={"fault": name}, timeout=10).raise_for_status()


def deliver():
    """Run the job of every message that waits."""
    db.session.commit()
    for task in db.session.scalars(select(Task).where(Task.event == "sms_wanted")).all():
        jobs.deliver_sms(task.arguments["sealed"])


def test_a_message_is_taken_once(gateway):
    one = message()
    for _time in range(2):
        outlets.sms(one, gateway)
    assert taken(gateway, id=one["id"]) == [one]
    with pytest.raises(TurnedDown):
        outlets.sms(one | {"text": "Ma 2"}, gateway)


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": "Mã có dấu"},
        {"text": "a" * 161},
        {"text": "{" * 81},
        {"text": ""},
        {"to": "+84912345678"},
        {"to": "842083123456"},
        {"from": "CHO OCOP VIET NAM"},
        {"id": "1"},
        {"more": "x"},
    ],
)
def test_what_no_network_sends_is_turned_down(gateway, wrong):
    with pytest.raises(TurnedDown, match="422"):
        outlets.sms(message() | wrong, gateway)


def test_a_wrong_key_is_turned_down(gateway):
    with pytest.raises(TurnedDown, match="401"):
        outlets.sms(message(), (gateway[0], "another"))


@pytest.mark.parametrize("name", ["busy", "full"])
def test_a_busy_gateway_is_asked_again(gateway, name):
    fault(gateway, name)
    one = message()
    with pytest.raises(NotTaken):
        outlets.sms(one, gateway)
    outlets.sms(one, gateway)
    assert len(taken(gateway, id=one["id"])) == 1


def test_no_answer_is_tried_again():
    with pytest.raises(NotTaken):
        outlets.sms(message(), ("http://127.0.0.1:1/sms", "x"))


def test_words_lose_their_marks_and_no_log_has_them_or_the_number(gateway, caplog, capsys):
    send.sms(PHONE, "Mã 482913: đồng ý thì đọc", until=clock.now() + timedelta(minutes=15))
    deliver()
    (found,) = taken(gateway, text="Ma 482913: dong y thi doc")
    assert (found["to"], found["from"]) == ("84912345678", "CHO OCOP")
    said = caplog.text + "".join(capsys.readouterr())
    assert "/sms/messages" in said
    assert "482913" not in said
    assert "912345678" not in said


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ("“Hộ bà Lan” – chè móc câu…", '"Ho ba Lan" - che moc cau...'),
        ("[A] {B} ~ 5 € | C\\D 😀", "(A) (B) - 5  / C/D "),
    ],
)
def test_only_letters_that_count_once_are_sent(gateway, said, sent):
    send.sms(PHONE, said, until=clock.now() + timedelta(minutes=15))
    deliver()
    (found,) = taken(gateway, text=sent)
    assert found["to"] == "84912345678"


def test_what_is_of_no_use_any_more_is_not_sent(gateway):
    send.sms(PHONE, "Ma 775533", until=clock.now() + timedelta(minutes=15))
    with clock.at(clock.now() + timedelta(minutes=15)):
        deliver()
    assert taken(gateway, text="Ma 775533") == []


def test_a_seller_with_a_plain_phone_agrees_by_the_code_it_got(gateway, database):
    person = make_community.helper()
    lan = make_community.seller(phone="+84987000111", representative="Nguyễn Thị Lan")
    db.session.commit()
    helper = Person(person, sign_in(database, person))
    base = f"/ban-hang/giup/nguoi-ban/{lan.ref}"
    assert "09•••••111" in helper.get(base).text
    until = (clock.today() + timedelta(days=90)).isoformat()
    assert helper.post(f"{base}/xin", {"way": "code", "until": until}).status_code == 303
    deliver()
    (found,) = taken(gateway, to="84987000111")
    assert found["text"].startswith("Ma ")
    code = found["text"][3:9]
    assert make.mails() == []
    assert helper.post(f"{base}/ma", {"code": code}).status_code == 303
    row = db.session.scalars(select(Delegation)).one()
    assert (row.consenter, row.way) == ("Nguyễn Thị Lan", Way.CODE)
    assert row.note == "mã nhắn tới 09•••••111"
