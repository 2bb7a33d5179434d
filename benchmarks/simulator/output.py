"""Writes a simulated month and, beside it, its truth."""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from benchmarks.simulator import company, platforms, sides
from benchmarks.simulator.model import Order, World, yuan
from benchmarks.simulator.tables import OutFile, render
from benchmarks.simulator.truth import FEE_CODES, TYPES, Expected, OrderTruth, judge, natural_rows

JUNK: dict[str, bytes] = {
    "~$订单.xlsx": b"\x05lock" + b"\x00" * 160,
    "taobao/Thumbs.db": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 504,
    "pdd/截图.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 24,
}
"""Files that lie about in every download folder."""


@dataclass
class Month:
    """A month ready to be written.

    Faults of files bring `extra` rows, `absent` wallets, `untrusted` shops, and `doubted` orders: one of their lines
    cannot be read, so nothing is said about them.
    """

    world: World
    files: list[OutFile]
    extra: list[Expected] = field(default_factory=list)
    absent: frozenset[str] = frozenset()
    untrusted: frozenset[str] = frozenset()
    doubted: frozenset[str] = frozenset()
    faults: list[str] = field(default_factory=list)
    junk: bool = True

    def truths(self) -> list[OrderTruth]:
        """The truth of every exported order, sorted by (shop, order)."""
        exported = [o for o in self.world.orders if o.exported and o.created <= self.world.snapshot]
        return sorted((self._truth(o) for o in exported), key=lambda t: (t.order.shop, t.order.order_id))

    def _truth(self, order: Order) -> OrderTruth:
        truth = judge(self.world, order, self.absent)
        if order.order_id not in self.doubted:
            return truth
        return replace(truth, disposition="not_checked", components=[])

    def disk(self) -> dict[str, bytes]:
        """Everything in the folder of the month: path -> bytes."""
        disk = render(self.files) | (JUNK if self.junk else {})
        return disk | {"ecrecon.toml": company.workspace(self.world).encode()} | company.own_profiles(self.world)

    def rows(self, truths: list[OrderTruth]) -> list[Expected]:
        """Every row that `variances.csv` of a right run holds, and the optional ones."""
        rows = list(self.extra)
        for truth in truths:
            platform = self.world.shop(truth.order.shop).platform
            for c in truth.components:
                if c.code == "F12":
                    if c.optional:
                        rows.append(
                            Expected(
                                "X01", "timing", platform, truth.order.shop, truth.order.order_id,
                                difference=c.amount, optional=True,
                            )
                        )  # fmt: skip
                    continue
                rows.append(
                    Expected(c.code, c.kind, platform, truth.order.shop, truth.order.order_id, c.refund_id, c.amount,
                             optional=c.optional, note=c.note)
                )  # fmt: skip
        rows += _shop_sums(self.world, truths) + natural_rows(self.world, truths, self.absent)
        rows += _fee_missing(self.world, truths, self.absent)
        rows += sides.natural_rows(self.world)
        return sorted(rows, key=lambda r: (r.code, r.platform, r.shop, r.order_id, r.path, r.note, r.difference))


def _shop_sums(world: World, truths: list[OrderTruth]) -> list[Expected]:
    rows: list[Expected] = []
    for spec in world.shops:
        roundings = [c.amount for t in truths if t.order.shop == spec.name for c in t.components if c.code == "A01"]
        if sum(map(abs, roundings)) > world.cap:
            rows.append(Expected("A06", "break", spec.platform, spec.name, count=len(roundings), actual=sum(roundings)))
        for optional in (False, True):
            waiting = [
                c.amount for t in truths if t.order.shop == spec.name
                for c in t.components if c.code == "F12" and c.optional == optional
            ]  # fmt: skip
            if waiting:
                note = "opening orders waiting" if optional else "orders waiting"
                rows.append(
                    Expected(
                        "F12", "review", spec.platform, spec.name, count=len(waiting), actual=sum(waiting),
                        optional=optional, note=note,
                    )
                )  # fmt: skip
    return rows


