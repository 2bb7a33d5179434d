"""One file layout as a whole, and what must hold between its tables."""

from __future__ import annotations

from pydantic import Field, model_validator

from ecrecon.settings.profiles.amounts import AmountTable, FieldSpec, SplitTable
from ecrecon.settings.profiles.category_rules import CategoryTable
from ecrecon.settings.profiles.layout import FileTable, HeaderTable, NameTable, PreambleTable, ProfileHead
from ecrecon.settings.profiles.order_rules import ReceivableTable, RefundTable, StatusTable
from ecrecon.settings.profiles.row_rules import ControlsTable, IdentityTable, RowsTable, TieTable
from ecrecon.settings.profiles.words import Word

QUIRKS: tuple[str, ...] = ("unnamed_columns",)


class Profile(Word):
    """One file layout."""

    profile: ProfileHead
    file: FileTable = Field(default_factory=FileTable)
    preamble: PreambleTable = Field(default_factory=PreambleTable)
    name: NameTable = Field(default_factory=NameTable)
    header: HeaderTable
    fields: dict[str, FieldSpec] = Field(default_factory=dict)
    amount: AmountTable | None = None
    split: SplitTable | None = None
    category: CategoryTable | None = None
    rows: RowsTable = Field(default_factory=RowsTable)
    identity: IdentityTable | None = None
    controls: ControlsTable = Field(default_factory=ControlsTable)
    status: StatusTable | None = None
    refund: RefundTable | None = None
    tie: list[TieTable] = Field(default_factory=list)
    receivable: ReceivableTable = Field(default_factory=ReceivableTable)

    @property
    def id(self) -> str:
        """Profile id, for example `alipay.a1`."""
        return self.profile.id

    @model_validator(mode="after")
    def _consistent(self) -> Profile:
        head = self.profile
        if head.kind in ("bill", "bank") and (self.amount is None or head.view is None):
            raise ValueError(f"a profile of kind {head.kind!r} needs [amount] and profile.view")
        own = head.kind == "orders" and head.origin == "platform"
        if own and (self.status is None or not self.receivable.reading):
            raise ValueError("a profile of kind 'orders' needs [status] and [[receivable.reading]]")
        if head.kind == "refunds" and (self.status is None or self.refund is None):
            raise ValueError("a profile of kind 'refunds' needs [status] and [refund]")
        if head.notes_en and len(head.notes_en) != len(head.notes):
            raise ValueError("profile.notes_en needs one text for each of profile.notes")
        if head.kind == "ignore" and not (head.refuse or head.reason):
            raise ValueError("a profile of kind 'ignore' needs profile.refuse or profile.reason")
        if head.quirk is not None and head.quirk not in QUIRKS:
            raise ValueError(f"unknown quirk {head.quirk!r}; known: {', '.join(QUIRKS)}")
        return self
