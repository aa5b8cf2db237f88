"""Files are told by their content, and what is derived from them says nothing but the picture."""

import struct
import zlib
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some
from PIL import Image, ImageCms

from shop import uploads
from shop.uploads import BadFile
from tests import make_media

MB = 1024 * 1024
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00" * 400


@pytest.fixture(autouse=True)
def _app(app):
    """Refusals are said in words, which need the app's language."""
    with app.test_request_context():
        yield


def image(data):
    return uploads.check_image(BytesIO(data))


def refusal(data, check=uploads.check_image):
    with pytest.raises(BadFile) as refused:
        check(BytesIO(data))
    return refused.value.why


def opened(data):
    return Image.open(BytesIO(data))


def near(pixel, colour):
    return all(abs(have - want) < 40 for have, want in zip(pixel, colour, strict=True))


RED, BLUE = (220, 30, 30), (30, 30, 220)


@pytest.mark.parametrize(
    ("kind", "content_type", "extension"),
    [
        ("JPEG", "image/jpeg", "jpg"),
        ("PNG", "image/png", "png"),
        ("WEBP", "image/webp", "webp"),
        ("MPO", "image/jpeg", "jpg"),
    ],
)
def test_a_picture_is_known_by_its_content(kind, content_type, extension):
    data = make_media.picture(kind)
    sent = image(data)
    assert (sent.content_type, sent.extension) == (content_type, extension)
    assert (sent.width, sent.height, sent.data) == (400, 300, data)
    assert len(sent.sha256) == 64


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not-an-image"),
        (b"<html><script>alert(1)</script></html>", "not-an-image"),
        (make_media.picture("GIF"), "not-an-image"),
        (make_media.picture("BMP"), "not-an-image"),
        (make_media.pdf(), "not-an-image"),
        (HEIC, "heic"),
        (b"\xff\xd8\xff" + b"<script>" * 50, "broken"),
        (make_media.picture(size=(199, 400)), "too-small"),
        (make_media.picture(size=(2100, 200)), "too-long"),
    ],
)
def test_what_is_no_fair_picture_is_refused_and_told_why(data, why):
    assert refusal(data) == why


def test_an_iphone_is_told_what_to_change():
    with pytest.raises(BadFile) as refused:
        image(HEIC)
    assert "Tương thích nhất" in refused.value.message
    assert refused.value.status == 422


