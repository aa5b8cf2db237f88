import csv
import xml.etree.ElementTree as ET
from dataclasses import replace
from io import StringIO

from hypothesis import given
from hypothesis.strategies import characters, lists, text

from workers.marketplaces import shopping_feeds as feeds
from workers.marketplaces.shopping_feeds import Item

G = f"{{{feeds.NAMESPACE}}}"
HONEY = Item(
    id="HTX01-MO500",
    title="Mật ong hoa nhãn",
    description="Nguyên chất",
    link="https://htx.example.vn/p/1",
    images=["https://htx.example.vn/1.jpg"],
    price_vnd=120_000,
    quantity=40,
    brand="HTX Hảo Đạt",
)
# Any text but what XML cannot hold.
WORDS = text(characters(exclude_categories=["Cs", "Cc"]), max_size=60)


def rss(*items):
    return b"".join(feeds.google("HTX", "https://htx.example.vn", items))


def item_of(document):
    return {
        child.tag.removeprefix(G): child.text
        for child in ET.fromstring(document).find("channel/item")
    }


def rows(*items):
    written = b"".join(feeds.meta(items)).decode()
    return list(csv.DictReader(StringIO(written, newline=""), strict=True))


def test_google_gets_what_its_specification_asks():
    assert item_of(rss(HONEY)) == {
        "id": "HTX01-MO500",
        "title": "Mật ong hoa nhãn",
        "description": "Nguyên chất",
        "link": "https://htx.example.vn/p/1",
        "image_link": "https://htx.example.vn/1.jpg",
        "availability": "in_stock",
        "price": "120000 VND",
        "condition": "new",
        "brand": "HTX Hảo Đạt",
        "identifier_exists": "no",
    }


def test_a_barcode_a_group_and_a_measure_are_told_where_known():
    told = item_of(
        rss(replace(HONEY, gtin="8938505970011", group="P1", measure="500g", quantity=0))
    )
    assert (told["gtin"], told["item_group_id"], told["availability"]) == (
        "8938505970011",
        "P1",
        "out_of_stock",
    )
    assert (told["unit_pricing_measure"], told["unit_pricing_base_measure"]) == ("500g", "100g")
    assert "identifier_exists" not in told


def test_an_empty_feed_is_a_whole_document():
    assert ET.fromstring(rss()).findall("channel/item") == []
    assert rows() == []


def test_long_texts_are_cut_between_words_to_each_engines_limit():
    long = replace(HONEY, title="chè " * 100, description="x" * 20_000)
    told, [row] = item_of(rss(long)), rows(long)
    assert (len(told["title"]), told["title"][-4:]) == (148, "chè…")
    assert (len(told["description"]), len(row["description"])) == (5000, 9999)
    assert (len(row["title"]), row["availability"]) == (196, "in stock")


def test_more_images_keep_to_the_engines_limits():
    many = replace(HONEY, images=[f"https://htx.example.vn/{'a' * 180}{n}.jpg" for n in range(30)])
    document = rss(many)
    assert document.count(b"<g:additional_image_link>") == 10
    [row] = rows(many)
    assert len(row["additional_image_link"].split(",")) == 9
    assert len(row["additional_image_link"]) <= 2000


@given(WORDS, WORDS)
def test_whatever_a_seller_writes_is_read_back_from_xml(title, description):
    told = item_of(rss(replace(HONEY, title=title, description=description)))
    assert (told["title"] or "", told["description"] or "") == (title, description)


@given(lists(text(max_size=40), min_size=1, max_size=5))
def test_xml_is_well_formed_whatever_is_in_it(titles):
    document = rss(*(replace(HONEY, title=title) for title in titles))
    assert len(ET.fromstring(document).findall("channel/item")) == len(titles)


@given(WORDS, WORDS)
def test_whatever_a_seller_writes_is_read_back_from_csv(title, brand):
    [row] = rows(replace(HONEY, title=f'{title}\n"{title}",', brand=brand))
    assert (row["title"], row["brand"]) == (f'{title}\n"{title}",', brand)


@given(lists(text(max_size=40), max_size=5))
def test_csv_has_a_row_an_item_whatever_is_in_it(titles):
    assert len(rows(*(replace(HONEY, title=title) for title in titles))) == len(titles)
