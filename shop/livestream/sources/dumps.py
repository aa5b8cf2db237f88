"""Any dump of comments → who said what when. Pure: text in, rows out, nothing lost.

`read` tells the kind by the content: JSON (a list, or an object around one), JSON lines, a table
with headings, lines ("12:05 Lan: A1 x2"), or blocks as they are copied from a page. What is no
comment by any of them is `odd`, with its line. `placing` then gives every row an instant.
"""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from shop import text
from shop.livestream.sources import copied
from shop.livestream.sources.whens import NEVER, When, read_when

MOST_BYTES, MOST_ROWS = 8 * 1024 * 1024, 5000
LONGEST_ID = 200


@dataclass(frozen=True)
class Row:
    """A comment of a dump. `line`: where it stands, counted from 1."""

    line: int
    author: str
    text: str
    when: When = NEVER
    id: str = ""
    author_id: str = ""


@dataclass(frozen=True)
class Odd:
    """A line that is no comment, as it stands."""

    line: int
    text: str


@dataclass(frozen=True)
class Dump:
    """What a dump holds. `kind`: json, table, lines or blocks."""

    kind: str
    rows: tuple[Row, ...]
    odd: tuple[Odd, ...]


class TooLarge(ValueError):
    """More than MOST_BYTES or MOST_ROWS."""


