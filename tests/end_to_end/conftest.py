"""Whole months are for `make test`; the sample month alone is for the working day."""

from __future__ import annotations

from pathlib import Path

import pytest

_HERE = Path(__file__).parent
_DAILY = {"test_sample_month.py"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == _HERE and item.path.name not in _DAILY:
            item.add_marker(pytest.mark.slow)