def _fee_missing(world: World, truths: list[OrderTruth], absent: frozenset[str]) -> list[Expected]:
    """C02 is information; it may appear where a receipt or an advance carries no charge of the agreed fee."""
    rows = []
    for truth in truths:
        order = truth.order
        spec = world.shop(order.shop)
        kind = platforms.of(spec).rate(spec).kind
        lines = [m for m in order.lines if world.in_bill(m.at) and m.wallet not in absent]
        paid = any(m.kind in ("receipt", "advance", "coupon") for m in lines)
        if paid and not any(m.kind == kind and m.amount < 0 for m in lines):
            rows.append(Expected("C02", "info", spec.platform, order.shop, order.order_id, optional=True))
    return rows


def _csv(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def truth_files(month: Month) -> dict[str, bytes]:
    """The truth as files: variances, orders, sources, summary."""
    truths = month.truths()
    expected = month.rows(truths)
    variances = _csv(
        ["type", "code", "kind", "platform", "shop", "order_id", "refund_id", "difference", "count", "actual", "path", "optional", "note"],
        [
            [TYPES[r.code][0], r.code, r.kind, r.platform, r.shop, r.order_id, r.refund_id, yuan(r.difference),
             str(r.count or ""), "" if r.actual is None else yuan(r.actual), r.path, "yes" if r.optional else "", r.note]
            for r in expected
        ],
    )  # fmt: skip
    orders = _csv(
        ["platform", "shop", "order_id", "expected", "received", "difference", "disposition", "story"],
        [
            [month.world.shop(t.order.shop).platform, t.order.shop, t.order.order_id, *_amounts(month, t),
             t.disposition, t.order.story]
            for t in truths
        ],
    )  # fmt: skip
    return {
        "variances.csv": variances, "orders.csv": orders, "sources.csv": _sources(month),
        "summary.json": _summary(month, truths, expected),
    }  # fmt: skip


def _amounts(month: Month, truth: OrderTruth) -> list[str]:
    """Expected, received, difference; empty where a line of the order cannot be read."""
    if truth.order.order_id in month.doubted:
        return ["", "", ""]
    return [yuan(truth.expected), yuan(truth.actual), yuan(truth.difference)]


def _sources(month: Month) -> bytes:
    rows = [
        [f.display, f.profile, f.shop, str(f.rows) if f.counted else "", "" if f.income is None else yuan(f.income),
         "" if f.expense is None else yuan(f.expense), f"{f.first:%Y-%m-%d %H:%M:%S}" if f.first else "",
         f"{f.last:%Y-%m-%d %H:%M:%S}" if f.last else ""]
        for f in sorted(month.files, key=lambda f: f.display)
    ]  # fmt: skip
    return _csv(["path", "profile", "shop", "rows", "income", "expense", "first", "last"], rows)


def _summary(month: Month, truths: list[OrderTruth], expected: list[Expected]) -> bytes:
    world = month.world
    wallets = {}
    for wallet, opening in sorted(world.opening_balance.items()):
        lines = world.movements(wallet)
        wallets[wallet] = {
            "opening": yuan(opening), "income": yuan(sum(m.amount for m in lines if m.amount > 0)),
            "expense": yuan(sum(m.amount for m in lines if m.amount < 0)), "lines": len(lines),
            "closing": yuan(opening + sum(m.amount for m in lines)),
        }  # fmt: skip
    firm = [r for r in expected if not r.optional]
    summary = {
        "period": f"{world.period_start:%Y-%m}", "as_of": f"{world.as_of:%Y-%m-%d %H:%M:%S}", "seed": world.seed,
        "opening": f"{world.opening}", "orders": len(truths), "faults": month.faults,
        "untrusted_shops": sorted(month.untrusted),
        "expected": yuan(sum(t.expected for t in truths)), "received": yuan(sum(t.actual for t in truths)),
        "difference": yuan(sum(t.difference for t in truths)),
        "outside_difference": sorted(FEE_CODES),
        "variances": dict(sorted(Counter(r.code for r in firm).items())),
        "dispositions": dict(sorted(Counter(t.disposition for t in truths).items())), "wallets": wallets,
    }  # fmt: skip
    return (json.dumps(summary, ensure_ascii=False, indent=2) + "\n").encode()


def write(month: Month, out: Path) -> None:
    """Write the month to `out` and its truth to the sibling `<name>.truth`; both folders are replaced."""
    for folder, files in ((out, month.disk()), (out.with_name(f"{out.name}.truth"), truth_files(month))):
        if folder.exists():
            shutil.rmtree(folder)
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
