"""Every test of the command line starts without ECRECON_LANG, in an empty working folder, and leaves Chinese behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ecrecon.base.texts import set_language


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.delenv("ECRECON_LANG", raising=False)
    monkeypatch.chdir(tmp_path)
    yield
    set_language("zh")
