"""`ocop run` and `ocop demo`: the whole chain, as a user starts it, twice."""

import json
import os
import re

import pytest
import stack as stacks
import zxingcpp

pytestmark = pytest.mark.xdist_group("stack")

KEYS = [
    "listings",
    "stamps",
    "stamps_pdf",
    "pushed",
    "comments",
    "orders",
    "transfers",
    "matched",
    "left_over",
]

# What the table calls the counts.
ROWS = {
    "Sản phẩm trong danh mục": "listings",
    "Tem đã in": "stamps",
    "Đã đăng lên sàn giả lập": "pushed",
    "Bình luận đã đọc": "comments",
    "Đơn hàng": "orders",
    "Chuyển khoản nhận được": "transfers",
    "Đã khớp với đơn": "matched",
}


@pytest.fixture(scope="module")
def first(stack):
    done = stack.ocop("demo", "--json")
    assert done.returncode == 0, done.stderr + "\n".join(stack.lines[-40:])
    return json.loads(done.stdout)


def test_the_demo_tells_what_happened(first):
    assert list(first) == KEYS
    assert first["listings"] == 118
    assert first["stamps"] == 60
    assert first["comments"] == 66
    assert first["orders"] > 10
    assert first["pushed"] >= 4
    assert first["matched"] > 5
    assert first["transfers"] == first["matched"] + len(first["left_over"])


def test_what_is_left_over_says_why(first):
    assert first["left_over"]
    assert all(left["reason"] and left["amount_vnd"] > 0 for left in first["left_over"])


def test_every_stamp_of_the_pdf_scans_back_to_its_page(first, stack):
    import pypdfium2

    document = pypdfium2.PdfDocument(first["stamps_pdf"])
    codes = [
        found.text
        for page in document
        for found in zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil())
    ]
    document.close()
    assert len(set(codes)) == 60
    path = codes[0].split(str(stack.port), 1)[1]
    status, page = stack.get(path)
    assert status == 200
    assert "Chè tôm nõn" in page


@pytest.fixture(scope="module")
def table(first, stack):
    again = stack.ocop("demo")
    assert again.returncode == 0, again.stderr
    return again.stdout


def test_running_it_again_duplicates_nothing_and_ends_in_a_table(first, table):
    assert "94 người bán" in table
    shown = dict(re.findall(r"^(\S.*?) {2,}(\d+)\b", table, re.MULTILINE))
    assert {key: int(shown[label]) for label, key in ROWS.items()} == {
        key: first[key] for key in ROWS.values()
    }
    assert all(left["content"] in table for left in first["left_over"])


def test_orders_come_back_from_all_three_marketplaces(table):
    assert "Shopee 1, Lazada 1, TikTok Shop 1" in table


def test_of_two_wines_one_is_listed_and_the_other_shows_what_is_missing(table):
    assert "“Rượu men lá Bằng Phúc”: Ngành hàng này đòi thêm: Nồng độ cồn." in table
    assert "Rượu men lá Thanh Tâm" not in table


def test_a_second_run_on_the_same_folder_refuses_in_one_line(stack):
    refused = stack.ocop("run")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert str(stack.process.pid) in refused.stderr


def test_a_taken_port_is_one_clear_line(stack, tmp_path):
    other = stacks.new(tmp_path)
    other.port = stack.port
    refused = other.ocop("run")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert str(stack.port) in refused.stderr
    assert "PORT" in refused.stderr


def test_a_bad_setting_is_one_line_naming_the_variable(stack):
    stack_env = dict(os.environ)
    os.environ["HOLD_MINUTES"] = "soon"
    try:
        refused = stack.ocop("run")
    finally:
        os.environ.clear()
        os.environ.update(stack_env)
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert "HOLD_MINUTES" in refused.stderr
