"""Result tables under `benchmarks/`, each with the machine it was measured on."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from shop import clock
from shop.settings import ROOT


def write(name: str, what: str, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """Write `benchmarks/<name>.md`: a sentence, the machine, a table. Returns its path."""
    path = ROOT / "benchmarks" / f"{name}.md"
    path.parent.mkdir(exist_ok=True)
    lines = [f"# {name}", "", what, "", f"Measured {clock.today():%d/%m/%Y} on {machine()}.", ""]
    lines += ["| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def add(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A further table at the end of the file."""
    lines = ["", *("| " + " | ".join(row) + " |" for row in (header, ["---"] * len(header), *rows))]
    path.write_text(path.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")


def machine() -> str:
    """Processor, cores, memory, system and the versions that matter."""
    model = "unknown processor"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].split(":", 1)[1].strip() if names else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = ", ".join(f"{p} {version(p)}" for p in ("flask", "granian", "sqlalchemy"))
    return (
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}, {packages}"
    )
