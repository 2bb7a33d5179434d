"""`configs/targets/*.toml`: what a target's file looks like, read and written. Only these words are accepted."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.base.validation import nearest, read_toml, validated

# `configs/targets/*.toml`: what a target's file looks like. Only these words are accepted.

VALUES: tuple[str, ...] = (
    "date", "year", "period", "word", "number", "word_number", "attachments", "serial", "voucher_id", "preparer",
    "line0", "line1", "row", "summary", "account_code", "account_name", "account_both", "other_accounts", "debit", "credit", "debit_or_zero",
    "credit_or_zero", "signed", "amount", "direction", "currency", "rate", "currency_code", "currency_name", "original",
    "exchange_rate", "original_or_zero", "exchange_rate_or_zero", "shop", "event", "dimension_code",
    "dimension_name", "dimension_class", "dimension_item", "narration", "blank",
)  # fmt: skip
"""What a column can show. `debit` is blank where unused, `debit_or_zero` 0; `signed`: debit +, credit -; `amount`: the
filled side; `line0`/`line1`: number of the line in its voucher from 0 or 1; `row`: of the line in the file; `serial`: of
the voucher in the file; `narration`: title of the voucher, equal on all its lines; `dimension_*` need `kind` or `slot`;
`currency`, `rate`: those of the amounts, CNY and 1. `currency_code` (`RMB`, `USD`), `currency_name`, `original` and
`exchange_rate`: those of the bill, for CNY the filled side and 1; `*_or_zero`: 0 for CNY.
`dimension_item` is `类别---编码---名称`; `other_accounts`: codes that the line is booked against."""

ABROAD = frozenset({"original", "exchange_rate", "original_or_zero", "exchange_rate_or_zero"})
NUMBERS = frozenset({"debit", "credit", "debit_or_zero", "credit_or_zero", "signed", "amount", "rate"}) | ABROAD
COUNTS = frozenset({"year", "period", "number", "attachments", "serial", "line0", "line1", "row"})


class Word(BaseModel):
    """A table of the vocabulary: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Word):
    """One column: its header and what it shows. `const` stands on every line; `head`: only on a voucher's first line."""

    header: str
    value: str = "blank"
    const: int | str | None = None
    kind: str | None = Field(None, description="dimension_*: class of the dimension, for example 客户")
    slot: int | None = Field(None, description="dimension_*: the n-th dimension of the line, from 1")
    format: str | None = Field(None, description="date: strftime pattern")
    head: bool = False
    caption: str | None = Field(None, description="second header row")
    type: str | None = Field(None, description="dbf: field type such as C(60), N(14,2), D, L")
    code: bool = Field(False, description="a code: always a text cell")

    @field_validator("value")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in VALUES:
            raise ValueError(tr(f"列值 {value!r} 不认识", f"unknown value {value!r}") + nearest(value, VALUES))
        return value

    @model_validator(mode="after")
    def _dimension_named(self) -> Column:
        if self.value.startswith("dimension_") and self.kind is None and self.slot is None:
            raise ValueError(
                tr(
                    f"列 {self.header!r}：{self.value} 要写 kind（核算类别）或 slot（第几项）",
                    f"column {self.header!r}: {self.value} needs kind or slot",
                )
            )
        return self


TARGET_ID = r"^[^\W_][\w-]{0,39}$"
"""Names of targets are names of files as well: letters of any script, digits, `-` and `_`."""


class Head(Word):
    """`[target]`."""

    id: str = Field(pattern=TARGET_ID)
    title: str
    container: Literal["xlsx", "xls", "csv", "text", "dbf", "beancount", "hledger", "iif"]
    file: str
    sheet: str = "Sheet1"
    encoding: Literal["utf-8", "utf-8-sig", "gbk", "gb18030"] = "utf-8"
    newline: Literal["lf", "crlf"] = "lf"
    preamble: tuple[str, ...] = ()
    header: bool = True
    separator: str = ","
    template: bool = Field(False, description="filled into a file of the user: --template is needed")
    header_row: int | None = Field(None, description="template: row of the headers, from 1")
    first_row: int | None = Field(None, description="template: first row of data, from 1")
    extra: Literal["k3_schema"] | None = Field(None, description="a further sheet that the software wants")
    notes: tuple[str, ...] = ()


class Limits(Word):
    """`[limits]`: what the software refuses. Lengths are bytes of the target's encoding; None = not known."""

    summary: int | None = None
    word: int | None = None
    account: int | None = None
    amount: int | None = Field(None, description="longest amount in characters, with sign and point")
    number: int | None = None
    rows: int | None = Field(None, description="rows of one file; more is split between vouchers")
    slots: int | None = Field(None, description="dimensions of a line")
    negative: Literal["keep", "flip"] = Field("keep", description="flip: a red amount becomes the other side")
    forbidden: dict[str, str] = Field(default_factory=dict, description="text that may not occur -> replacement")


class Layout(Word):
    """One target."""

    target: Head
    limits: Limits = Field(default_factory=Limits)
    column: tuple[Column, ...] = ()


def load_layout(path: Path) -> Layout:
    """Read one layout; raise ConfigError naming file, key and the nearest known key."""
    return layout_from(read_toml(path), path.name)


def layout_from(data: dict[str, Any], name: str) -> Layout:
    """Validate parsed TOML; `name` appears in the messages."""
    return validated(data, Layout, name, tr("全部的键见 docs/targets.md", "see docs/targets.md for all keys"))


def load_layouts(folders: Iterable[Path] = ()) -> dict[str, Layout]:
    """The shipped layouts and those in `folders`, by id; a later one of the same id wins."""
    found: dict[str, Layout] = {}
    for folder in (configs_dir() / "targets", *folders):
        for path in sorted(folder.glob("*.toml")):
            layout = load_layout(path)
            found[layout.target.id] = layout
    return dict(sorted(found.items()))


# A layout as TOML, for a person to check and mend.


def layout_text(layout: Layout) -> str:
    """The file of a layout; only what differs from the defaults."""
    out = ["[target]", *_keys(layout.target), "", "[limits]", *_keys(layout.limits)]
    for column in layout.column:
        out += ["", "[[column]]", *_keys(column)]
    return "\n".join(out) + "\n"


def _keys(table: Word) -> list[str]:
    set_keys = table.model_dump(exclude_defaults=True, exclude_none=True)
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in set_keys.items()]
