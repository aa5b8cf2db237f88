"""Which texts claim an OCOP star."""

import pytest

from shop import stars


@pytest.mark.parametrize(
    "words",
    [
        "Chè OCOP 4 sao",
        "chè đạt chuẩn ocop hạng bốn sao",
        "Sản phẩm 5 SAO OCOP quốc gia",
        "5 sao cấp quốc gia OCOP",
        "đạt OCOP của tỉnh Thái Nguyên, hạng cao nhất năm sao",
        "OCOP 3-star vermicelli",
        "Chè hạng 5 sao",
        "O C O P 5 sao",
        "OC\u200bOP 5 s\u200bao",
        "Miến dong ★★★★",
        "Miến dong ✭✭✭✭✭",
        "Chè 5☆",
        "Chè OCOP 5*",
        "Chè ⭐⭐⭐⭐",
        "Chè ✩✩✩✩",
        "Chè *****",
        "Chè OCOP 5 ngôi sao",
        "Chè OCOP sao 5",
        "Chè hạng 5 OCOP",
        "Chè OCOP hạng năm",
        "Chè OCOP V sao",
        "Chè OCOP ５ sao",
    ],
)
def test_a_claim_is_known_however_it_is_written(words):
    assert stars.claimed(words)


@pytest.mark.parametrize(
    "words",
    [
        "Chè OCOP của xã Tân Cương",
        "Khách sạn 5 sao cũng dùng",
        "Rượu sao, hái ba lần",
        "Sao chè trên chảo gang, 3 lần một mẻ",
        "Hộp 5 * 200 g",
        "Rượu Ba Sao",
    ],
)
def test_what_only_sounds_like_one_is_let_through(words):
    assert not stars.claimed(words)


@pytest.mark.parametrize(
    "words", ["Chè 5 sao quốc gia", "5-star tea", "gói 500 g 4 sao", "Kẹo lạc năm sao", "Chè 5sao"]
)
def test_in_a_name_the_number_is_enough(words):
    assert stars.claimed(words, name=True)
    assert not stars.claimed("Rượu Ba Sao", name=True)
