"""docs/accounting.md: every event of events.toml is in the table, in both languages, with its roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from ecrecon.booking.settings import shipped_events

DOCS = Path(__file__).parents[2] / "docs"
EVENTS = shipped_events()
PAGES = ("accounting.md", "accounting.zh-CN.md")


def rows(page: str) -> dict[str, list[str]]:
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row for row in cells}


@pytest.mark.parametrize("page", PAGES)
def test_every_event_has_its_row(page: str) -> None:
    told = rows(page)
    assert set(told) == {event.name for event in (*EVENTS.event, *EVENTS.order_event)}
    for event in EVENTS.event:
        wanted = ", ".join(f"`{name}`" for name in dict.fromkeys(entry.counter for entry in event.entry))
        assert (told[event.name][1], told[event.name][-1]) == (event.title, wanted)
    for order_event in EVENTS.order_event:
        roles = [leg.role for leg in order_event.leg] or EVENTS.revalued
        wanted = ", ".join(f"`{name}`" for name in dict.fromkeys(roles))
        assert (told[order_event.name][1], told[order_event.name][-1]) == (order_event.title, wanted)
    assert all(all(cell for cell in row) and len(row) == 5 for row in told.values())


def test_both_pages_name_the_same_situations() -> None:
    counts = [
        sum(line.startswith("| ") for line in (DOCS / page).read_text(encoding="utf-8").splitlines()) for page in PAGES
    ]
    assert counts[0] == counts[1]
