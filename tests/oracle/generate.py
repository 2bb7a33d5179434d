"""Random settlement groups: Hypothesis strategies that shrink, and a seeded fast generator for bulk runs.

`random_group` composes a story (receipts, refunds before and after the settlement, coupons, advances ...) and then
disturbs it; `groups` of Hypothesis is free noise over few amounts and few moments, so that everything collides.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import strategies as st
from tests.oracle.model import PRINCIPAL, Document, Group, Line

AMOUNTS = (1, 2, 3, 100, 250, 300, 500, 999, 1000, 1999, 2000, 3000, 3999, 4000, 5990, 6600, 10_000)
STATUSES = ("finished", "closed", "shipped", "paid", "unpaid")
DAY = 86_400
SETTLED_AT = 10 * DAY


def groups() -> st.SearchStrategy[Group]:
    """Small groups of noise."""
    amount = st.sampled_from((1, 2, 3, 5, 100, 101, 200, 300, 500, 1000))
    signed = st.builds(lambda value, minus: -value if minus else value, amount, st.booleans())
    text_id = st.sampled_from((None, None, "A", "B"))
    line = st.builds(
        Line, st.just(0), st.sampled_from(PRINCIPAL), signed, st.integers(0, 3), text_id, text_id,
        st.sampled_from((False, False, False, True)),
    )  # fmt: skip
    document = st.builds(Document, st.just(0), amount, st.just(None), st.integers(0, 3), st.booleans())
    return st.builds(
        _numbered,
        st.builds(
            Group,
            due_cash=st.one_of(st.just(0), amount), due_platform=st.sampled_from((0, 0, 1, 100, 300)),
            lines=st.lists(line, max_size=6).map(tuple), documents=st.lists(document, max_size=4).map(tuple),
            status=st.sampled_from(STATUSES), unpaid=st.sampled_from((False, False, False, True)),
            due=st.booleans(), covered=st.booleans(), gross=st.booleans(),
            tolerance=st.sampled_from((0, 1, 5)), platform_due=st.booleans(), advance_late=st.booleans(),
            overdue_kind=st.sampled_from(("break", "review")),
            has_order=st.sampled_from((True, True, True, True, False)), orphan_code=st.sampled_from(("X03", "X11")),
        ),
        st.lists(text_id, min_size=4, max_size=4),
    )  # fmt: skip


def _numbered(group: Group, ids: list[str | None]) -> Group:
    """Number lines and documents; a refund id names one document."""
    seen: set[str] = set()
    documents = []
    for number, document in enumerate(group.documents):
        refund_id = ids[number] if ids[number] not in seen else None
        seen |= {refund_id} if refund_id else set()
        documents.append(replace(document, document_id=number, refund_id=refund_id))
    lines = tuple(replace(line, line_id=number) for number, line in enumerate(group.lines))
    return replace(group, lines=lines, documents=tuple(documents))


def random_groups(count: int, seed: int) -> list[Group]:
    """`count` groups, the same for the same seed."""
    rng = Random(seed)
    return [_Story(rng).group() for _ in range(count)]


class _Story:
    """One order and what happened to it."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.lines: list[Line] = []
        self.documents: list[Document] = []
        self.gross = self.chance(0.2)
        self.cash = rng.choice(AMOUNTS[3:]) if self.chance(0.93) else 0
        self.platform = rng.choice((0, 0, 1, 100, 300, 1000)) if self.chance(0.6) else 0
        self.before = 0

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def jitter(self, amount: int, probability: float = 0.12) -> int:
        return amount + self.rng.choice((-6, -5, -2, -1, 1, 2, 5, 6)) if self.chance(probability) else amount

    def line(
        self, category: str, amount: int, at: int, txn_id: str | None = None, refund_id: str | None = None
    ) -> None:
        if amount:
            alone = category == "refund" and self.alone and self.chance(0.8)
            self.lines.append(Line(0, category, amount, at, txn_id, refund_id, alone))

    def group(self) -> Group:
        rng = self.rng
        self.alone = self.chance(0.08)
        for number in range(self.refund_count()):
            self.refund(number)
        if self.chance(0.85):
            self.receipts()
            self.coupons()
        self.extras()
        if self.chance(0.15):
            self.line(rng.choice(PRINCIPAL), rng.choice((1, -1)) * rng.choice(AMOUNTS), self.moment())
        rng.shuffle(self.lines)
        rng.shuffle(self.documents)
        has_order = self.chance(0.95)
        status = rng.choices(STATUSES, (60, 15, 12, 8, 5))[0]
        return Group(
            due_cash=self.cash, due_platform=self.platform,
            lines=tuple(replace(line, line_id=number) for number, line in enumerate(self.lines)),
            documents=tuple(replace(document, document_id=number) for number, document in enumerate(self.documents)),
            status=status, unpaid=status == "unpaid" or self.chance(0.02), due=self.chance(0.75),
            covered=self.chance(0.8), gross=self.gross, tolerance=rng.choice((0, 1, 1, 1, 5)),
            platform_due=self.chance(0.7), advance_late=self.chance(0.3),
            overdue_kind="break" if self.chance(0.7) else "review", has_order=has_order,
            orphan_code=rng.choice(("X03", "X11")),
        )  # fmt: skip

    def refund_count(self) -> int:
        if self.chance(0.02):
            return self.rng.randint(9, 11)
        return self.rng.choices((0, 1, 2, 3, 4), (45, 30, 15, 7, 3))[0]

    def moment(self) -> int:
        """Before, at or after the settlement; few distinct moments, so that seconds collide."""
        return self.rng.choice((2, 5, 8, 10, 10, 12, 15)) * DAY

    def refund(self, number: int) -> None:
        """A document, a bill line, or both; before the settlement, in its own row, or after it."""
        rng = self.rng
        amount = self.cash if self.cash and self.chance(0.3) else rng.choice(AMOUNTS)
        refund_id = rng.choice((None, f"R{number}"))
        stage = rng.choices(("before", "row", "after", "unseen", "undocumented"), (35, 10, 35, 10, 10))[0]
        at = {"before": 5 * DAY + number % 3, "row": SETTLED_AT}.get(stage, self.moment() + number % 2)
        if stage != "undocumented":
            extra = self.platform if self.gross and self.chance(0.5) else 0
            self.documents.append(
                Document(0, self.jitter(amount) + extra if amount > 6 else amount, refund_id, at, self.chance(0.6))
            )
        if stage == "before":
            self.before += amount
        elif stage != "unseen":
            line_id = rng.choice((refund_id, refund_id, None, "R0"))
            txn_id = rng.choice(("S", "S", None)) if stage == "row" else rng.choice((None, f"T{number}"))
            parts = (amount,) if self.chance(0.85) else (amount // 3, amount - amount // 3)
            for part in parts:
                self.line("refund", -part, at, txn_id, line_id)
            if self.platform and self.chance(0.5):
                share = rng.choice((self.platform, self.pro_rata(amount), 1, self.platform + 1))
                self.line(rng.choice(("coupon_platform", "subsidy")), -share, at, txn_id, line_id)

    def pro_rata(self, amount: int) -> int:
        return self.platform * min(amount, self.cash) // self.cash if self.cash else 0

    def receipts(self) -> None:
        rng = self.rng
        received = self.jitter(self.cash - self.before)
        kind = rng.choices(("plain", "split", "double", "advance", "short", "keeps"), (58, 10, 8, 12, 6, 6))[0]
        if kind == "keeps":
            received = rng.choice(AMOUNTS)
        if received <= 0:
            return
        if kind == "short":
            received = max(received - rng.choice(AMOUNTS), 0)
        if kind == "advance":
            self.advance(received)
        elif kind == "split":
            first = received // rng.choice((2, 3))
            for part in (first, received - first):
                self.line(rng.choice(("goods_receipt", "freight_income")), part, SETTLED_AT + self.moment() % 2, "S")
        else:
            for copy in range(rng.choice((2, 2, 3)) if kind == "double" else 1):
                self.line("goods_receipt", received, SETTLED_AT + copy, f"S{copy}" if copy else "S")

    def advance(self, received: int) -> None:
        """An advance, open, repaid, part repaid or never turned into a receipt."""
        self.line("advance", received, 4 * DAY)
        if self.chance(0.75):
            self.line("goods_receipt", received, SETTLED_AT, "S")
        if self.chance(0.5):
            self.line("advance", -self.jitter(received, 0.3), SETTLED_AT + 1)

    def coupons(self) -> None:
        """The platform's part: whole, less the refunds before, wrong, missing, or taken back without reason."""
        if not self.platform:
            return
        whole = self.platform
        paid = self.rng.choices(
            (whole, whole - self.pro_rata(self.before), self.jitter(whole, 1), 0), (40, 30, 10, 20)
        )[0]
        inside = self.chance(0.05)
        self.line(
            "goods_receipt" if inside else self.rng.choice(("coupon_platform", "subsidy")),
            max(paid, 0),
            SETTLED_AT,
            "S",
        )
        if self.chance(0.06):
            self.line("coupon_platform", -whole, SETTLED_AT + DAY)

    def extras(self) -> None:
        if self.chance(0.04):
            self.line("price_protection", -self.rng.choice(AMOUNTS[:8]), self.moment())
            if self.chance(0.5):
                self.line("subsidy", self.rng.choice(AMOUNTS[:8]), self.moment())
        if self.chance(0.04):
            self.line("deposit_forfeit", self.rng.choice(AMOUNTS[3:]), self.moment())
        if self.chance(0.04):
            self.line("goods_receipt", -self.rng.choice(AMOUNTS), self.moment())
        if self.chance(0.1):
            self.line(self.rng.choice(("commission", "payment_fee")), -38, SETTLED_AT)
