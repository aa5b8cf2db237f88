"""What people send us, distrusted: pictures and papers told by their content, never by their name.

Pure: no database, no storage. `derive` makes what is shown in place of what was sent.
"""

import hashlib
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from threading import Lock
from typing import IO

from flask_babel import gettext as _
from PIL import Image, ImageCms
from PIL.ExifTags import Base as Tag

from shop.errors import DomainError

MEBIBYTE = 1024 * 1024
IMAGE_BYTES = 8 * MEBIBYTE
DOCUMENT_BYTES = 20 * MEBIBYTE
LEAST_SIDE = 200  # pixels
# A WebP takes four times as much memory as the same picture in another format.
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 50_000_000, "WEBP": 20_000_000}
MOST_LOPSIDED = 10  # long side to short side; WebP holds no side over 16,383 pixels
QUALITY = 78

# First bytes → Pillow's name of the format, content type, ending.
_IMAGES = (
    (re.compile(rb"\xff\xd8\xff"), "JPEG", "image/jpeg", "jpg"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "PNG", "image/png", "png"),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), "WEBP", "image/webp", "webp"),
)
_HEIC = re.compile(rb"....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL)
_ENCRYPTED = re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R|<<)")
# EXIF orientation → what brings the picture upright; the last four swap width and height.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = {5, 6, 7, 8}
_INDEXED = {"P", "PA", "1"}
_SRGB = ImageCms.createProfile("sRGB")

# Fifty million pixels are 200 MB while they are looked at: one picture at a time in a process.
_decoding = Lock()


class BadFile(DomainError):
    """A file that is not taken; the message says why. `facts["why"]`: one word for programs."""

    status = 422

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message, why=why)
        self.why = why


@dataclass(frozen=True)
class Sent:
    """A file that passed: its bytes and what they are. `extension` is without the dot."""

    data: bytes
    content_type: str
    extension: str
    sha256: str


@dataclass(frozen=True)
class SentImage(Sent):
    """A picture that passed. `width`, `height`: pixels as it is seen, turned as its EXIF says."""

    width: int
    height: int


def check_image(stream: IO[bytes], most_bytes: int = IMAGE_BYTES) -> SentImage:
    """Read a JPEG, PNG or WebP whole and look at it. Raises BadFile."""
    data = _read(stream, most_bytes)
    kind, content_type, extension = _image_kind(data)
    with _opened(data, kind) as image:
        width, height = image.size
        turned = _decode(image) in _SIDEWAYS
        if kind == "PNG":  # decoding passes over the checksums of its parts
            Image.open(BytesIO(data), formats=[kind]).verify()
    if turned:
        width, height = height, width
    return SentImage(data, content_type, extension, _sha256(data), width, height)


def check_document(stream: IO[bytes]) -> Sent:
    """Read a PDF that opens without a password, or a JPEG or PNG scan. Raises BadFile."""
    data = _read(stream, DOCUMENT_BYTES)
    if not data.startswith(b"%PDF-"):
        return _scan(data)
    # A file cut on the way lacks its end (ISO 32000-1 §7.5.5).
    if b"%%EOF" not in data[-1024:] or b"startxref" not in data[-2048:]:
        raise _broken()
    if _ENCRYPTED.search(data):
        raise BadFile("encrypted", _("Tệp PDF có mật khẩu. Xin gửi bản không khóa."))
    return Sent(data, "application/pdf", "pdf", _sha256(data))


def derive(data: bytes, width: int) -> bytes:
    """The picture as WebP, at most `width` pixels wide, upright, in sRGB, without any metadata.

    `data` has passed `check_image`. Raises BadFile when it cannot be drawn after all.
    """
    kind, _type, _extension = _image_kind(data)
    out = BytesIO()
    with _opened(data, kind) as image:
        picture = _in_srgb(_upright(image, width))
        picture.info.clear()  # where it was taken, with what, by whom
        picture.save(out, "WEBP", quality=QUALITY, method=4)
    return out.getvalue()


