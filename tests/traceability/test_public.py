import gzip
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shop import broker, clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make, make_certificates, make_traceability
from traceability import addresses, identifiers, public, recalls, scanpage
from traceability.stamp_models import Stamp, StampState

KEY = b"0123456789abcdef0123456789abcdef"
NEVER_ISSUED = identifiers.serial(KEY, "B1", 1)
GTIN = "08936123456788"


def tampered(code):
    """Another code of right form, from one changed character and its check character."""
    first = "7" if code[0] != "7" else "8"
    body = first + code[1:-1]
    return body + identifiers.check_character(body)


@pytest.mark.parametrize(
    ("state", "tone", "words"),
    [
        (StampState.ACTIVE, "good", "Tem thật, đã kích hoạt"),
        (StampState.PRINTED, "warn", "Tem có thật nhưng chưa kích hoạt"),
        (StampState.VOID, "bad", "Tem đã bị hủy"),
    ],
)
def test_a_scan_says_first_what_the_stamp_is_and_then_whose(cast, state, tone, words):
    stamp = make_traceability.stamp(state)
    answer = cast.visitor.get(f"/t/{stamp.code}")
    assert answer.status_code == 200
    main = answer.text.split("<main")[1]
    assert f'<section class="verdict {tone}">' in main
    told = [words, "Chè tôm nõn Hảo Đạt", "HTX Chè Hảo Đạt", stamp.batch.lot.code, "01/11/2026"]
    places = [main.index(part) for part in told]
    assert places == sorted(places)


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "https://cho.example.vn"])
def test_the_printed_address_resolves_as_it_is_written(cast, database, monkeypatch, base_url):
    settings = replace(database.config["SETTINGS"], base_url=base_url)
    monkeypatch.setitem(database.config, "SETTINGS", settings)
    monkeypatch.setitem(database.config, "TRUSTED_HOSTS", [urlsplit(base_url).hostname])
    stamp = make_traceability.stamp()
    printed = addresses.of(stamp.batch, stamp.code)
    assert printed == printed.upper()
    path = printed.split("://")[1].partition("/")[2]
    assert path == f"T/{stamp.code}"
    assert "Tem thật" in cast.visitor.get(f"/{path}", base_url=base_url).text


def test_a_tampered_serial_is_unknown(cast):
    stamp = make_traceability.stamp()
    answer = cast.visitor.get(f"/t/{tampered(stamp.code)}")
    assert answer.status_code == 404
    assert "Không có tem nào mang mã này" in answer.text
    assert "đừng dùng" in answer.text
    assert "HTX Chè Hảo Đạt" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"/t/{NEVER_ISSUED}", 404, "Không có tem nào mang mã này"),
        (f"/01/{GTIN}/21/{NEVER_ISSUED}", 404, "Không có tem nào mang mã này"),
        (f"/01/{GTIN}?17=261231&utm_source=zalo", 404, "Không có tem nào mang mã này"),
        (f"/t/{NEVER_ISSUED[:-1]}I", 400, "Mã tem không đúng, xin kiểm tra lại từng chữ."),
        ("/t/KHONG-PHAI-MA", 400, "Mã tem không đúng, xin kiểm tra lại từng chữ."),
        ("/01/08936123456789", 400, "Mã GTIN sai số kiểm tra hoặc sai độ dài."),
        (f"/01/{GTIN}?17=2612", 400, "Địa chỉ có ký tự không được phép."),
        (f"/01/{GTIN}/10/", 400, "Địa chỉ thiếu giá trị."),
        (f"/01/{GTIN}/10/%C3%A8", 400, "Địa chỉ có ký tự không được phép."),
        (f"/01/{GTIN}/10/%ZZ%00", 400, "Địa chỉ có ký tự không được phép."),
        ("/t/<script>alert(1)</script>", 400, "Địa chỉ"),
    ],
)
def test_unknown_and_malformed_codes_are_told_apart(cast, path, status, words):
    answer = cast.visitor.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert "Gõ mã bằng tay" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("typed", ["{0}-{1}-{2}", "{0} {1} {2}"])
def test_a_code_typed_off_the_label_is_led_to_its_page(cast, typed):
    stamp = make_traceability.stamp()
    groups = re.findall("...", stamp.code.lower())
    answer = cast.visitor.get(f"/t/{typed.format(*groups)}", follow_redirects=True)
    assert answer.status_code == 200
    assert answer.request.path == f"/t/{stamp.code}"


