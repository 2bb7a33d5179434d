"""Compares the folder that a run wrote with the truth of the month: the verdict of the judge, as sentences.

Reads the published files alone (`variances.csv`, `summary.json`, `orders.parquet`), so any program that writes
them can be judged.
"""

from __future__ import annotations

import csv
import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.simulator.model import yuan

FREE = frozenset({"F02"})
"""Codes that a run may report on its own: files whose columns the user picks never hold all of them."""

SUMMED = frozenset({"C05", "C04", "R09", "A06", "F12"})
"""Rows per shop whose `actual` is compared as a sum."""

Row = dict[str, str]


def compare(out: Path, truth: Path) -> list[str]:
    """What differs, one sentence each; empty when the run is right."""
    summary = json.loads((truth / "summary.json").read_text(encoding="utf-8"))
    untrusted = set(summary.get("untrusted_shops", []))
    orders = _rows(truth / "orders.csv") if (truth / "orders.csv").exists() else []
    found = _by_sub_order(_rows(out / "variances.csv"), {row["order_id"] for row in orders})
    expected = _rows(truth / "variances.csv")
    problems = _orders_and_lines(found, expected, untrusted)
    problems += _sums(found, expected, untrusted)
    problems += _files(found, expected)
    if orders and (out / "orders.parquet").exists():
        problems += _dispositions(out / "orders.parquet", orders, untrusted)
    return problems + _sources(out / "summary.json", _rows(truth / "sources.csv"), _broken(expected))


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _by_sub_order(found: list[Row], known: set[str]) -> list[Row]:
    """The truth names sub orders where a platform settles by them; elsewhere orders."""
    return [row | {"order_id": row["sub_order_id"]} if row.get("sub_order_id") in known else row for row in found]


def _broken(expected: list[Row]) -> set[str]:
    return {r["path"] for r in expected if r.get("path") and r["kind"] in ("stop", "review")}


def _money(text: str | None) -> Decimal:
    return Decimal(text or "0")


def _key(row: Row) -> tuple[str, ...]:
    return row["code"], row["kind"], row["shop"], row["order_id"], str(_money(row["difference"]))


def _orders_and_lines(found: list[Row], expected: list[Row], untrusted: set[str]) -> list[str]:
    def judged(rows: list[Row]) -> list[Row]:
        single = [r for r in rows if not r["code"].startswith("F") and r["code"] not in SUMMED and r["code"] != "S02"]
        return [r for r in single if r["shop"] not in untrusted]

    wanted = [r for r in judged(expected) if not r.get("optional")]
    may = {_key(r)[:4] for r in judged(expected) if r.get("optional")}
    got = Counter(_key(r) for r in judged(found))
    must = Counter(_key(r) for r in wanted)
    missing = [f"missing row: {' '.join(k)} x{n}" for k, n in sorted((must - got).items())]
    return missing + [
        f"unexpected row: {' '.join(k)} x{n}" for k, n in sorted((got - must).items()) if k[:4] not in may
    ]


def _sums(found: list[Row], expected: list[Row], untrusted: set[str]) -> list[str]:
    problems = []
    for code in sorted(SUMMED):
        got, must, may = (defaultdict[str, Decimal](Decimal) for _ in range(3))
        for row in found:
            if row["code"] == code:
                got[row["shop"]] += _money(row["actual"])
        for row in expected:
            if row["code"] == code:
                (may if row.get("optional") else must)[row["shop"]] += _money(row["actual"])
        for shop in sorted({*got, *must} - untrusted):
            if got[shop] not in (must[shop], must[shop] + may[shop]):
                problems.append(f"{code} {shop}: actual {got[shop]}, expected {must[shop]}")
    gifts = [{r["shop"] for r in rows if r["code"] == "S02"} - untrusted for rows in (found, expected)]
    if gifts[0] != gifts[1]:
        problems.append(f"S02: shops {sorted(gifts[0])}, expected {sorted(gifts[1])}")
    return problems


def _files(found: list[Row], expected: list[Row]) -> list[str]:
    problems = []
    got: dict[str, list[str]] = defaultdict(list)
    for row in found:
        if row["code"].startswith("F") and row["code"] not in SUMMED:
            got[row["code"]].append(" ".join((row["shop"], row["order_id"], row["sources"], row["note"], row["hint"])))
    wanted = [r for r in expected if r["code"].startswith("F") and r["code"] not in SUMMED]
    for row in wanted:
        texts = got[row["code"]]
        mark = row["order_id"] or row["path"]
        loose = "either" in row["note"] or "whichever" in row["note"] or "gap" in row["note"]
        if not row["optional"] and not (texts if loose else [t for t in texts if mark in t]):
            problems.append(f"missing row: {row['code']} {mark}")
    for code in sorted(set(got) - {r["code"] for r in wanted} - FREE):
        problems.append(f"unexpected row: {code} {got[code][0]}")
    return problems


def _dispositions(parquet: Path, expected: list[Row], untrusted: set[str]) -> list[str]:
    columns = ["order_id", "sub_order_id", "disposition", "expected_minor", "received_minor"]
    known = {row["order_id"] for row in expected}
    frame = pl.read_parquet(parquet)
    if "sub_order_id" not in frame.columns:
        frame = frame.with_columns(sub_order_id=pl.lit(None, dtype=pl.String))
    rows = frame.select(columns).iter_rows()
    got = {sub if sub in known else order: (str(state), due, came) for order, sub, state, due, came in rows}
    problems = []
    for row in expected:
        if row["shop"] in untrusted:
            continue
        if row["order_id"] not in got:
            problems.append(f"order {row['order_id']} is absent")
            continue
        state, due, came = got.pop(row["order_id"])
        if state not in row["disposition"].split("|"):
            problems.append(f"order {row['order_id']} ({row['story']}): {state}, expected {row['disposition']}")
        elif state in ("settled", "open", "overdue", "not_due", "partly", "not_checked") and due is not None:
            money = (yuan(due), yuan(came or 0))
            if row["expected"] and money != (row["expected"], row["received"]) and "presumed" not in row["disposition"]:
                problems.append(
                    f"order {row['order_id']} ({row['story']}): E, A = {money}, expected {row['expected'], row['received']}"
                )
    return problems


def _sources(summary: Path, expected: list[Row], broken: set[str]) -> list[str]:
    listed = _by_path(json.loads(summary.read_text(encoding="utf-8"))["sources"])
    problems = []
    for row in expected:
        source = listed.get(row["path"])
        if source is None:
            problems.append(f"source {row['path']} is not listed")
        elif row["path"] not in broken:
            for field in ("profile", "rows", "income", "expense"):
                if row[field] and row[field] != str(source[field]):
                    problems.append(f"source {row['path']}: {field} {source[field]}, expected {row[field]}")
    return problems


def _by_path(sources: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Sources by path. A file that holds several accounts is listed once for each: its rows and sums add up."""
    listed: dict[str, dict[str, Any]] = {}
    for source in sources:
        first = listed.get(source["path"])
        if first is None or first["profile"] != source["profile"]:
            listed[source["path"]] = source
            continue
        both = dict(first)
        both["rows"] = first["rows"] + source["rows"]
        for side in ("income", "expense"):
            both[side] = str(Decimal(first[side]) + Decimal(source[side]))
        listed[source["path"]] = both
    return listed
