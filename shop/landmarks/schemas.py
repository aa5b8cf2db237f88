"""Input of the landmarks' room."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import fields as plain
from marshmallow import validates

from shop import places
from shop.fields import Choice, Schema, Shown, Text, ValidationError
from shop.landmarks.models import Kind
from shop.sellers.schemas import GeoPoint

KIND_NAMES = {
    Kind.RELIC: _l("Di tích"),
    Kind.CRAFT_VILLAGE: _l("Làng nghề"),
    Kind.GROWING_AREA: _l("Vùng trồng"),
}

# Whom we send visitors to; a link anywhere else could be anybody's.
VIDEO_HOSTS = {
    *("youtube.com", "www.youtube.com", "m.youtube.com", "youtu.be"),
    *("facebook.com", "www.facebook.com", "m.facebook.com", "fb.watch"),
    *("tiktok.com", "www.tiktok.com", "vt.tiktok.com"),
}


# Pages there that lead anywhere else.
LEADING_AWAY = ("/redirect", "/attribution_link", "/l.php", "/flx/", "/link/")


class VideoLink(Text):
    """The https address of a video at YouTube, Facebook or TikTok."""

    default_error_messages = {
        "host": _l("Dán liên kết https của YouTube, Facebook hoặc TikTok."),
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        try:
            parts = urlsplit(typed)
        except ValueError:
            raise self.make_error("host") from None
        # The whole of what stands before the path: no other port, nobody's name in front.
        if parts.scheme != "https" or parts.netloc.lower() not in VIDEO_HOSTS:
            raise self.make_error("host")
        if parts.path.lower().startswith(LEADING_AWAY):
            raise self.make_error("host")
        if len(parts.path) < 2 or any(c.isspace() or c in "\"'<>\\" for c in typed):
            raise self.make_error("host")
        return typed


class LandmarkSchema(Schema):
    """What a landmark says of itself."""

    kind = Choice([str(kind) for kind in Kind], required=True)
    name = Shown(name=True, longest=160, shortest=2, required=True)
    words = Shown(longest=6000, load_default="")
    commune_code = Text(longest=5, required=True)
    point = GeoPoint(longest=2000, load_default=None, allow_none=True)
    video_url = VideoLink(longest=500, load_default=None, allow_none=True)
    shown = Choice(["", "1"], load_default="")

    @validates("commune_code")
    def _a_commune(self, code: str, **_more: Any) -> None:
        if places.commune(code) is None:
            raise ValidationError(_("Chọn một xã, phường trong danh sách."))


class LandmarkOut(Schema):
    """A landmark as anybody may see it. The commune is today's; the point is WGS 84, or unknown."""

    ref = plain.String(dump_only=True)
    kind = plain.String(dump_only=True)
    name = plain.String(dump_only=True)
    words = plain.String(dump_only=True)
    commune_code = plain.String(dump_only=True)
    latitude = plain.String(dump_only=True, allow_none=True)
    longitude = plain.String(dump_only=True, allow_none=True)
    video_url = plain.String(dump_only=True, allow_none=True)
