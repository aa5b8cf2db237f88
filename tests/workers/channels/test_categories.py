from workers.channels import categories
from workers.marketplaces.protocol import Category

LEAVES = [
    Category("1", "Thực phẩm và đồ uống > Trà, chè"),
    Category("2", "Thực phẩm và đồ uống > Mật ong, đường"),
    Category("3", "Điện thoại > Ốp lưng"),
]


def test_the_leaf_that_shares_most_words_is_chosen():
    assert categories.guess(LEAVES, "Mật ong hoa nhãn", "QD26-04") == "2"


def test_the_criteria_set_helps_where_the_name_says_nothing():
    assert categories.guess(LEAVES, "Đinh Tân Cương", "QD26-11") == "1"


def test_the_name_weighs_more_than_the_set():
    assert categories.guess(LEAVES, "Đường và mật ong rừng", "QD26-11") == "2"


def test_goods_that_no_leaf_fits_have_none():
    assert categories.guess(LEAVES, "Chiếu cói", "QD26-22") is None
