"""What goods are called: names, and names that look like other words once their accents are gone.

"Ổi", "trà", "bò" are goods; "oi", "tra", "bo" may as well be "ơi", "trả", "bỏ". With its accents
such a name is one. Without them, or when it is the very same word ("đường" of sugar and of a
street), it is one only where an amount or a buying verb stands beside it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from shop import text
from shop.livestream.understanding import lexicon

_SLIP = str.maketrans("\u0309\u0303", "\u0303\u0309")


def _words_of(source: Iterable[str]) -> frozenset[str]:
    """The words that stand in patterns, without accents."""
    plain = (text.fold(re.sub(r"\\[a-zA-Z]", " ", pattern)) for pattern in source)
    return frozenset(word for each in plain for word in re.findall(r"[a-z]{2,}", each))


_PATTERNS = (value for value in vars(lexicon).values() if isinstance(value, str))
OTHERS = _words_of(_PATTERNS) | frozenset(lexicon.NUMBERS) | frozenset(lexicon.COUNTS)
_SPELLED = frozenset(text.normalise_tone(word) for word in lexicon.SPELLED.split())


@dataclass(frozen=True)
class Names:
    """The names of a session's goods.

    `words`: every word of them; `bare`: the same without accents; `kept`: those whose accents tell
    them from other words; `vague`: names of one word that, without accents, may be another word.
    """

    words: frozenset[str] = frozenset()
    bare: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    vague: frozenset[str] = frozenset()

    def spelled(self, word: str, bare: str) -> str | None:
        """A word typed with accents as it stands in a folded comment; None: no word of a name.

        A hook and a tilde are often taken for one another.
        """
        if bare not in self.bare:
            return None
        for typed in (word, unicodedata.normalize("NFD", word).translate(_SLIP)):
            said = text.normalise_tone(typed)
            if said in self.words:
                return said if said in self.kept else bare
        return None

    def pattern(self, name: str) -> str:
        """Matches a name in a folded comment, each word with or without its accents."""
        return " ".join(self._either(word) for word in _split(name))

    def form(self, name: str) -> str:
        """A name as it stands in a folded comment that spells it with all accents."""
        return " ".join(self._forms(word)[0] for word in _split(name))

    def _either(self, word: str) -> str:
        forms = sorted(map(re.escape, set(self._forms(word))), key=len, reverse=True)
        return forms[0] if len(forms) == 1 else f"(?:{'|'.join(forms)})"

    def _forms(self, word: str) -> tuple[str, str]:
        bare = text.fold(word)
        return (word if word in self.kept else lexicon.KEPT.get(word, bare)), bare


def names_of(aliases: Iterable[str], variants: Iterable[str]) -> Names:
    """The names of goods and of their kinds."""
    said = [_split(alias) for alias in aliases]
    words = {word for each in (*said, *map(_split, variants)) for word in each}
    like = {word for word in words if text.fold(word) in OTHERS}
    kept = frozenset(word for word in like if word != text.fold(word) and word not in _SPELLED)
    vague = {each[0] for each in said if len(each) == 1 and each[0] in like & (kept | _SPELLED)}
    bare = frozenset(map(text.fold, words))
    return Names(frozenset(words), bare, kept, frozenset(map(text.fold, vague)))


def _split(name: str) -> list[str]:
    return text.normalise_tone(text.nfc(name).lower()).split()