def _read(stream: IO[bytes], most_bytes: int) -> bytes:
    data = stream.read(most_bytes + 1)
    if not data:
        raise BadFile("empty", _("Tệp rỗng, không có gì bên trong."))
    if len(data) > most_bytes:
        most = most_bytes // MEBIBYTE
        raise BadFile("too-big", _("Tệp lớn hơn %(most)s MB.", most=most))
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _image_kind(data: bytes) -> tuple[str, str, str]:
    for start, kind, content_type, extension in _IMAGES:
        if start.match(data):
            return kind, content_type, extension
    if _HEIC.match(data):
        raise BadFile(
            "heic",
            _(
                "Ảnh HEIC của iPhone chưa nhận được. Vào Cài đặt → Camera → Định dạng, chọn "
                "“Tương thích nhất” rồi chụp lại, hoặc gửi ảnh JPEG."
            ),
        )
    raise BadFile("not-an-image", _("Đây không phải ảnh JPEG, PNG hay WebP."))


def _scan(data: bytes) -> Sent:
    if not data.startswith((b"\xff\xd8\xff", b"\x89PNG")) and not _HEIC.match(data):
        raise BadFile("not-a-document", _("Chỉ nhận tệp PDF, hoặc ảnh chụp JPEG, PNG."))
    return check_image(BytesIO(data), DOCUMENT_BYTES)


def _broken() -> BadFile:
    return BadFile("broken", _("Tệp bị hỏng hoặc gửi chưa hết. Xin gửi lại."))


@contextmanager
def _opened(data: bytes, kind: str) -> Iterator[Image.Image]:
    """The picture of a sensible size; what a decoder raises on hostile bytes becomes BadFile."""
    try:
        with _decoding, Image.open(BytesIO(data), formats=[kind]) as image:
            _check_size(*image.size, MOST_PIXELS[kind])
            yield image
    except BadFile:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(MOST_PIXELS[kind]) from None
    except Exception as error:  # struct.error, zlib.error, SyntaxError: they raise what they like
        raise _broken() from error


def _check_size(width: int, height: int, most_pixels: int) -> None:
    if width * height > most_pixels:
        raise _too_large(most_pixels)
    if min(width, height) < LEAST_SIDE:
        raise BadFile(
            "too-small",
            _("Ảnh quá nhỏ: mỗi cạnh cần ít nhất %(least)s điểm ảnh.", least=LEAST_SIDE),
        )
    if max(width, height) > MOST_LOPSIDED * min(width, height):
        raise BadFile("too-long", _("Ảnh quá dài hoặc quá hẹp. Xin cắt bớt."))


def _too_large(most_pixels: int) -> BadFile:
    most = most_pixels // 1_000_000
    return BadFile("too-large", _("Ảnh lớn hơn %(most)s triệu điểm ảnh.", most=most))


def _decode(image: Image.Image) -> int:
    """Decode to the last byte, for a cut file has a good head; its EXIF orientation (1–8)."""
    image.draft("RGB", (1, 1))  # a JPEG is read whole, but drawn at an eighth of its size
    image.load()
    return _orientation(image)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(Tag.Orientation) or 1)
    except (SyntaxError, ValueError, TypeError, KeyError, OSError, struct.error):
        return 1  # a good picture with a spoilt note


def _upright(image: Image.Image, width: int) -> Image.Image:
    """The picture at most `width` wide once turned as its EXIF says."""
    orientation = _orientation(image)
    across, down = image.size
    seen = down if orientation in _SIDEWAYS else across
    if image.mode in _INDEXED:  # colours by number cannot be mixed
        image = image.convert("RGBA")
    if width < seen:
        box = (max(1, round(across * width / seen)), max(1, round(down * width / seen)))
        image.draft(None, (2 * box[0], 2 * box[1]))
        image = image.resize(box, Image.Resampling.LANCZOS, reducing_gap=3.0)
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def _in_srgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.point(lambda value: value / 256).convert("L")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    profile = image.info.get("icc_profile")
    if not profile or mode == "RGBA":
        return image.convert(mode)
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        seen = ImageCms.profileToProfile(image, source, _SRGB, outputMode=mode)
    except (ImageCms.PyCMSError, OSError):  # a profile of another colour space, or rubbish
        return image.convert(mode)
    return seen or image
