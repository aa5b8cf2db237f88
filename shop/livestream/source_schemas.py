"""Input of where comments come from: what to listen to, pasted comments, orders entered by hand."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from marshmallow import fields as plain

from shop.fields import Choice, Phone, Schema, Text

# The id in the address of a video, as browsers and apps give it.
_VIDEO_ADDRESS = re.compile(
    r"(?i)(?:https?://)?(?:[a-z]+\.)*(?:facebook|fb|youtube|youtu)\.[a-z]+/"
    r"(?:[^\s]*[?&]v=|(?:[^\s?]+/)?videos/(?:[^\s/?]+/)?|live/|(?=[\w-]{11}(?:[?&]|$)))([\w-]+)"
)


class VideoId(Text):
    """The id of a video or live chat, also as it stands in the video's address."""

    default_error_messages = {
        "address": _l("Không thấy mã video trong địa chỉ này. Mở video rồi chép địa chỉ của nó.")
    }

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> Any:
        typed = super()._deserialize(value, attr, data, **kwargs)
        if "/" not in typed:
            return typed
        found = _VIDEO_ADDRESS.match(typed)
        if found is None:
            raise self.make_error("address")
        return found[1]


class ListenerSchema(Schema):
    """What to listen to, and the token or key that opens it."""

    platform = Choice(["facebook", "youtube"], required=True)
    external_id = VideoId(longest=500, shortest=3, required=True)
    token = Text(longest=2000, shortest=8, required=True)


class DumpSchema(Schema):
    """What was pasted, what its times of day mean, and (agreed to) the rows of the preview."""

    words = Text(longest=400_000, load_default="")
    clocks = Choice(["guess", "clock", "offset"], load_default="guess")
    rows = plain.String(load_default="")


class ManualSchema(Schema):
    """Who wants it; the quantities stand beside, one field a code."""

    name = Text(longest=120, shortest=2, required=True)
    phone = Phone(load_default=None, allow_none=True)
