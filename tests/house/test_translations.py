"""The catalogues: whole, with the same placeholders, and nothing left without English."""

import re

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from shop.settings import ROOT
from shop.translations.compile import FOLDER, compile_all

CATALOGUES = sorted(FOLDER.glob("*/LC_MESSAGES/*.po"))
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")


def read(path) -> Catalog:
    with path.open("rb") as source:
        return read_po(source, locale=path.parent.parent.name, abort_invalid=True)


def entries(catalogue):
    """(ids, translations) of each entry, both as tuples."""
    for message in catalogue:
        if message.id:
            both = message.id, message.string
            yield tuple((x,) if isinstance(x, str) else tuple(x) for x in both)


def used_ids() -> set[str]:
    """Every message id in the code and the templates."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as source:
        methods, options = parse_mapping_cfg(source)
    keywords = DEFAULT_KEYWORDS | {"_l": None, "lazy_gettext": None}
    found = extract_from_dir(str(ROOT), methods, options, keywords, directory_filter=is_ours)
    return {message[2] for message in found if message[2]}


def is_ours(folder: str) -> bool:
    return not re.search(r"/(\.[^/]*|static|var|tests|node_modules)$", folder)


def test_the_catalogues_are_those_the_libraries_and_we_need():
    names = [str(path.relative_to(FOLDER)) for path in CATALOGUES]
    assert names == [
        "en/LC_MESSAGES/messages.po",
        "vi/LC_MESSAGES/flask_security.po",
        "vi/LC_MESSAGES/wtforms.po",
    ]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_catalogue_compiles(path, tmp_path):
    copy = tmp_path / path.relative_to(FOLDER)
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path.read_bytes())
    assert compile_all(tmp_path) == [copy.with_suffix(".mo")]


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_entry_is_fuzzy_or_empty(path):
    catalogue = read(path)
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert [ids for ids, texts in entries(catalogue) if not all(texts)] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_a_translation_has_the_placeholders_of_its_id(path):
    differing = [
        ids[0]
        for ids, texts in entries(read(path))
        for text in texts
        if sorted(PLACEHOLDER.findall(text)) != sorted(PLACEHOLDER.findall(ids[0]))
    ]
    assert differing == []


def test_every_message_id_has_english():
    english = {ids[0] for ids, texts in entries(read(FOLDER / "en/LC_MESSAGES/messages.po"))}
    used = used_ids()
    assert len(used) > 500
    missing = sorted(used - english)
    assert not missing, f"run `make translations` and write the English of {missing}"
    stale = sorted(english - used)
    assert not stale, f"run `make translations`: no longer used: {stale}"


@pytest.mark.parametrize(
    ("package", "template", "catalogue"),
    [
        ("flask_security", "translations/flask_security.pot", "flask_security.po"),
        ("wtforms", "locale/wtforms.pot", "wtforms.po"),
    ],
)
def test_a_librarys_catalogue_translates_messages_it_still_has(package, template, catalogue):
    from importlib.resources import files

    with (files(package) / template).open("rb") as source:
        known = {ids[0] for ids, _texts in entries(read_po(source))}
    ours = {ids[0] for ids, _texts in entries(read(FOLDER / "vi/LC_MESSAGES" / catalogue))}
    assert sorted(ours - known) == []
