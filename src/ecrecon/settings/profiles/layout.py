"""What a file is and where its table stands: `[profile]`, `[file]`, `[preamble]`, `[name]`, `[header]`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from ecrecon.base.texts import tr
from ecrecon.settings.profiles.words import GroupRegex, Name, Regex, Texts, Word

ProfileKind = Literal["bill", "orders", "order_lines", "refunds", "shipments", "bank", "cost", "ignore"]


class ProfileHead(Word):
    """`[profile]`: what the file is and which look at the money it takes."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
    title: str
    title_en: str | None = None
    use: Texts = Field(default_factory=list, description="shared tables that this layout has in common with others")
    platform: str
    kind: ProfileKind
    origin: Literal["platform", "erp"] = "platform"
    listed_by: Literal["created_at", "paid_at", "shipped_at"] = Field(
        "created_at", description="the time by which an order export was asked for: what lies outside is not in it"
    )
    view: Literal["cash", "detail", "witness"] | None = None
    grain: Literal["order", "sub_order", "payment", "batch", "none"] = "none"
    rank: int = 10
    currency: str = "CNY"
    unit: Literal["yuan", "fen"] = "yuan"
    account: str | None = Field(None, description="suffix of the account name where the file prints none")
    part: str | None = Field(
        None, description="which part of the account's money, where one view comes in several files"
    )
    notes: Texts = Field(default_factory=list)
    notes_en: Texts = Field(default_factory=list, description="the notes in English, one for one")
    valid_from: str | None = None
    refuse: str | None = None
    refuse_en: str | None = None
    reason: str | None = Field(None, description="kind ignore: why the file is recognised and left out")
    reason_en: str | None = None
    quirk: str | None = None

    @property
    def called(self) -> str:
        """The title in the language of the run; in English the id where there is none."""
        return tr(self.title, self.title_en or self.id)

    @property
    def told(self) -> tuple[str, ...]:
        """The notes in the language of the run."""
        return tuple(tr(zh, en) for zh, en in zip(self.notes, self.notes_en or self.notes, strict=True))

    @property
    def left_out(self) -> str:
        """Why a file of this layout is refused or left out, in the language of the run."""
        if self.refuse:
            english = f"{self.id} is no bill of a merchant: download the merchant's bill from the platform"
            return tr(self.refuse, self.refuse_en or english)
        known = f"{self.id} is known and left out: the reconciliation does not use it"
        return tr(self.reason or "", self.reason_en or known)


class FileTable(Word):
    """`[file]`: container facts; all optional, sniffed otherwise."""

    sheet: str | None = None
    entries: str | None = None
    delimiter: str | None = None
    quoting: Literal["csv", "backtick", "none"] = "csv"
    number: Texts = Field(default_factory=lambda: ["1,234.56"])
    dates: Texts = Field(default_factory=list)
    zone: str = "Asia/Shanghai"
    header_rows: int = 1
    skip_after_header: int = 0
    note_row: Name | None = Field(
        None, description="time column: the row below the header is left out where this cell holds no time"
    )
    summary_row: Literal["control"] | None = None
    stop_at: Regex | None = None
    trailer: Literal["always", "with_preamble"] | None = Field(
        None, description="the layout ends in totals: always, or where it prints lines above the header"
    )
    last_line: Regex | None = Field(None, description="a line of the trailer that only a whole file has")
    masked: Texts = Field(
        default_factory=list, description="cells that hide their value from this user: unknown, not 0"
    )


class PreambleTable(Word):
    """`[preamble]`: regexes with one group on the lines around the table."""

    account: GroupRegex | None = None
    from_: GroupRegex | None = Field(None, alias="from")
    until: GroupRegex | None = None
    until_is: Literal["exclusive", "inclusive"] = "inclusive"
    exported_at: GroupRegex | None = None


class NameTable(Word):
    """`[name]`: what only the file's name says (its folders excluded)."""

    account: GroupRegex | None = None
    suffix: dict[str, str] = Field(default_factory=dict, description="text in the name -> suffix of the account")


class HeaderTable(Word):
    """`[header]`: the marker columns that make identification exclusive."""

    require: list[Name] = Field(default_factory=list)
    require_any: list[list[Name]] = Field(default_factory=list)
    forbid: list[Name] = Field(default_factory=list)
    alias: dict[Name, list[Name]] = Field(default_factory=dict)
    new_money_column: Literal["split", "keep", "stop"] = "keep"
    known: list[Name] = Field(default_factory=list, description="columns of the layout that may come and go unreported")
    private: list[Name] = Field(default_factory=list, description="columns about persons: expected, never read")
    general: bool = Field(
        default=False, description="the layout of many issuers: taken only where no other profile fits"
    )
