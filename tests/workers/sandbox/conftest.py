import pytest

from tests.workers.sandbox.shopee_calls import ask_tokens


@pytest.fixture
def linked(sandbox):
    shop_id = sandbox.shop()
    code = sandbox.consent(shop_id)
    answer = ask_tokens(sandbox, "token/get", {"code": code, "shop_id": shop_id}).json()
    return shop_id, code, answer
