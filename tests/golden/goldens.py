"""Where the samples lie and how a parsed sample is written down: one JSON object per row, empty fields left out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

from ecrecon.base.sources import Parsed
from ecrecon.reading.load import load
from ecrecon.settings.profiles import Profile, load_profiles

FOLDER = Path(__file__).resolve().parent
ENDING = ".expected.json"
_LEFT_OUT = ("path", "sha256", "size", "latest_at", "columns_present", "origin", "listed_by", "census", "line_end")


@cache
def profiles() -> tuple[Profile, ...]:
    """The shipped profiles."""
    return load_profiles()


def samples() -> list[Path]:
    """All inputs, sorted."""
    return sorted(
        path
        for folder in FOLDER.iterdir()
        if folder.is_dir() and not folder.name.startswith("_")
        for path in folder.iterdir()
        if not path.name.endswith(ENDING)
    )


def goldens() -> list[Path]:
    """All expected files, sorted."""
    return sorted(FOLDER.glob(f"*/*{ENDING}"))


def golden_of(sample: Path) -> Path:
    """The expected file beside `sample`."""
    return sample.with_name(sample.name + ENDING)


def read(path: Path) -> Parsed:
    """The one table of a sample under the shipped profiles; of a workbook of several sheets that of its folder."""
    found = load([path], profiles(), workers=1)
    if len({parsed.source.profile for parsed in found}) > 1:
        found = [parsed for parsed in found if parsed.source.profile == path.parent.name]
    if len(found) > 1:
        return _together(found)
    (parsed,) = found
    return parsed


def _together(pockets: list[Parsed]) -> Parsed:
    """The pockets of one file as one, each row with the suffix of its account."""
    frames = [
        p.frame.with_columns(pocket=pl.lit(p.source.account_suffix or "-")) for p in pockets if p.frame is not None
    ]
    sources = [p.source for p in pockets]
    source = replace(
        sources[0],
        account_suffix=None,
        rows=sum(s.rows for s in sources),
        income_minor=sum(s.income_minor or 0 for s in sources),
        expense_minor=sum(s.expense_minor or 0 for s in sources),
        first=min(s.first for s in sources if s.first),
        last=max(s.last for s in sources if s.last),
        notes=tuple(dict.fromkeys(note for s in sources for note in s.notes)),
    )
    rows = pl.concat(frames).sort("source_line", maintain_order=True)
    return Parsed(source, rows, pl.concat([p.findings for p in pockets]))


@cache
def sample_read(path: Path) -> Parsed:
    """`read`, once per process: samples do not change under the tests."""
    return read(path)


def render(parsed: Parsed) -> str:
    """Source record, findings and rows as JSON, one row per line."""
    source = {
        name: _plain(value)
        for name, value in vars(parsed.source).items()
        if name not in _LEFT_OUT and value not in (None, "", (), False)
    }
    lines = ["{", '"source": {']
    lines += _joined([f" {json.dumps(k)}: {_json(v)}" for k, v in source.items()])
    lines += ["},", '"findings": [', *_joined(_rows(parsed.findings.drop("source_path"))), "],", '"rows": [']
    lines += _joined(_rows(parsed.frame) if parsed.frame is not None else [])
    return "\n".join([*lines, "]", "}", ""])


def _rows(frame: pl.DataFrame) -> list[str]:
    return [
        " " + _json({name: _plain(value) for name, value in row.items() if value is not None})
        for row in frame.iter_rows(named=True)
    ]


def _joined(items: list[str]) -> list[str]:
    return [item + "," for item in items[:-1]] + items[-1:]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: getattr(value, name) for name in value.__dataclass_fields__}
    return value
