"""What a run wrote, held against the truth that the simulator wrote beside the files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

Row = tuple[str, str, str, str, str]
FILE_LEVEL = ("F",)


def read_rows(path: Path) -> list[dict[str, str]]:
    """A CSV with BOM as dictionaries."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def _key(row: dict[str, str]) -> Row:
    """Type, kind, shop, order and difference. C05 rows are counted per shop only: a run may add kinds of charge up."""
    return (row["code"], row["kind"], row["shop"], row["order_id"], row["difference"])


def variance_gaps(out: Path, truth: Path) -> tuple[Counter[Row], Counter[Row]]:
    """(rows of the truth that the run lacks, rows of the run that the truth lacks)."""
    found = Counter(_key(row) for row in read_rows(out / "variances.csv"))
    told = read_rows(truth / "variances.csv")
    wanted = Counter(_key(row) for row in told if not row["optional"])
    allowed = Counter(_key(row) for row in told if row["optional"])
    for row in [*found]:
        if row[0] == "C05":
            allowed[row] = found[row] if any(r[0] == "C05" and r[2] == row[2] for r in wanted) else 0
        if row[0] == "F02":
            allowed[row] = found[row]  # the user picks the columns of exports
        if row[0] == "C02" and any(r[0] == "C02" and r[3] == row[3] for r in allowed):
            allowed[row] = found[row]  # information; the truth gives no amount
    wanted = Counter({row: 1 if row[0] == "C05" else n for row, n in wanted.items()})
    return wanted - found, found - wanted - allowed


def order_gaps(out: Path, truth: Path, orders: list[dict[str, object]]) -> list[str]:
    """Orders whose expected, received, difference or disposition differ from the truth."""
    found = {str(row["order_id"]): row for row in orders}
    gaps = []
    for row in read_rows(truth / "orders.csv"):
        mine = found.pop(row["order_id"], None)
        if mine is None:
            if row["disposition"]:
                gaps.append(f"{row['order_id']}: missing ({row['story']})")
            continue
        if str(mine["disposition"]) not in row["disposition"].split("|"):
            gaps.append(f"{row['order_id']}: {mine['disposition']}, truth {row['disposition']} ({row['story']})")
        elif mine["disposition"] != "after_as_of" and row["difference"] not in ("", mine["difference"]):
            gaps.append(f"{row['order_id']}: {mine['difference']}, truth {row['difference']} ({row['story']})")
    return gaps + [f"{order}: not in the truth" for order in found]


def source_gaps(out: Path, truth: Path) -> list[str]:
    """Files whose profile, rows or money differ from the truth; gzip members may be named with or without `!/`."""
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    found = {s["path"]: s for s in summary["sources"]}
    gaps = []
    for row in read_rows(truth / "sources.csv"):
        mine = found.get(row["path"]) or next((s for p, s in found.items() if p.startswith(row["path"] + "!/")), None)
        if mine is None:
            gaps.append(f"{row['path']}: not listed")
            continue
        told = [(name, row[name], mine[name]) for name in ("profile", "income", "expense") if row[name]]
        told += [("rows", row["rows"], str(mine["rows"]))] if row["rows"] else []
        gaps += [f"{row['path']}: {name} {theirs}, truth {ours}" for name, ours, theirs in told if ours != theirs]
    return gaps


def shop_gaps(out: Path) -> list[str]:
    """Where the sums by shop are not those of the run: counts and money at risk, in summary.json and variances.csv."""
    told = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    rows = read_rows(out / "variances.csv")
    gaps = []
    for kind, name in (("break", "breaks"), ("review", "reviews")):
        of_shops, of_run = sum(shop[name] for shop in told["shops"]), sum(row["kind"] == kind for row in rows)
        if of_shops != of_run:
            gaps.append(f"{name}: {of_shops} in the shops, {of_run} rows")
    risk: dict[str, Decimal] = {}
    for row in rows:
        if row["kind"] == "break" and not row["code"].startswith("F"):
            money = row["actual"] if row["code"] in ("A06", "C04", "C05") else row["difference"]
            risk[row["currency"]] = risk.get(row["currency"], Decimal(0)) + abs(Decimal(money or 0))
    by_shop: dict[str, Decimal] = {}
    for shop in told["shops"]:
        for currency, amount in shop["at_risk"].items():
            by_shop[currency] = by_shop.get(currency, Decimal(0)) + Decimal(amount)
    run = {currency: Decimal(amount) for currency, amount in told["at_risk"].items()}
    if not by_shop == run == {currency: money for currency, money in risk.items() if money}:
        gaps.append(f"at risk: {by_shop} in the shops, {run} in the run, {risk} in the rows")
    return gaps
