"""Every dotted name of the wiring and the timetable exists and is what it should be."""

from importlib import import_module

import pytest

from shop import jobs, wiring
from workers import schedule

JOBS = sorted({name for names in wiring.REACTIONS.values() for name in names})
PANELS = sorted({name for names in wiring.PANELS.values() for name in names})


@pytest.mark.parametrize("name", [*JOBS, *(entry.job for entry in schedule.TIMETABLE)])
def test_names_a_job(name):
    assert jobs.spec(name).queue in jobs.ALL


@pytest.mark.parametrize("name", [*PANELS, *wiring.CHECKS.values(), *wiring.EVIDENCE])
def test_names_a_panel(name):
    module, _, attribute = name.rpartition(".")
    assert callable(getattr(import_module(module), attribute))
