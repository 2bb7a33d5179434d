"""The fee vector of one settlement group: C01, C02 and R07, outside the difference of the group (docs/matching.md "Fees")."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.model import PLATFORM, Group, Line

DEFAULT_BASE = ("goods_receipt", "freight_income", "coupon_platform", "subsidy")


@dataclass(frozen=True)
class Rate:
    """An agreed rate `numerator / denominator`; `base` empty = the default base.

    `rated` False: no rate is configured, the fee is only documented to come back on a refund.
    """

    category: str
    numerator: int = 0
    denominator: int = 1
    base: tuple[str, ...] = ()
    returned: bool = False
    rated: bool = True


@dataclass(frozen=True, order=True)
class FeeFinding:
    code: str
    category: str
    amount: int


def half_up(numerator: int, denominator: int) -> int:
    """A non-negative quotient, half rounded up."""
    return (2 * numerator + denominator) // (2 * denominator)


def fee_findings(group: Group, rates: tuple[Rate, ...]) -> list[FeeFinding]:
    """`difference = actual - expected`: a fee of 6.00 where 5.00 is agreed is -1.00."""
    found: list[FeeFinding] = []
    for rate in rates:
        fees = [line.amount for line in group.lines if line.category == rate.category]
        charges = -sum(amount for amount in fees if amount < 0)
        returns = sum(amount for amount in fees if amount > 0)
        count = sum(1 for amount in fees if amount < 0)
        base = base_of(group, rate)
        if rate.rated:
            agreed = half_up(max(base, 0) * rate.numerator, rate.denominator)
            if count and abs(agreed - charges) > count:
                found.append(FeeFinding("C01", rate.category, agreed - charges))
            if not count and agreed:
                found.append(FeeFinding("C02", rate.category, agreed))
        if rate.returned and count and base > 0:
            back = min(half_up(charges * max(taken_back(group), 0), base), charges)
            if back - returns > count:
                found.append(FeeFinding("R07", rate.category, returns - back))
    return sorted(found)


def base_of(group: Group, rate: Rate) -> int:
    """Positive lines of the base, minus the refund lines that share the row of a receipt."""
    wanted = rate.base or DEFAULT_BASE
    has_goods = any(line.category == "goods_receipt" for line in group.lines)
    if not rate.base and not has_goods:
        wanted = (*wanted, "advance")
    inside = sum(line.amount for line in group.lines if line.category in wanted and line.amount > 0)
    return inside + sum(
        line.amount for line in group.lines if line.category == "refund" and of_settlement_row(group, line)
    )


def of_settlement_row(group: Group, line: Line) -> bool:
    receipts = (*DEFAULT_BASE, "advance", "deposit_forfeit")
    ids = {other.txn_id for other in group.lines if other.category in receipts and other.amount > 0 and other.txn_id}
    return line.txn_id in ids


def taken_back(group: Group) -> int:
    """What went back after the settlement: refund lines and negative platform lines of other rows."""
    return -sum(
        line.amount
        for line in group.lines
        if (line.category == "refund" or (line.category in PLATFORM and line.amount < 0))
        and not of_settlement_row(group, line)
    )
