"""Puts faults into a month, alone or together: `name` or `name@shop`."""

from __future__ import annotations

import random
from dataclasses import replace

from benchmarks.simulator import company, faults_file, faults_order
from benchmarks.simulator import sides as company_sides
from benchmarks.simulator.model import ShopSpec, World
from benchmarks.simulator.output import Month
from benchmarks.simulator.truth import Expected
from benchmarks.simulator.world import build, finish

NO_AFTER_SALES = "no_after_sales_file"
BOTH_SIDES = ("erp", "bank")
"""What a fault between the sides brings along where nothing else is asked for."""
RETURN_SIDES = ("erp_report", "bank")
"""The same where the ERP must say when goods came back."""
NAMES: tuple[str, ...] = (*faults_order.FAULTS, *faults_file.FAULTS, *company_sides.FAULTS, NO_AFTER_SALES)
"""Every fault there is."""

UNTRUSTED = faults_file.UNTRUSTED

TOGETHER: tuple[str, ...] = (
    "missing_receipt@tmall_a", "missing_receipt@pdd_a", "short_receipt@taobao_b", "short_receipt@pdd_b",
    "over_receipt@tmall_a", "rounding@tmall_a", "double_receipt@pdd_a", "double_receipt@tmall_a",
    "receipt_without_order@taobao_b", "receipt_without_order@pdd_b", "receipt_without_reference@tmall_a",
    "receipt_without_reference@pdd_a", "refund_not_in_bill@tmall_a", "refund_not_in_bill@pdd_a",
    "refund_not_in_book@taobao_b", "refund_not_in_book@pdd_a", "refund_amount@tmall_a", "refund_amount@pdd_a",
    "coupon_missing@pdd_a", "closed_keeps_money@pdd_a", "closed_keeps_money@tmall_a", "fee_rate_wrong@tmall_a",
    "fee_rate_wrong@pdd_b", "fee_not_returned@pdd_a", "clawback_without_refund@pdd_b", "clawback_too_big@pdd_a",
    "unknown_fee_type@pdd_a", "unknown_fee_type@tmall_a", "advance_not_repaid@tmall_a", "partial_receipt@tmall_a",
    "receipt_before_files@pdd_b", "rounding_over_cap@pdd_a", "duplicate_line@tmall_a", "file_twice@pdd_a",
    "day_changed", "balance_break@taobao_b", "column_added@pdd_b", "consumer_bill", "status_backwards",
)  # fmt: skip
"""Many faults that do not hide each other: every shop stays readable."""


def faulty_month(
    names: list[str], *, seed: int = 1, orders: int = 1200, period: str = "2026-10", variant: str = "usual",
    grace: int = 0, sides: tuple[str, ...] = (),
) -> Month:  # fmt: skip
    """A month with the faults of `names`; raises KeyError for an unknown one, NoCandidateError for a small month."""
    wanted = [(name, *_split(name)) for name in names]
    for full, name, _ in wanted:
        if name not in NAMES:
            raise KeyError(f"unknown fault {full!r}; known: {', '.join(sorted(NAMES))}")
    blind = {shop or "pdd_b" for _, name, shop in wanted if name == NO_AFTER_SALES}
    specs = [_without_after_sales(s) if s.name in blind else s for s in company.shops(variant)]
    if not sides and any(name in company_sides.FAULTS for _, name, _ in wanted):
        sides = next((RETURN_SIDES for _, name, _ in wanted if name == "returned_not_refunded"), BOTH_SIDES)
    world = build(specs, seed=seed, orders=orders, period=period, grace=grace, sides=sides)
    extra: list[Expected] = []
    for full, name, shop in wanted:
        rng = random.Random(f"{seed}:{full}")
        if name in faults_order.FAULTS:
            extra += faults_order.FAULTS[name](world, rng, shop)
        elif name in company_sides.FAULTS:
            extra += company_sides.FAULTS[name](world, rng, shop)
        elif name == "day_missing":
            extra += faults_file.clear_a_day(world, rng, shop)
    month = _finished(world, extra, names)
    for full, name, shop in wanted:
        if name in faults_file.FAULTS:
            faults_file.FAULTS[name](month, random.Random(f"{seed}:{full}"), shop)
    return month


def _split(name: str) -> tuple[str, str]:
    fault, _, shop = name.partition("@")
    return fault, shop


def _without_after_sales(spec: ShopSpec) -> ShopSpec:
    if spec.platform != "pdd":
        raise ValueError(f"{NO_AFTER_SALES}: only a Pinduoduo shop has an exact truth without after-sale files")
    return replace(spec, after_sales=False)


def _finished(world: World, extra: list[Expected], names: list[str]) -> Month:
    finish(world)
    return Month(world, company.lay_out(world), extra=extra, faults=list(names))