@pytest.mark.parametrize("code", ["known", NEVER_ISSUED, "x"])
def test_the_page_is_small_sets_no_cookie_and_needs_no_script(cast, code):
    stamp = make_traceability.stamp()
    answer = cast.visitor.get(f"/t/{stamp.code if code == 'known' else code}")
    assert "Set-Cookie" not in answer.headers
    assert len(answer.data) < 30_000
    main = answer.text.split("<main")[1].split("</main>")[0]
    assert "<script" not in main
    assert "csrf_token" not in main
    assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_scan_asks_few_questions_though_its_lot_was_never_told(cast, query_count):
    stamp = make_traceability.stamp()
    make.variant(stamp.batch.lot.product)
    code = stamp.code
    db.session.commit()
    db.session.expunge_all()
    with query_count() as asked:
        assert cast.visitor.get(f"/t/{code}").status_code == 200
    assert len(asked) == 11


@pytest.mark.parametrize(
    ("state", "shown"),
    [(StampState.ACTIVE, True), (StampState.PRINTED, False), (StampState.VOID, False)],
)
def test_only_a_genuine_stamp_shows_the_star_in_force(cast, state, shown):
    stamp = make_traceability.stamp(state)
    certificate = make_certificates.certificate(stamp.batch.lot.product, number="12/QĐ-UBND")
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert ("OCOP 4 sao – số 12/QĐ-UBND" in page) is shown
    certificate.expires_on = clock.today() - timedelta(1)
    scanpage.forget()
    assert "sao" not in cast.visitor.get(f"/t/{stamp.code}").text


def test_a_paused_product_is_named_but_not_linked(cast):
    stamp = make_traceability.stamp()
    product = stamp.batch.lot.product
    product.status, product.on_sale = "paused", False
    db.session.commit()
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert product.name in page
    assert product.ref not in page


def test_a_made_up_lot_is_said_to_be_one(cast):
    stamp = make_traceability.stamp()
    assert "Lô minh họa" not in cast.visitor.get(f"/t/{stamp.code}").text
    stamp.batch.lot.illustrative = True
    db.session.commit()
    assert "Lô minh họa" in cast.visitor.get(f"/t/{stamp.code}").text


def test_guessing_is_slowed_down_and_real_stamps_still_answer(cast, monkeypatch):
    monkeypatch.setattr(public, "UNKNOWN_RATE", "2/minute")
    stamp = make_traceability.stamp()
    guesses = [identifiers.serial(KEY, "B2", number) for number in range(3)]
    statuses = [cast.visitor.get(f"/t/{guess}").status_code for guess in guesses]
    assert statuses == [404, 404, 429]
    assert cast.visitor.get(f"/t/{stamp.code}").status_code == 200


def test_without_redis_the_page_still_answers(cast, database, monkeypatch):
    stamp = make_traceability.stamp()
    monkeypatch.setitem(database.extensions, "broker", broker.connect("redis://127.0.0.1:1/0"))
    monkeypatch.delitem(database.extensions, "limiter", raising=False)
    assert cast.visitor.get(f"/t/{NEVER_ISSUED}").status_code == 404
    assert cast.visitor.get(f"/t/{stamp.code}").status_code == 200
    monkeypatch.delitem(database.extensions, "limiter", raising=False)


@pytest.fixture
def tea(database):
    """Goods with a GTIN, a public lot and a stamp of it."""
    product = make.product(name_en="Green tea")
    make.variant(product, gtin=GTIN)
    lot = make_traceability.published(make_traceability.lot(product, code="CH1"))
    batch = make_traceability.printed(lot, count=1)
    stamp = db.session.query(Stamp).filter_by(batch_id=batch.id).one()
    stamp.state = StampState.ACTIVE
    db.session.commit()
    return stamp


def of(tea):
    return (f"/t/{tea.code}", f"/01/{GTIN}/10/CH1/21/{tea.code}", f"/01/{GTIN}/10/CH1",
            f"/01/{GTIN}")  # fmt: skip


