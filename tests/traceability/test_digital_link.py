from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import gtin
from traceability import digital_link, identifiers
from traceability.digital_link import BadLink, Identity

HOST = "txng.example.vn"
GTIN = "08936123456788"
KEY = b"0123456789abcdef0123456789abcdef"
CODE = identifiers.internal_code(KEY, "htx", 1)
SERIAL = identifiers.serial(KEY, "B1", 1)

SET_82 = "ABCXYZabcxyz0189!\"%&'()*+,-./:;<=>?_"
values = st.text(SET_82, min_size=1, max_size=20).filter(lambda text: text not in (".", ".."))
gtins = st.integers(0, 10**13 - 1).map(
    lambda number: f"{number:013d}" + gtin.check_digit(f"{number:013d}")
)
maybe = st.none() | values
attributes = st.dictionaries(st.sampled_from(["7030", "7031", "240"]), values, max_size=2)
identities = st.builds(
    Identity, gtin=gtins, variant=maybe, lot=maybe, serial=maybe, attributes=attributes
)

EXAMPLES = [
    (f"https://{HOST}/01/{GTIN}", Identity(gtin=GTIN), "product"),
    (f"https://{HOST}/01/{GTIN}/10/CH241101", Identity(gtin=GTIN, lot="CH241101"), "lot"),
    (
        f"https://{HOST}/01/{GTIN}/10/CH241101/21/7Q2M9K4T",
        Identity(gtin=GTIN, lot="CH241101", serial="7Q2M9K4T"),
        "item",
    ),
    (
        f"https://{HOST}/01/{GTIN}/10/A%2F24?17=261231",
        Identity(gtin=GTIN, lot="A/24", attributes={"17": "261231"}),
        "lot",
    ),
]


@pytest.mark.parametrize(("address", "identity", "level"), EXAMPLES)
def test_an_address_says_what_it_names_and_is_built_from_it(address, identity, level):
    assert digital_link.parse(address) == identity
    assert digital_link.build(HOST, identity) == address
    assert identity.level == level


def test_the_upper_case_form_means_the_same_as_the_canonical_one():
    identity = Identity(gtin=GTIN, serial="7Q2M9K4T")
    short = digital_link.build_short(HOST, identity)
    assert short == f"HTTPS://TXNG.EXAMPLE.VN/01/{GTIN}/21/7Q2M9K4T"
    assert digital_link.parse(short) == identity
    assert digital_link.parse(digital_link.build(HOST, identity)) == identity


@pytest.mark.parametrize(
    ("identity", "path", "short"),
    [
        (Identity(code=CODE), f"/t/{CODE}", f"/T/{CODE}"),
        (Identity(code=CODE, lot="L1"), f"/t/{CODE}/10/L1", f"/T/{CODE}/10/L1"),
        (Identity(serial=SERIAL), f"/t/{SERIAL}", f"/T/{SERIAL}"),
        (Identity(code=CODE, serial=CODE), f"/t/{CODE}/21/{CODE}", f"/T/{CODE}/21/{CODE}"),
    ],
)
def test_goods_without_a_gtin_have_an_address_of_ours(identity, path, short):
    assert digital_link.build(HOST, identity) == f"https://{HOST}{path}"
    assert digital_link.build_short(HOST, identity) == f"HTTPS://TXNG.EXAMPLE.VN{short}"
    assert digital_link.parse(path) == identity
    assert digital_link.parse(short) == identity


