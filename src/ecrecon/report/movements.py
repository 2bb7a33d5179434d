"""What moved between two runs: differences that are new, gone or changed, and the figures of each shop."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr

VARIANCES = "variances.csv"
SUMMARY = "summary.json"
MANIFEST = "manifest.json"
COMPARED: tuple[str, ...] = ("code", "kind", "expected", "actual", "difference", "currency", "status")
"""Columns of `variances.csv` that make a row another row; its age, words and places in the files may change."""
SHOP_FIGURES: tuple[str, ...] = (
    "orders", "receivable", "received", "refunded", "fees", "difference", "open", "breaks", "reviews", "missing_files",
    "verdict",
)  # fmt: skip

_FOUND = frozenset({"readings", "profiles_in_use"})
"""Listed beside the settings of a run, but found in the files rather than set."""
_HEADS = ("version", "period", "as_of")
_SHOWN = ("variance_id", "platform", "shop", "order_id", *COMPARED)


@dataclass(frozen=True)
class Moved:
    """`new`, `gone`: rows of `variances.csv` as dictionaries; `changed`: one per row that is in both with `before` and
    `after`; `shops`: one per figure with `platform`, `shop`, `figure`, `before`, `after`; `files`, `settings`: what may
    be the reason. All sorted on their key."""

    new: list[dict[str, Any]] = field(default_factory=list)
    gone: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    shops: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, str]] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)

    @property
    def any(self) -> bool:
        """True where a difference or a figure moved; other files or settings alone are no movement."""
        return bool(self.new or self.gone or self.changed or self.shops)


def compare_runs(before: Path, after: Path) -> Moved:
    """Hold the folder `after` against `before`. Raises ConfigError where one of them is no result of `match`."""
    old, new = (_Run(folder) for folder in (before, after))
    rows = _variances(old.variances, new.variances)
    return Moved(
        *rows,
        shops=_shops(old.summary, new.summary),
        files=_files(old.manifest, new.manifest),
        settings=_settings(old.manifest, new.manifest),
    )


class _Run:
    """The files of one run."""

    def __init__(self, folder: Path) -> None:
        missing = next((n for n in (VARIANCES, SUMMARY, MANIFEST) if not _is_file(folder / n)), None)
        if missing:
            raise ConfigError(
                tr(f"{folder} 不是 match 的输出文件夹：缺 {missing}", f"{folder} is no result of match: no {missing}"),
                tr("给出两个输出文件夹，例如 out/2026-10", "name two output folders, for example out/2026-10"),
            )
        try:
            self.variances = pl.read_csv(io.BytesIO((folder / VARIANCES).read_bytes()), infer_schema=False).select(
                _SHOWN
            )
            self.summary = json.loads((folder / SUMMARY).read_text("utf-8"))
            self.manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
            self._check()
        except (
            ValueError,
            KeyError,
            TypeError,
            AttributeError,
            OSError,
            RecursionError,
            pl.exceptions.PolarsError,
        ) as error:
            raise ConfigError(
                tr(f"{folder} 里的文件读不了：{error}", f"files in {folder} cannot be read: {error}"),
                tr("用同一版本重新运行 match", "run match again with this version"),
            ) from None

    def _check(self) -> None:
        """Raise KeyError, TypeError where a part that is compared is missing or of another kind."""
        _ = {(shop["platform"], shop["shop"]): shop.get("orders") for shop in self.summary["shops"]}
        _ = [self.manifest["inputs"].get(""), self.manifest["settings"].get("")]
        _ = [self.manifest[name] for name in _HEADS]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


Rows = list[dict[str, Any]]


def _variances(old: pl.DataFrame, new: pl.DataFrame) -> tuple[Rows, Rows, Rows]:
    added = new.join(old, on="variance_id", how="anti").sort("variance_id")
    gone = old.join(new, on="variance_id", how="anti").sort("variance_id")
    both = new.join(old, on="variance_id", how="inner", suffix="_before").sort("variance_id")
    moved = both.filter(pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}_before")) for c in COMPARED))
    changed = []
    for row in moved.iter_rows(named=True):
        differing = [c for c in COMPARED if row[c] != row[f"{c}_before"]]
        changed.append({
            **{name: row[name] for name in ("variance_id", "platform", "shop", "order_id", "code")},
            "before": {c: row[f"{c}_before"] for c in differing}, "after": {c: row[c] for c in differing},
        })  # fmt: skip
    return list(added.iter_rows(named=True)), list(gone.iter_rows(named=True)), changed


def _shops(old: dict[str, Any], new: dict[str, Any]) -> Rows:
    """Few rows by nature: shops times figures."""
    before, after = ({(s["platform"], s["shop"]): s for s in run["shops"]} for run in (old, new))
    rows = []
    for platform, shop in sorted({*before, *after}, key=lambda key: tuple(part or "" for part in key)):
        first, second = before.get((platform, shop), {}), after.get((platform, shop), {})
        rows += [
            {"platform": platform, "shop": shop, "figure": figure, "before": first.get(figure), "after": second.get(figure)}
            for figure in SHOP_FIGURES
            if first.get(figure) != second.get(figure)
        ]  # fmt: skip
    return rows


def _files(old: dict[str, Any], new: dict[str, Any]) -> list[dict[str, str]]:
    before, after = old["inputs"], new["inputs"]
    states = {
        path: "new" if path not in before else "gone" if path not in after else "changed"
        for path in sorted({*before, *after})
        if before.get(path) != after.get(path)
    }
    return [{"path": path, "state": state} for path, state in states.items()]


def _settings(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Names of what differs: `version`, `period`, `as_of`, and keys of the settings in force."""
    heads = [name for name in _HEADS if old[name] != new[name]]
    before, after = old["settings"], new["settings"]
    names = sorted({*before, *after} - _FOUND)
    return heads + [name for name in names if before.get(name) != after.get(name)]