def read(raw: str) -> Dump:
    """What the dump says. Raises TooLarge."""
    if len(raw.encode("utf-8", "ignore")) > MOST_BYTES:
        raise TooLarge
    clean = text.visible(raw.replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n"))
    clean = clean.encode("utf-8", "ignore").decode().lstrip("\ufeff")
    found = _json(clean) or _table(clean) or _copied(clean)
    if len(found.rows) + len(found.odd) > MOST_ROWS:
        raise TooLarge
    return replace(found, rows=tuple(map(_known_by, found.rows)))


def _known_by(row: Row) -> Row:
    """What is longer than any platform's id is none."""
    if max(len(row.id), len(row.author_id)) <= LONGEST_ID:
        return row
    return replace(row, id=row.id if len(row.id) <= LONGEST_ID else "", author_id="")


# What the columns of tables and the keys of JSON are called, folded.
_AUTHOR = (
    "author", "author name", "author_name", "authorname", "name", "username", "user", "nickname",
    "from", "commenter", "display name", "displayname", "nguoi", "ten", "nguoi dung", "nguoi gui",
    "tai khoan", "ho ten", "nguoi binh luan", "ten nguoi dung", "ten facebook", "khach hang",
)  # fmt: skip
_TEXT = (
    "text", "message", "comment", "content", "body", "comment text", "noi dung", "binh luan",
    "tin nhan", "noi dung binh luan", "displaymessage", "msg", "comment_text", "loi",
)  # fmt: skip
_WHEN = (
    "time", "date", "created_time", "created at", "created_at", "timestamp", "posted_at",
    "posted at", "published_at", "publishedat", "datetime", "thoi gian", "gio", "ngay gio",
    "ngay", "thoi diem", "time_text", "createtime", "create_time", "luc",
)  # fmt: skip
_ID = ("id", "comment id", "comment_id", "commentid", "message_id", "cid", "msg_id", "ma")
_AUTHOR_ID = (
    "author_id", "author id", "authorid", "user_id", "user id", "userid", "channelid", "uid",
    "from_id",
)  # fmt: skip


def _json(raw: str) -> Dump | None:
    start = raw.lstrip()[:1]
    if start not in ("{", "["):
        return None
    try:
        found = [(1, one) for one in _listed(json.loads(raw))]
        odd: list[Odd] = []
    except (ValueError, RecursionError):
        found, odd = _json_lines(raw)
        if not found:
            return None
    rows: list[Row] = []
    for number, (line, one) in enumerate(found, 1):
        made = _row(number if line == 1 and not odd else line, one)
        if made is not None:
            rows.append(made)
        else:
            odd.append(Odd(line, json.dumps(one, ensure_ascii=False)[:300]))
    return Dump("json", tuple(rows), tuple(sorted(odd, key=lambda o: o.line)))


def _json_lines(raw: str) -> tuple[list[tuple[int, Any]], list[Odd]]:
    found: list[tuple[int, Any]] = []
    odd: list[Odd] = []
    for number, line in enumerate(raw.split("\n"), 1):
        if not line.strip():
            continue
        try:
            found.append((number, json.loads(line)))
        except (ValueError, RecursionError):
            odd.append(Odd(number, line[:300]))
    return found, odd


def _listed(said: Any) -> list[Any]:
    """The list in an object of one: {"comments": […]}, {"data": […]}, {"items": […]}."""
    if isinstance(said, list):
        return said
    if isinstance(said, dict):
        for name in ("comments", "data", "items", "messages"):
            if isinstance(said.get(name), list):
                return list(said[name])
    return [said]


def _row(line: int, one: Any) -> Row | None:
    if not isinstance(one, dict):
        return None
    if "replayChatItemAction" in one or "addChatItemAction" in one:
        return _chat_item(line, one)
    one = _flat(one)
    author, said = _first(one, _AUTHOR), _first(one, _TEXT)
    if not author or not said:
        return None
    when = read_when(one["time_in_seconds"], offset=True) if "time_in_seconds" in one else NEVER
    stamp = _first(one, _WHEN)
    at = read_when(stamp) if stamp else NEVER
    best = at if at.at is not None or when is NEVER else when
    return Row(line, author, said, best, _first(one, _ID), _first(one, _AUTHOR_ID))


def _flat(one: dict[Any, Any]) -> dict[str, Any]:
    """Keys folded; what platforms nest (from, author, snippet, authorDetails) brought up."""
    flat: dict[str, Any] = {}
    for key, value in one.items():
        name = text.fold(str(key))
        if isinstance(value, dict) and name in ("from", "author", "user"):
            flat[name] = value.get("name") or value.get("nickname") or value.get("display_name")
            flat["author_id"] = value.get("id") or value.get("uid")
        elif isinstance(value, dict) and name in ("snippet", "authordetails", "textmessagedetails"):
            flat |= {k: v for k, v in _flat(value).items() if k not in flat}
        elif not isinstance(value, dict | list):
            flat.setdefault(name, value)
    return flat


def _first(one: dict[str, Any], names: Sequence[str]) -> str:
    values = (one.get(name) for name in names)
    return next((" ".join(str(v).split()) for v in values if v not in (None, "")), "")


def _chat_item(line: int, one: dict[str, Any]) -> Row | None:
    """A line of a live chat as yt-dlp writes it."""
    replay = one.get("replayChatItemAction") or {"actions": [one]}
    try:
        action = replay["actions"][0]["addChatItemAction"]
        item = action["item"]["liveChatTextMessageRenderer"]
        said = "".join(_run(run) for run in item["message"]["runs"])
        author = str(item["authorName"]["simpleText"])
        stamp, offset = item.get("timestampUsec"), replay.get("videoOffsetTimeMsec")
    except (AttributeError, KeyError, IndexError, TypeError):
        return None
    when = read_when(str(stamp)) if stamp else NEVER
    if when is NEVER and str(offset).isdecimal():
        when = read_when(str(int(str(offset)[:15]) / 1000), offset=True)
    channel = str(item.get("authorExternalChannelId") or "")
    return Row(line, author, said, when, str(item.get("id") or ""), channel)


def _run(run: Any) -> str:
    emoji = run.get("emoji") or {}
    return str(run.get("text") or (emoji.get("shortcuts") or [emoji.get("emojiId", "")])[0])


def _table(raw: str) -> Dump | None:
    head = raw.split("\n", 1)[0]
    separators = [mark for mark in ("\t", ";", ",", "|") if mark in head]
    for mark in separators:
        names = [text.fold(cell) for cell in next(csv.reader([head], delimiter=mark))]
        columns = {
            what: next((names.index(n) for n in known if n in names), None)
            for what, known in (
                ("author", _AUTHOR), ("text", _TEXT), ("when", _WHEN), ("id", _ID),
                ("author_id", _AUTHOR_ID),
            )
        }  # fmt: skip
        if columns["author"] is not None and columns["text"] is not None:
            return _cells(raw, mark, columns)
    return None


def _cells(raw: str, mark: str, columns: dict[str, int | None]) -> Dump:
    rows: list[Row] = []
    odd: list[Odd] = []
    reader = csv.reader(io.StringIO(raw), delimiter=mark)
    before = 0
    try:
        for cells in reader:
            line, before = before + 1, reader.line_num
            if line == 1 or not any(cell.strip() for cell in cells):
                continue
            got = {
                what: cells[at].strip() if at is not None and at < len(cells) else ""
                for what, at in columns.items()
            }
            if got["author"] and got["text"]:
                when = read_when(got["when"])
                rows.append(
                    Row(line, got["author"], got["text"], when, got["id"], got["author_id"])
                )
            else:
                odd.append(Odd(line, mark.join(cells)[:300]))
    except csv.Error:
        # A cell without its end: what follows is told as it stands.
        rest = raw.split("\n")[before:]
        odd += [Odd(before + n, line[:300]) for n, line in enumerate(rest, 1) if line.strip()]
    return Dump("table", tuple(rows), tuple(odd))


def _copied(raw: str) -> Dump:
    kind, found, odd = copied.read(raw.split("\n"))
    rows = tuple(Row(one.line, one.author, one.text, one.when) for one in found)
    return Dump(kind, rows, tuple(Odd(line, said[:300]) for line, said in odd))