def test_every_address_of_goods_with_a_gtin_has_its_page(cast, tea):
    pages = [cast.visitor.get(path) for path in of(tea)]
    assert [page.status_code for page in pages] == [200] * 4
    said = ["Tem thật, đã kích hoạt"] * 2 + ["Mã chung của cả lô hàng", "Mã chung của sản phẩm"]
    assert [title in page.text for title, page in zip(said, pages, strict=True)] == [True] * 4


def test_a_recalled_lot_says_so_on_every_page_with_the_day_and_the_reason(cast, tea):
    lot = tea.batch.lot
    lot.recalled_at, lot.recall_reason = clock.now(), "Có vật lạ"
    db.session.commit()
    for path in of(tea)[:3]:
        page = cast.visitor.get(path).text
        assert '<section class="verdict recall">' in page
        assert "Có vật lạ" in page
        assert "Mua tiếp" not in page


def test_a_product_page_says_when_the_lot_that_was_named_is_not_known(cast, tea):
    answer = cast.visitor.get(f"/01/{GTIN}/10/KHONG")
    assert answer.status_code == 200
    assert "Không có lô KHONG của sản phẩm này" in answer.text
    assert "Mã chung của sản phẩm" in answer.text
    assert cast.visitor.get(f"/01/{GTIN}/10/KHONG/21/{tea.code}").status_code == 404