def test_a_file_over_eight_megabytes_is_not_even_looked_at():
    assert refusal(make_media.picture() + b"\0" * 8 * MB) == "too-big"
    padded = make_media.picture()
    assert image(padded + b"\0" * (8 * MB - len(padded))).width == 400


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def bomb(width, height):
    """A PNG of a few kilobytes that says it has many more pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1000) * 100, 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "size", [(7072, 7071), (10_000, 10_000), (40_000, 40_000), (2**31 - 1,) * 2]
)
def test_a_decompression_bomb_is_refused_before_it_goes_off(size):
    assert refusal(bomb(*size)) == "too-large"


def test_fifty_million_pixels_are_the_most():
    assert refusal(bomb(7071, 7071)) == "broken"  # its size would do; it only lacks the pixels


def test_a_webp_may_have_twenty_million():
    # The header alone (VP8L, RFC 9649 §3.4): 14 bits of width, 14 of height, each less one.
    def says(width, height):
        body = b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + bytes(60)
        part = b"VP8L" + struct.pack("<I", len(body)) + body + b"\0"
        return b"RIFF" + struct.pack("<I", len(part) + 4) + b"WEBP" + part

    assert refusal(says(5000, 4001)) == "too-large"
    assert refusal(says(5000, 4000)) == "broken"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kept", [0.3, 0.7, 0.97])
def test_a_file_cut_on_the_way_is_refused(kind, kept):
    noisy = Image.effect_noise((400, 300), 80).convert("RGB")
    out = BytesIO()
    noisy.save(out, kind)
    assert refusal(out.getvalue()[: int(len(out.getvalue()) * kept)]) == "broken"


def test_a_png_with_a_wrong_checksum_is_refused():
    data = bytearray(make_media.picture("PNG"))
    data[-20] ^= 0xFF
    assert refusal(bytes(data)) == "broken"


@given(data=some.data(), kind=some.sampled_from(["JPEG", "PNG", "WEBP"]))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_spoilt_bytes_are_a_picture_or_a_refusal_never_a_traceback(app, data, kind):
    told = make_media.exif(6) if kind == "JPEG" else Image.Exif()
    spoilt = bytearray(make_media.picture(kind, (240, 200), exif=told))
    for at in data.draw(some.lists(some.integers(0, len(spoilt) - 1), max_size=6)):
        spoilt[at] = data.draw(some.integers(0, 255))
    with app.test_request_context(), suppress(BadFile):
        uploads.derive(image(bytes(spoilt)).data, 160)


@given(data=some.binary(max_size=300))
@example(b"\x89PNG\r\n\x1a\n")
@example(b"RIFF\x00\x00\x00\x00WEBP")
@example(b"\xff\xd8\xff")
@example(b"%PDF-")
@settings(deadline=None)
def test_rubbish_is_refused_by_both_doors(app, data):
    with app.test_request_context():
        for check in (uploads.check_image, uploads.check_document):
            with pytest.raises(BadFile):
                check(BytesIO(data))


def test_nothing_of_where_and_with_what_it_was_taken_is_left():
    sent = make_media.picture(exif=make_media.exif(), comment="Nhà bà Hảo, xóm 5")
    assert opened(sent).getexif().get_ifd(0x8825)
    assert b"Dien-thoai-cua-Hao" in sent
    made = uploads.derive(sent, 160)
    derived = opened(made)
    assert derived.format == "WEBP"
    assert dict(derived.getexif()) == {}
    assert "exif" not in derived.info
    for word in (b"EXIF", b"XMP ", b"ICCP", b"Dien-thoai", "xóm 5".encode()):
        assert word not in made


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("width", [160, 5000])
def test_every_kind_loses_its_metadata_shrunk_or_not(kind, width):
    made = uploads.derive(make_media.picture(kind, exif=make_media.exif()), width)
    assert dict(opened(made).getexif()) == {}
    assert b"EXIF" not in made


@pytest.mark.parametrize(
    ("orientation", "size", "red_at", "blue_at"),
    [
        (1, (400, 300), (40, 150), (360, 150)),
        (2, (400, 300), (360, 150), (40, 150)),
        (3, (400, 300), (360, 150), (40, 150)),
        (4, (400, 300), (40, 150), (360, 150)),
        (5, (300, 400), (150, 40), (150, 360)),
        (6, (300, 400), (150, 40), (150, 360)),
        (7, (300, 400), (150, 360), (150, 40)),
        (8, (300, 400), (150, 360), (150, 40)),
    ],
)
def test_a_picture_stands_upright_as_its_exif_says(orientation, size, red_at, blue_at):
    sent = image(make_media.picture(exif=make_media.exif(orientation)))
    assert (sent.width, sent.height) == size
    derived = opened(uploads.derive(sent.data, 1600)).convert("RGB")
    assert derived.size == size
    assert near(derived.getpixel(red_at), RED)
    assert near(derived.getpixel(blue_at), BLUE)
    assert opened(uploads.derive(sent.data, 160)).width == 160


@given(
    width=some.integers(200, 700),
    height=some.integers(200, 700),
    wanted=some.integers(16, 900),
    orientation=some.integers(1, 8),
)
@settings(max_examples=60, deadline=None)
def test_a_derived_picture_has_the_width_asked_for_and_is_never_enlarged(
    width, height, wanted, orientation
):
    exif = make_media.exif(orientation)
    data = make_media.picture(size=(width, height), exif=exif)
    sent = image(data)
    derived = opened(uploads.derive(data, wanted))
    assert derived.width == min(wanted, sent.width)
    assert abs(derived.height - sent.height * derived.width / sent.width) <= 1


@pytest.mark.parametrize("mode", ["L", "CMYK", "RGB"])
def test_jpegs_of_every_colour_space_can_be_shown(mode):
    derived = opened(uploads.derive(make_media.picture(mode=mode), 160))
    assert (derived.mode, derived.size) == ("RGB", (160, 120))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_pngs_of_every_colour_space_can_be_shown(mode):
    data = make_media.picture("PNG", mode="L" if mode == "I;16" else mode)
    if mode == "I;16":
        out = BytesIO()
        opened(data).point(lambda value: value * 257, "I").convert("I;16").save(out, "PNG")
        data = out.getvalue()
    assert image(data).extension == "png"
    derived = opened(uploads.derive(data, 160)).convert("RGB")
    assert derived.size == (160, 120)
    if mode in ("P", "RGB", "RGBA"):
        assert near(derived.getpixel((20, 60)), RED)
    if mode in ("L", "I;16"):
        left, right = derived.getpixel((20, 60))[0], derived.getpixel((140, 60))[0]
        assert 60 < left < 110
        assert 30 < right < 60


def test_what_is_see_through_stays_so():
    logo = Image.new("RGBA", (300, 300), (0, 0, 0, 0))
    out = BytesIO()
    logo.save(out, "PNG")
    assert opened(uploads.derive(out.getvalue(), 160)).getpixel((5, 5))[3] == 0


def test_colours_of_a_profile_are_brought_to_srgb():
    lab_like = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made = uploads.derive(make_media.picture(icc_profile=lab_like), 160)
    assert near(opened(made).convert("RGB").getpixel((20, 60)), RED)
    assert "icc_profile" not in opened(made).info


def test_a_spoilt_profile_spoils_nothing_else():
    made = uploads.derive(make_media.picture(icc_profile=b"rubbish" * 30), 160)
    assert near(opened(made).convert("RGB").getpixel((20, 60)), RED)


def test_the_same_picture_derives_to_the_same_bytes():
    data = make_media.picture()
    assert uploads.derive(data, 160) == uploads.derive(data, 160)


@pytest.mark.parametrize(
    ("data", "content_type", "extension"),
    [
        (make_media.pdf(), "application/pdf", "pdf"),
        (make_media.picture("JPEG"), "image/jpeg", "jpg"),
        (make_media.picture("PNG"), "image/png", "png"),
    ],
)
def test_papers_are_pdf_or_a_scan(data, content_type, extension):
    sent = uploads.check_document(BytesIO(data))
    assert (sent.content_type, sent.extension, sent.data) == (content_type, extension, data)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 a spreadsheet", "not-a-document"),
        (b"  %PDF-1.7", "not-a-document"),
        (make_media.picture("WEBP"), "not-a-document"),
        (HEIC, "heic"),
        (make_media.pdf(end=b""), "broken"),
        (make_media.pdf() + b"x" * 1100, "broken"),
        (make_media.pdf(trailer=make_media.ENCRYPTED), "encrypted"),
        (make_media.pdf(trailer=b"<< /Encrypt << /V 4 >> >>"), "encrypted"),
        (make_media.picture("JPEG")[:-500], "broken"),
    ],
)
def test_what_is_no_paper_is_refused_and_told_why(data, why):
    assert refusal(data, uploads.check_document) == why


def test_a_paper_may_be_twenty_megabytes():
    head, tail = make_media.pdf().split(b"trailer")
    filled = head + b" " * (20 * MB - len(head) - len(tail) - 7) + b"trailer" + tail
    assert len(uploads.check_document(BytesIO(filled)).data) == 20 * MB
    assert refusal(b"%PDF-" + b" " * 20 * MB, uploads.check_document) == "too-big"


def test_a_real_pdf_of_ours_passes():
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    sheet = Canvas(out)
    sheet.drawString(100, 700, "Encrypt")
    sheet.save()
    assert uploads.check_document(BytesIO(out.getvalue())).extension == "pdf"


def test_a_real_locked_pdf_is_refused():
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    sheet = Canvas(out, encrypt=StandardEncryption("mat-khau"))
    sheet.drawString(100, 700, "x")
    sheet.save()
    assert refusal(out.getvalue(), uploads.check_document) == "encrypted"
