import pytest

from traceability import scans


@pytest.fixture(autouse=True)
def scans_are_sent_one_by_one(monkeypatch):
    """So that a test finds in Redis what it has just scanned."""
    monkeypatch.setattr(scans, "SPACING_SECONDS", 0.0)