def test_the_page_of_a_lot_may_be_kept_but_is_asked_for_and_the_page_of_an_item_never(cast, tea):
    item, lot = cast.visitor.get(of(tea)[1]), cast.visitor.get(of(tea)[2])
    assert item.headers["Cache-Control"] == "private, no-cache"
    assert "ETag" not in item.headers
    assert lot.headers["Cache-Control"] == "public, no-cache"
    again = cast.visitor.get(of(tea)[2], headers={"If-None-Match": lot.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_after_a_recall_a_kept_copy_of_the_lots_page_holds_no_more(cast, tea, encoding):
    asked = {"Accept-Encoding": encoding}
    kept = cast.visitor.get(of(tea)[2], headers=asked).headers["ETag"]
    asked["If-None-Match"] = kept
    assert cast.visitor.get(of(tea)[2], headers=asked).status_code == 304
    recalls.recall(SYSTEM, tea.batch.lot, "Có vật lạ")
    db.session.commit()
    changed = cast.visitor.get(of(tea)[2], headers=asked)
    text = gzip.decompress(changed.data).decode() if encoding == "gzip" else changed.text
    assert changed.status_code == 200
    assert changed.headers["ETag"] != kept
    assert "Lô hàng này đang bị thu hồi" in text
    assert "Có vật lạ" in text


def test_a_page_that_a_proxy_may_keep_is_the_same_whatever_the_cookie_says(cast, tea):
    cast.visitor.set_cookie("lang", "en")
    for path in of(tea)[2:]:
        answer = cast.visitor.get(path)
        assert '<html lang="vi">' in answer.text
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert "Set-Cookie" not in answer.headers


def test_a_recalled_lot_is_marked_on_the_shops_page_at_once(cast, tea):
    lot, product = tea.batch.lot, tea.batch.lot.product
    make_traceability.published(lot)
    path = f"/p/{product.ref}/{product.slug}"
    kept = cast.visitor.get(path)
    assert f"Lô {lot.code}" in kept.text
    assert kept.headers["Cache-Control"] == "public, no-cache"
    asked = {"If-None-Match": kept.headers["ETag"]}
    assert cast.visitor.get(path, headers=asked).status_code == 304
    for _turn in range(6):  # newer ones do not push it off the page
        make_traceability.printed(make_traceability.lot(product))
    db.session.query(Stamp).update({"state": StampState.ACTIVE})
    recalls.recall(SYSTEM, lot, "Có vật lạ")
    db.session.commit()
    changed = cast.visitor.get(path, headers=asked)
    assert changed.status_code == 200
    assert f"Lô {lot.code} đang bị thu hồi: Có vật lạ" in changed.text


@pytest.mark.parametrize("level", range(4))
def test_less_than_30_kb_are_sent_with_the_stylesheet_for_a_lot_with_a_long_record(
    cast, tea, level
):
    lot = tea.batch.lot
    for turn in range(60):
        said = {"input": f"Phân chuồng ủ hoai lần {turn}", "dose": "2 tấn/ha"}
        make_traceability.event(lot, "fertilising", said)
    zipped = {"Accept-Encoding": "gzip"}
    page = cast.visitor.get(of(tea)[level], headers=zipped)
    assert page.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(page.data).decode()
    assert "Phân chuồng ủ hoai lần 59" in text or level == 3
    style = re.search(r'<link rel="stylesheet" href="([^"]+)"', text)[1]
    with cast.visitor.get(style, headers=zipped) as css:
        assert css.headers["Content-Encoding"] == "gzip"
        assert len(page.data) + len(css.data) < 30_000
    assert "<script" not in text
    assert re.findall(r'(?:src|href)="(/static[^"]*)"', text) == [style]


def test_what_is_zipped_in_two_halves_is_what_is_sent_plainly(cast, tea):
    path = of(tea)[0]
    plain = cast.visitor.get(path, headers={"Accept-Encoding": "identity"})
    zipped = cast.visitor.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(zipped.data) == plain.data


def test_a_page_that_nobody_else_keeps_is_in_the_language_chosen_elsewhere(cast, tea):
    cast.visitor.set_cookie("lang", "en")
    answer = cast.visitor.get(of(tea)[0])
    assert '<html lang="en">' in answer.text
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert '<html lang="en">' in cast.visitor.get("/t/!!").text


@pytest.mark.parametrize(
    ("browser", "cookie", "lang"),
    [
        ("en-US,en;q=0.9", "", "en"),
        ("fr-FR,fr;q=0.9,en;q=0.5", "", "en"),
        ("vi-VN,vi;q=0.9,en;q=0.8", "", "vi"),
        ("ja", "", "vi"),
        ("", "", "vi"),
        ("en-US", "vi", "vi"),
    ],
)
def test_a_browser_without_a_choice_of_its_own_gets_the_page_in_its_language(
    cast, tea, browser, cookie, lang
):
    if cookie:
        cast.visitor.set_cookie("lang", cookie)
    for path, status in ((of(tea)[0], 200), (f"/t/{NEVER_ISSUED}", 404), ("/t/!!", 400)):
        answer = cast.visitor.get(path, headers={"Accept-Language": browser})
        assert (answer.status_code, f'<html lang="{lang}">' in answer.text) == (status, True)
        assert {"Cookie", "Accept-Language"} <= set(answer.vary)


def test_a_page_that_a_proxy_may_keep_is_the_same_whatever_the_browser_speaks(cast, tea):
    for path in of(tea)[2:]:
        answer = cast.visitor.get(path, headers={"Accept-Language": "en-US"})
        assert '<html lang="vi">' in answer.text
        assert "Accept-Language" not in answer.vary


def test_the_page_switches_to_english_by_a_link_and_no_cookie(cast, tea):
    path = of(tea)[0]
    page = cast.visitor.get(path)
    assert f'href="{path}?lang=en" lang="en"' in page.text
    english = cast.visitor.get(f"{path}?lang=en")
    assert '<html lang="en">' in english.text
    assert "<h2>Green tea</h2>" in english.text
    assert f'href="{path}?lang=vi" lang="vi"' in english.text
    assert "Set-Cookie" not in english.headers


@pytest.mark.parametrize("level", range(4))
def test_a_program_gets_the_linkset_the_data_or_one_link(cast, tea, level):
    path = of(tea)[level]
    asked = {"Accept": "application/linkset+json"}
    by_header, by_query = cast.visitor.get(path, headers=asked), cast.visitor.get(
        f"{path}?linkType=all"
    )  # fmt: skip
    assert by_header.content_type == "application/linkset+json"
    assert by_header.json == by_query.json
    (about,) = by_header.json["linkset"]
    voc = "https://ref.gs1.org/voc/"
    here = "http://127.0.0.1:8000" + path
    assert about["anchor"] == here
    assert [link["href"] for link in about[f"{voc}defaultLink"]] == [here]
    assert [link["hreflang"] for link in about[f"{voc}traceability"][:2]] == [["vi"], ["en"]]
    one = cast.visitor.get(f"{path}?linkType=gs1:pip")
    assert (one.status_code, "/p/" in one.headers["Location"]) == (307, True)
    assert cast.visitor.get(f"{path}?linkType=gs1:recipeInfo").status_code == 404
    assert cast.visitor.get(f"{path}?linkType=gs1:defaultLink").mimetype == "text/html"
    data = cast.visitor.get(path, headers={"Accept": "application/ld+json"})
    assert data.content_type == "application/ld+json"
    assert (data.json["@id"], data.json["name"]) == (here, "Chè tôm nõn Hảo Đạt")
    assert data.json["ocop:verdict"] == ("genuine", "genuine", "lot", "product")[level]
    assert data.json.get("gtin") == (GTIN if level else None)
    assert data.json.get("serialNumber") == (tea.code if level < 2 else None)


def test_a_voided_stamp_offers_programs_nothing_to_buy(cast, tea):
    tea.state = StampState.VOID
    db.session.commit()
    path = of(tea)[0]
    links = cast.visitor.get(f"{path}?linkType=all").json["linkset"][0]
    assert not {"https://ref.gs1.org/voc/pip", "https://ref.gs1.org/voc/hasRetailers"} & set(links)
    data = cast.visitor.get(path, headers={"Accept": "application/ld+json"}).json
    assert data["ocop:verdict"] == "void"


EPCIS = "https://ref.gs1.org/voc/epcis"


@pytest.mark.parametrize("level", range(4))
def test_stamps_and_lots_lead_programs_to_their_epcis_document(cast, tea, level):
    path = of(tea)[level]
    lot = tea.batch.lot
    stamp_there = f"http://127.0.0.1:8000/epcis/stamps/{tea.code}"
    there = (stamp_there, stamp_there, f"http://127.0.0.1:8000/epcis/lots/{lot.ref}", None)[level]
    (about,) = cast.visitor.get(f"{path}?linkType=all").json["linkset"]
    one = cast.visitor.get(f"{path}?linkType=gs1:epcis")
    header = cast.visitor.get(path).headers["Link"]
    if there is None:
        assert (EPCIS in about, one.status_code, EPCIS in header) == (False, 404, False)
        return
    link = {"href": there, "title": "EPCIS 2.0", "type": "application/ld+json"}
    assert about[EPCIS] == [link]
    assert (one.status_code, one.headers["Location"]) == (307, there)
    assert header.endswith(f'<{there}>; rel="{EPCIS}"; type="application/ld+json"')
    assert f'href="/epcis/lots/{lot.ref}"' in cast.visitor.get(path).text
    assert cast.visitor.get(urlsplit(there).path).json["type"] == "EPCISDocument"


def test_a_lot_that_is_not_public_has_no_epcis_document_to_lead_to(cast, tea):
    tea.batch.lot.published_at = None
    db.session.commit()
    path = of(tea)[0]
    (about,) = cast.visitor.get(f"{path}?linkType=all").json["linkset"]
    assert EPCIS not in about
    assert cast.visitor.get(f"{path}?linkType=gs1:epcis").status_code == 404
    page = cast.visitor.get(path)
    assert EPCIS not in page.headers["Link"]
    assert "/epcis/" not in page.text


def test_every_answer_about_a_code_names_the_linkset_and_is_open_to_all(cast, tea):
    for path in of(tea):
        for method in ("GET", "HEAD"):
            answer = cast.visitor.open(path, method=method)
            assert answer.status_code == 200
            whole = f'<http://127.0.0.1:8000{path}?linkType=all>; rel="linkset"'
            assert answer.headers["Link"].startswith(whole)
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            assert (answer.data == b"") is (method == "HEAD")
        options = cast.visitor.options(path)
        assert options.status_code == 200
        assert set(options.allow) == {"GET", "HEAD", "OPTIONS"}
        assert options.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS"


def test_the_resolver_describes_itself_and_claims_no_more_than_it_does(cast):
    about = cast.visitor.get("/.well-known/gs1resolver")
    assert about.content_type == "application/json"
    assert about.json["supportedPrimaryKeys"] == ["01"]
    assert about.json["resolverRoot"] == "http://localhost"
    assert about.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/414/8936123456788", 404),
        ("/414/8936123456789", 400),
        ("/414/893612345678", 400),
        ("/00/106141411234567897", 404),
        ("/00/106141411234567898", 400),
        ("/00/abc", 400),
    ],
)
def test_places_and_logistic_units_are_read_but_not_resolved(cast, path, status):
    assert cast.visitor.get(path).status_code == status


def test_a_made_up_header_of_the_stamp_is_escaped(cast, tea):
    answer = cast.visitor.get(f"/01/{GTIN}/10/%3Cb%3E")
    assert "<b>" not in answer.text
    assert "&lt;b&gt;" in answer.text
