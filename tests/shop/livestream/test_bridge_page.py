"""What docs/livestream-bridge.md says is so."""

import json
import re

from shop.livestream.resources import SIGNATURE_HEADER, TIMESTAMP_HEADER, sign
from shop.livestream.schemas import BatchSchema
from shop.settings import ROOT

PAGE = (ROOT / "docs/livestream-bridge.md").read_text()


def given(name: str) -> str:
    found = re.search(rf"^{name}: +(.+)$", PAGE, re.MULTILINE)
    assert found
    return found[1]


def test_the_test_vector_is_signed_as_we_sign() -> None:
    signature = sign(given("key"), given("timestamp"), given("body").encode())
    assert signature == given("signature")


def test_its_batch_passes_the_schema_and_is_the_one_shown() -> None:
    batch = json.loads(given("body"))
    assert BatchSchema().load(batch)["comments"][0]["text"] == "A1 x2"
    assert PAGE.count(given("body")) == 2


def test_its_headers_are_ours() -> None:
    assert f"{TIMESTAMP_HEADER}: " in PAGE
    assert f"{SIGNATURE_HEADER}: sha256=" in PAGE
