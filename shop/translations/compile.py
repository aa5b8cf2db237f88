"""Compile every `<locale>/LC_MESSAGES/*.po` beside this file to `.mo`, when a wheel is built.

Also a script: `python shop/translations/compile.py`.
"""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

try:
    from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found,unused-ignore]
        BuildHookInterface,
    )
except ImportError:  # run as a script in an environment without the build back end
    BuildHookInterface = object

FOLDER = Path(__file__).resolve().parent


def compile_all(folder: Path = FOLDER) -> list[Path]:
    """Write the `.mo` of every catalogue; the files written. Raises PoFileError on a bad one."""
    return [_compile(po) for po in sorted(folder.glob("*/LC_MESSAGES/*.po"))]


def _compile(po: Path) -> Path:
    with po.open("rb") as source:
        catalogue = read_po(source, locale=po.parent.parent.name, abort_invalid=True)
    mo = po.with_suffix(".mo")
    with mo.open("wb") as target:
        write_mo(target, catalogue)
    return mo


class CompileCatalogues(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """The build hook that hatchling finds here."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before files are collected, for wheel and editable builds."""
        compile_all(Path(self.root) / "shop" / "translations")


if __name__ == "__main__":
    for written in compile_all():
        print(written)
