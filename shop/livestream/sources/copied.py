"""Comments copied from a screen: one a line, or a block each with the page's own words around."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from shop import text
from shop.livestream.sources.whens import AGO, ANY, NEVER, When, read_when

LONGEST_NAME = 60

# What pages write around comments, folded. A line of these alone (and a time) ends a comment.
_NOISE = (
    "thich", "phan hoi", "tra loi", "chia se", "like", "reply", "share", "xem ban dich",
    "see translation", "da chinh sua", "edited", "theo doi", "follow", "fan cung", "top fan",
    "tac gia", "author", "da ghim", "pinned", "gui tin nhan", "message", "an", "hide",
    "binh luan", "viet binh luan", "tat ca binh luan", "phu hop nhat", "moi nhat", "comments",
    "comment", "write a comment", "all comments", "most relevant", "newest",
)  # fmt: skip
_NOISE_LINE = re.compile(
    rf"(?:(?:{'|'.join(sorted(_NOISE, key=len, reverse=True))}|\d{{1,4}}(?!\d)|[·•|.\-])\s*)+"
)
_TIME_LINE = re.compile(ANY, re.IGNORECASE)
_AGO = re.compile(rf"(?<!\w)(?:{AGO})", re.IGNORECASE)
_HEAD = re.compile(
    rf"(?P<name>\S.{{0,{LONGEST_NAME}}}?)\s*[·•]\s*(?P<when>{ANY})\s*", re.IGNORECASE
)
_TIMED = re.compile(rf"[\[(]?(?P<when>{ANY})[\])]?\s*[-–|]?\s*(?P<rest>\S.*)", re.IGNORECASE)
_NAMED = re.compile(
    rf"(?P<name>[^:\s][^:]{{0,{LONGEST_NAME}}}?)(?:\s*[\[(](?P<when>{ANY})[\])])?\s*[:：]\s*(?P<text>\S.*)",
    re.IGNORECASE,
)
_DASHED = re.compile(rf"(?P<name>[^\s\d]\D{{0,{LONGEST_NAME}}}?)\s+[-–—|]\s+(?P<text>\S.*)")
_CAPITALS = re.compile(r"(?:[^\W\d_]\S*\s+)*")


@dataclass(frozen=True)
class Copied:
    """One comment; `line`: where it begins."""

    line: int
    author: str
    text: str
    when: When = NEVER


Odd = tuple[int, str]


def read(raw: Sequence[str]) -> tuple[str, list[Copied], list[Odd]]:
    """The comments and what is none, with the kind: lines or blocks."""
    content = [(n, line.strip()) for n, line in enumerate(raw, 1) if line.strip()]
    spoken = [(n, line) for n, line in content if not _is_around(line)]
    single = [one for one in (_single(n, line) for n, line in spoken) if one is not None]
    if spoken and len(single) * 2 > len(spoken) and not _has_ends(content, len(spoken)):
        whole = {one.line for one in single}
        return "lines", single, [(n, line) for n, line in content if n not in whole]
    return "blocks", *_blocks(raw)


def _is_around(line: str) -> bool:
    """Whether a line is the page's own: a time, or words such as "Thích · Phản hồi · 3 phút"."""
    if _TIME_LINE.fullmatch(line):
        return True
    rest = text.fold(_AGO.sub(" ", line))
    return not rest or _NOISE_LINE.fullmatch(rest) is not None


def _has_ends(content: list[tuple[int, str]], spoken: int) -> bool:
    return (len(content) - spoken) * 4 >= spoken


def _single(number: int, line: str) -> Copied | None:
    timed = _TIMED.fullmatch(line)
    when = read_when(timed["when"]) if timed else NEVER
    if timed and when is not NEVER:
        return _after_time(number, timed["rest"], when)
    named = _NAMED.fullmatch(line)
    if named is None:
        dashed = _DASHED.fullmatch(line)
        return Copied(number, dashed["name"].strip(), dashed["text"].strip()) if dashed else None
    at = read_when(named["when"]) if named["when"] else NEVER
    return Copied(number, named["name"].strip(), named["text"].strip(), at)


def _after_time(number: int, rest: str, when: When) -> Copied | None:
    named = _NAMED.fullmatch(rest)
    if named:
        return Copied(number, named["name"].strip(), named["text"].strip(), when)
    words = rest.split()
    if len(words) < 2:
        return None
    # A name is the words with a capital that begin it, at least one and never all.
    size = 0
    while size < len(words) - 1 and words[size][0].isupper() and words[size].isalpha():
        size += 1
    size = max(size, 1)
    return Copied(number, " ".join(words[:size]), " ".join(words[size:]), when)


def _blocks(raw: Sequence[str]) -> tuple[list[Copied], list[Odd]]:
    """Comments as name, words, and then the page's own words or a blank line."""
    lines = [(number, line.strip()) for number, line in enumerate(raw, 1)]
    filled = [line for _number, line in lines if line]
    reader = _Blocks(
        leads=bool(filled) and _TIME_LINE.fullmatch(filled[0]) is not None,
        ends=any(_is_around(line) for line in filled) or "" in [line for _n, line in lines[:-1]],
    )
    for number, line in lines:
        if line and not _is_around(line):
            reader.word(number, line)
        else:
            reader.end(line)
    reader.close()
    return reader.found, reader.odd


class _Blocks:
    """Reads block after block. `leads`: times stand before the names. `ends`: blocks have ends."""

    def __init__(self, *, leads: bool, ends: bool) -> None:
        self.leads, self.ends = leads, ends
        self.found: list[Copied] = []
        self.odd: list[Odd] = []
        self.block: list[tuple[int, str]] = []
        self.when = NEVER

    def word(self, number: int, line: str) -> None:
        """A line that somebody's name or words stand in."""
        head = _HEAD.fullmatch(line)
        if head:
            self.close()
            self.block.append((number, head["name"]))
            self.when = read_when(head["when"])
            return
        whole = None if self.block else _single(number, line)
        if whole is not None and _NAMED.search(line):
            # A name and words in one line amid blocks: no name has a colon in it.
            self.found.append(whole if whole.when is not NEVER else replace(whole, when=self.when))
            return
        self.block.append((number, line))
        if not self.ends and len(self.block) == 2:
            self.close()

    def end(self, line: str) -> None:
        """A blank line, or one of the page's own."""
        said = _time_in(line)
        if self.leads:
            if said is not NEVER:
                self.close()
                self.when = said
        elif said is NEVER:
            if len(self.block) != 1 or not line:
                self.close()
        elif self.block:
            self.when = said
            if len(self.block) > 1:
                self.close()
        elif self.found and self.found[-1].when is NEVER:
            # Its time stood in a line after the one that ended it.
            self.found[-1] = replace(self.found[-1], when=said)

    def close(self) -> None:
        """Turn the lines of the block into a comment, or into odd lines."""
        if len(self.block) > 1 and len(self.block[0][1]) <= LONGEST_NAME:
            first, name = self.block[0]
            said = " ".join(line for _number, line in self.block[1:])
            self.found.append(Copied(first, name, said, self.when))
        else:
            self.odd += self.block
        if self.block:
            self.block, self.when = [], NEVER


def _time_in(line: str) -> When:
    if _TIME_LINE.fullmatch(line):
        return read_when(line)
    found = _AGO.search(line)
    return read_when(found[0]) if found else NEVER
