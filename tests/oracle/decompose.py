"""The decomposition of one settlement group, step by step in the printed order, as close to the prose as it goes.

`difference = actual - expected = Σ components`. Facts are taken at their full amount; a hypothesis only when it closes
the residue of its slot. Every line and every document belongs to one slot, every slot is consumed once.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from tests.oracle.model import CASH, PLATFORM, PRINCIPAL, Component, Document, Group, Line, Result

NETTING_LIMIT = 8
DEFAULT_KIND = {
    "X03": "break", "X11": "info", "A08": "info", "R08": "break", "R02": "break", "R03": "break", "A05": "break",
    "X01": "timing", "F12": "review", "A01": "tolerated", "M08": "break", "A04": "timing", "A02": "break",
    "A03": "break",
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """A refund in the bill; `amount` is what went out (a returned refund is negative)."""

    amount: int
    line: Line


def decompose(group: Group) -> Result:
    """Explain one group."""
    return Case(group).run() if group.has_order else without_order(group)


def without_order(group: Group) -> Result:
    """Step -1. A document without order has a disposition of its own (`no_order`): it expects nothing.

    Refund lines alone: nothing came in. On platforms that take their part back these are also platform lines.
    """
    lines = [line for line in group.lines if line.category in PRINCIPAL]
    difference = sum(line.amount for line in lines)
    refunds_alone = not any(line.category in CASH + PLATFORM and line.amount > 0 for line in lines)
    code = "X11" if refunds_alone and group.documents else group.orphan_code
    components = [Component(code, DEFAULT_KIND[code], difference)] if difference else []
    return Result(0, difference, difference, components, "no_order")


class Case:
    """The slots of one group while the steps consume them."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.lines = [line for line in group.lines if line.category in PRINCIPAL]
        self.tolerance = group.tolerance
        self.closed = group.status == "closed"
        self.due_cash, self.due_platform = group.due_cash, group.due_platform
        self.documents_sum = sum(document.amount for document in group.documents)
        self.open = sorted(group.documents, key=document_order)
        rows = [Row(-line.amount, line) for line in self.lines if self.is_row(line)]
        self.rows = sorted(rows, key=row_order)
        self.not_owed = 0
        self.components: list[Component] = []
        self.netted: list[int] = []

    def is_row(self, line: Line) -> bool:
        """Refund lines; of gross documents also the negative platform lines."""
        return line.category == "refund" or (self.group.gross and line.category in PLATFORM and line.amount < 0)

    def add(self, code: str, amount: int, refund_id: str | None = None, kind: str | None = None) -> None:
        if amount:
            self.components.append(Component(code, kind or DEFAULT_KIND[code], amount, refund_id or ""))

    def total(self, *categories: str) -> int:
        return sum(line.amount for line in self.lines if line.category in categories)

    def run(self) -> Result:
        self.step_3_pair_refunds()
        self.step_0a_self_documented()
        self.step_0b_closed()
        self.step_0c_unpaid()
        self.open_slots()
        self.step_1_price_protection()
        self.step_2_clawback()
        if self.receipts:
            self.step_8_advance()
            self.step_10_double_receipt()
            taken = self.step_6_netted()
            taken = taken or self.step_6b_netted_by_time()
            self.platform_part_not_owed(taken)
        self.step_3d_pair_the_rest()
        self.step_4_rows_without_document()
        if self.receipts:
            self.step_7_documents_without_row()
            self.step_9_coupon_inside_receipt()
            self.step_11_platform_missing()
            self.step_12_residue()
        else:
            self.step_5_no_receipt()
        return self.result()

    def step_0a_self_documented(self) -> None:
        """A row that no after-sale file covers documents itself. A document that was loaded after all answers its row
        first, so pairing (3) stands before; it reads nothing that 0b, 0c, 1 and 2 change."""
        alone = [row for row in self.rows if row.line.self_documented]
        self.documents_sum += amount_of(alone)
        self.documented = bool(self.group.documents or alone)
        self.leave([], alone)
        self.pair_totals()

    def step_0b_closed(self) -> None:
        if self.closed:
            self.due_cash = self.documents_sum + self.total("deposit_forfeit")
            self.due_platform = min(self.due_platform, self.positive_platform())

    def step_0c_unpaid(self) -> None:
        if self.group.unpaid:
            self.due_cash = self.due_platform = 0

    def positive_platform(self) -> int:
        return sum(line.amount for line in self.lines if line.category in PLATFORM and line.amount > 0)

    def open_slots(self) -> None:
        self.cash = self.total(*CASH) - self.due_cash
        self.plat = self.positive_platform() - self.due_platform
        self.claw = 0 if self.group.gross else self.positive_platform() - self.total(*PLATFORM)
        self.receipts = [line for line in self.lines if line.category in CASH + PLATFORM and line.amount > 0]

    def step_1_price_protection(self) -> None:
        adjust = self.total("price_protection")
        shared = min(max(self.plat, 0), max(-adjust, 0))  # the platform's part of the deduction
        self.plat -= shared
        self.add("A08", adjust + shared)

    def step_2_clawback(self) -> None:
        if self.claw <= 0:
            return
        if self.documented or any(line.category == "refund" for line in self.lines):
            share = min(self.claw, self.due_platform)
            self.not_owed += share
            self.add("R08", -(self.claw - share))
        else:
            self.add("R02", -self.claw)

    def step_3_pair_refunds(self) -> None:
        for refund_id in sorted({document.refund_id for document in self.open if document.refund_id}):
            documents = [document for document in self.open if document.refund_id == refund_id]
            rows = [row for row in self.rows if row.line.refund_id == refund_id]
            if rows:
                self.add("R03", amount_of(documents) - amount_of(rows), refund_id)
                self.leave(documents, rows)
        for document in list(self.open):
            equal = [row for row in self.rows if row.amount == document.amount]
            if equal:
                self.leave([document], equal[:1])
        self.pair_totals()

    def pair_totals(self) -> None:
        if self.open and self.rows and amount_of(self.open) == amount_of(self.rows):
            self.leave(list(self.open), list(self.rows))

    def leave(self, documents: list[Document], rows: list[Row]) -> None:
        self.open = [document for document in self.open if document not in documents]
        self.rows = [row for row in self.rows if row not in rows]

    def step_8_advance(self) -> None:
        advance = self.total("advance")
        if advance <= 0 or self.total("goods_receipt") <= 0:
            return
        rest = self.cash - advance
        # an open advance is a surplus: a slot without one has no residue that it could close
        if (self.cash > 0 and abs(rest) <= self.tolerance) or self.document_set(-rest):
            taken = advance
        else:
            taken = min(advance, self.cash)
            if taken <= self.tolerance:
                return
        self.add("A07", taken, kind="review" if self.group.advance_late else "timing")
        self.cash -= taken

    def step_10_double_receipt(self) -> None:
        amounts = [line.amount for line in self.lines if line.category == "goods_receipt" and line.amount > 0]
        if self.cash <= self.tolerance or not amounts:
            return
        count, value = max((amounts.count(amount), amount) for amount in amounts)
        extra = (count - 1) * value
        if count > 1 and (self.cash == extra or self.document_set(extra - self.cash)):
            self.add("A05", extra)
            self.cash -= extra

    def document_set(self, target: int) -> list[Document]:
        """Best set of open documents that closes `target`: smallest gap, fewest documents, earliest."""
        found = [
            (abs(target - amount_of(some)), len(some), [document_order(document) for document in some], some)
            for size in range(1, min(NETTING_LIMIT, len(self.open)) + 1)
            for some in combinations(self.open, size)
            if target > 0 and abs(target - amount_of(some)) <= self.tolerance
        ]
        return list(min(found)[3]) if found else []

    def step_6_netted(self) -> int:
        """Netted before settlement. Returns the sum that was taken off the buyer's part (first target)."""
        self.took = False
        if documents := self.document_set(-self.cash):
            return self.net(documents)
        if documents := self.document_set(-(self.cash + self.plat)):
            self.net(documents)
            self.cash, self.plat = self.cash + self.plat, 0
        return 0

    def net(self, documents: list[Document]) -> int:
        self.took = True
        self.netted += [document.document_id for document in documents]
        self.cash += amount_of(documents)
        self.leave(documents, [])
        return amount_of(documents)

    def step_6b_netted_by_time(self) -> int:
        if self.took:
            return 0
        taken = 0
        first = min(line.at for line in self.receipts)
        early = [document for document in self.open if document.completed_at <= first]
        if early and abs(self.cash + amount_of(early)) < abs(self.cash):
            taken += self.net(early)
        if self.closed and self.open and self.cash < 0:
            taken += self.net(list(self.open))
        return taken

    def platform_part_not_owed(self, netted: int) -> None:
        """Second half of step 6: what was refunded before the settlement carries no platform part."""
        ids = {line.txn_id for line in self.receipts if line.txn_id}
        seconds = {line.at for line in self.receipts}
        own = -sum(
            line.amount
            for line in self.lines
            if line.category == "refund" and line.amount < 0 and (line.txn_id in ids or line.at in seconds)
        )
        before = min(netted + own, self.due_cash)
        if self.group.gross or self.plat >= 0 or before <= 0:
            return
        if -self.plat <= -(-self.due_platform * before // self.due_cash):
            self.not_owed += -self.plat
            self.plat = 0

    def step_3d_pair_the_rest(self) -> None:
        if len(self.open) == len(self.rows) == 1:
            self.add("R03", self.open[0].amount - self.rows[0].amount, self.open[0].refund_id)
            self.leave(list(self.open), list(self.rows))

    def step_4_rows_without_document(self) -> None:
        for row in self.rows:
            self.add("R02", -row.amount, row.line.refund_id)

    def step_5_no_receipt(self) -> None:
        """Without any document the platform part stays owed, also where the buyer paid nothing (0 >= 0)."""
        refunded = self.documented and self.documents_sum >= self.due_cash
        if not self.group.gross and refunded:
            self.not_owed += -self.plat
            self.plat = 0
        net = self.cash + self.plat + amount_of(self.open)
        if not self.group.due:
            self.add("X01", net)
        elif not self.group.covered:
            self.add("F12", net)
        else:
            self.add("X02", net, kind=self.group.overdue_kind)

    def step_7_documents_without_row(self) -> None:
        for document in self.open:
            self.add("R01", document.amount, document.refund_id, "break" if document.late else "timing")

    def step_9_coupon_inside_receipt(self) -> None:
        if self.cash + self.plat == 0:
            self.cash = self.plat = 0

    def step_11_platform_missing(self) -> None:
        if self.plat < 0 and self.cash <= self.tolerance:
            self.add("C06", self.plat, kind="break" if self.group.platform_due else "timing")
            self.plat = 0

    def step_12_residue(self) -> None:
        residue = self.cash + self.plat
        if abs(residue) <= self.tolerance:
            code = "A01"
        elif self.closed and residue > 0:
            code = "M08"
        elif residue < 0 and not (self.group.due and self.group.covered):
            code = "A04"
        else:
            code = "A02" if residue < 0 else "A03"
        self.add(code, residue)

    def result(self) -> Result:
        """Step 13."""
        expected = self.due_cash + self.due_platform - self.documents_sum - self.not_owed
        actual = sum(line.amount for line in self.lines)
        assert sum(component.amount for component in self.components) == actual - expected, self.group
        return Result(expected, actual, actual - expected, sorted(self.components), self.outcome(), sorted(self.netted))

    def outcome(self) -> str:
        """What the components say comes before a status that says "nothing".

        Timing alone with a receipt is money still under way: partly.
        """
        codes = {component.code for component in self.components}
        kinds = {component.kind for component in self.components}
        if "X02" in codes:
            return "overdue"
        if "F12" in codes:
            return "not_checked"
        if kinds & {"stop", "break", "review"}:
            return "open"
        if "X01" in codes:
            return "not_due"
        if "timing" in kinds:
            return "partly"
        return "cancelled_unpaid" if self.group.unpaid else "settled"


def document_order(document: Document) -> tuple[int, str, int]:
    return document.completed_at, document.refund_id or "", document.document_id


def row_order(row: Row) -> tuple[bool, int, str, int]:
    """(time, id); a row that documents itself needs no document and comes last."""
    return row.line.self_documented, row.line.at, row.line.txn_id or "", row.line.line_id


def amount_of(items: list[Document] | list[Row] | tuple[Document, ...]) -> int:
    return sum(item.amount for item in items)