@given(identities)
def test_what_we_build_we_can_read(identity):
    assert digital_link.parse(digital_link.build(f"{HOST}/a/b", identity)) == identity
    assert digital_link.parse(digital_link.path(identity)) == identity


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_nothing_else(text):
    for address in (text, f"/01/{GTIN}{text}", f"https://{HOST}/{text}"):
        with suppress(BadLink):
            found = digital_link.parse(address)
            assert digital_link.parse(digital_link.path(found)) == found


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ("/01/08936123456789", "gtin"),
        ("/01/0893612345678", "gtin"),
        ("/01/0893612345678A", "gtin"),
        ("/01/", "gtin"),
        (f"/01/{GTIN}/21/S1/10/L1", "order"),
        (f"/01/{GTIN}/10/L1/22/V1", "order"),
        (f"/01/{GTIN}/10/L1/10/L2", "repeated"),
        (f"/01/{GTIN}?17=261231&17=261231", "repeated"),
        (f"/01/{GTIN}/10/", "empty"),
        (f"/01/{GTIN}/10", "empty"),
        (f"/01/{GTIN}?17=", "empty"),
        (f"/01/{GTIN}/10/{'A' * 21}", "too_long"),
        (f"/01/{GTIN}?7030={'1' * 91}", "too_long"),
        (f"/01/{GTIN}?x={'1' * 2000}", "too_long"),
        (f"/01/{GTIN}/10/ch%C3%A8", "character"),
        (f"/01/{GTIN}/10/A~B", "character"),
        (f"/01/{GTIN}/10/A%0AB", "character"),
        (f"/01/{GTIN}/10/A\nB", "character"),
        (f"/01/{GTIN}/10/%2E%2E", "character"),
        (f"/01/{GTIN}?17=26123", "character"),
        (f"/01/{GTIN}/10/A%2", "escape"),
        (f"/01/{GTIN}/10/A%ZZ", "escape"),
        (f"/01/{GTIN}/10/%FF", "escape"),
        (f"/01/{GTIN}/17/261231", "attribute_in_path"),
        (f"/01/{GTIN}/xyz/1", "attribute_in_path"),
        (f"/01/{GTIN}?10=L1", "key_in_query"),
        (f"/01/{GTIN}?21=S1", "key_in_query"),
        ("/10/L1", "no_key"),
        ("/", "no_key"),
        ("/01", "no_key"),
        ("01/08936123456788", "address"),
        (f"ftp://{HOST}/01/{GTIN}", "address"),
        (f"https://me@{HOST}/01/{GTIN}", "address"),
        (f"/t/{CODE[:-1]}{'0' if CODE[-1] != '0' else '1'}", "code"),
        (f"/t/{GTIN}", "code"),
        (f"/t/{SERIAL}/10/L1", "code"),
    ],
)
def test_bad_form_is_refused_by_its_rule(path, rule):
    with pytest.raises(BadLink) as refusal:
        digital_link.parse(path)
    assert refusal.value.rule == rule
    assert refusal.value.status == 400


def test_an_escape_is_undone_once():
    assert digital_link.parse(f"/01/{GTIN}/10/A%252F").lot == "A%2F"


def test_a_plus_is_a_plus_and_not_a_blank():
    assert digital_link.parse(f"/01/{GTIN}/10/A+B?7030=1+2").attributes == {"7030": "1+2"}


def test_words_of_the_web_are_ignored_and_so_is_a_last_slash():
    address = f"https://{HOST}:8443/shop/01/{GTIN}/10/L1/?utm_source=zalo&linkType=all&lang=vi#top"
    assert digital_link.parse(address) == Identity(gtin=GTIN, lot="L1")


def test_shorter_gtins_are_read():
    assert digital_link.parse("/01/8936123456788").gtin == GTIN


def test_a_lot_may_be_called_like_a_key():
    assert digital_link.parse(f"/01/{GTIN}/10/01/21/t") == Identity(gtin=GTIN, lot="01", serial="t")


@pytest.mark.parametrize(
    "identity",
    [Identity(), Identity(lot="L1"), Identity(gtin=GTIN, code=CODE), Identity(serial="S", lot="L")],
)
def test_nothing_is_built_without_one_primary_key(identity):
    with pytest.raises(BadLink) as refusal:
        digital_link.build(HOST, identity)
    assert refusal.value.rule == "no_key"


@pytest.mark.parametrize(
    ("host", "identity"),
    [
        (HOST, Identity(gtin=GTIN, lot="ch1")),
        (HOST, Identity(gtin=GTIN, lot="A_1")),
        (HOST, Identity(gtin=GTIN, attributes={"17": "261231"})),
        (f"{HOST}/shop", Identity(gtin=GTIN)),
    ],
)
def test_the_upper_case_form_is_refused_where_it_would_change_the_meaning(host, identity):
    with pytest.raises(BadLink) as refusal:
        digital_link.build_short(host, identity)
    assert refusal.value.rule == "upper_case"


def test_a_host_that_is_none_is_refused():
    with pytest.raises(BadLink) as refusal:
        digital_link.build("a b", Identity(gtin=GTIN))
    assert refusal.value.rule == "host"


def test_the_upper_case_form_keeps_the_scheme_it_is_given():
    short = digital_link.build_short("localhost:8000", Identity(serial=SERIAL), scheme="http")
    assert short == f"HTTP://LOCALHOST:8000/T/{SERIAL}"
    assert digital_link.parse(short) == Identity(serial=SERIAL)
