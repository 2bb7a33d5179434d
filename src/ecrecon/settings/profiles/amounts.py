"""Cells of a row and its money: `[fields]`, `[amount]`, `[split]`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ecrecon.settings.profiles.category_rules import Condition
from ecrecon.settings.profiles.words import CategoryName, GroupRegex, Name, Names, SplitTarget, Texts, Word, unsigned

RETRIED = 4
"""Columns that `retry_without` may name: every set of them is tried."""


class FieldSource(Word):
    """One entry of `from`: a column, optionally with its own extract."""

    column: Name
    extract: GroupRegex | None = None
    when: dict[Name, Texts] = Field(
        default_factory=dict, description="only in rows whose columns hold one of these texts each"
    )


def _sources(value: Any) -> Any:
    items = [value] if isinstance(value, str) else value
    return [{"column": item} if isinstance(item, str) else item for item in items]


class FieldSpec(Word):
    """One canonical field of `[fields]`."""

    from_: Annotated[list[FieldSource], BeforeValidator(_sources)] = Field(alias="from")
    as_: Literal["id", "text", "money", "datetime", "date", "int", "rate"] = Field("text", alias="as")
    null: list[str] = Field(default_factory=list)
    extract: GroupRegex | None = None
    join: str | None = None
    fill: Literal["down"] | None = None
    map: dict[str, str] = Field(default_factory=dict)
    keep: bool = True
    dates: Texts = Field(default_factory=list)
    text_after: bool = False
    prefer_unique: bool = Field(False, description="of the `from` columns take the one whose values are all distinct")


class AmountWitness(Word):
    """A second column that states the direction; disagreement is a finding, the printed sign stays."""

    column: Name
    plus: list[str]
    minus: list[str]


class RedMark(Word):
    """A column that marks reversals. Texts of `red` say that the entry is in red print, those of `plain` that it is not;
    any other text says that the row reverses another, however its amount is printed."""

    column: Name
    red: list[str] = Field(default_factory=list)
    plain: list[str] = Field(default_factory=list)


class AmountTable(Word):
    """`[amount]`: how the signed amount of a row is printed."""

    mode: Literal["signed", "in_out", "direction", "columns"]
    column: Name | None = None
    columns: Names = Field(default_factory=list, description="mode columns: what adds up; `-name` subtracts")
    always: Literal["in", "out"] | None = Field(
        None, description="mode signed: the direction, whatever sign is printed"
    )
    in_: Name | list[str] | None = Field(None, alias="in")
    out: Name | list[str] | None = None
    out_sign: Literal["minus", "plus", "any"] = "any"
    direction: Name | None = None
    printed: Literal["signed", "unsigned", "any"] = "any"
    against: Literal["direction", "back"] = Field(
        "direction",
        description="mode direction, a sign against the usual one where neither balance nor totals decide: the direction "
        "counts, or the entry is taken back",
    )
    red: RedMark | None = None
    witness: AmountWitness | None = None
    balance: Name | None = None
    text_after: bool = False
    both_zero: Literal["void"] | None = None

    @model_validator(mode="after")
    def _complete(self) -> AmountTable:
        needs = {
            "signed": ("column",),
            "in_out": ("in_", "out"),
            "direction": ("column", "direction", "in_", "out"),
            "columns": ("columns",),
        }
        for key in needs[self.mode]:
            if not getattr(self, key):
                raise ValueError(f"mode = {self.mode!r} needs the key {key.rstrip('_')!r}")
        return self


class SplitTable(Word):
    """`[split]`: one row into several money lines whose sum is proved.

    A column written `-name` is printed without sign and is money out.
    """

    sum_to: Literal["amount"] = "amount"
    columns: dict[Name, SplitTarget] = Field(default_factory=dict)
    fields: dict[str, CategoryName] = Field(default_factory=dict, description="money fields; `-name` as well")
    pairs: dict[Name, Name] = Field(default_factory=dict)
    negated_ok: bool = False
    either_sign: list[Name] = Field(
        default_factory=list, description="columns printed signed or as magnitudes to subtract: the sum decides"
    )
    retry_without: list[Name] = Field(default_factory=list, max_length=RETRIED)
    otherwise: Literal["whole", "stop"] = "whole"
    when: dict[str, Condition] | None = None
    unless: dict[str, Condition] | None = None

    @property
    def column_names(self) -> set[str]:
        """Every column that a split reads."""
        return {*(unsigned(name) for name in (*self.columns, *self.pairs)), *self.pairs.values()}
