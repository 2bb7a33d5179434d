"""Profiles: the closed vocabulary that says in TOML what one file layout is (docs/profiles.md).

Only words of these models are accepted; an unknown word is refused with the nearest known one. There is no arithmetic
and no condition on two rows, on purpose: the one escape is `quirk`, a named function of the interpreter.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ecrecon.base import categories
from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import tr
from ecrecon.base.validation import read_toml, validated

ProfileKind = Literal["bill", "orders", "order_lines", "refunds", "shipments", "bank", "cost", "ignore"]
RETRIED = 4
"""Columns that `retry_without` may name: every set of them is tried."""
MEASURES = ("rows", "in_count", "out_count", "in_sum", "out_sum", "net_sum")
"""What a named total of a trailer may count or add up, beside `column:NAME`."""
QUIRKS: tuple[str, ...] = ("taobao_t7_unnamed_columns",)

_ALIASES = (("动帐", "动账"), ("入帐", "入账"), ("帐", "账"), ("劵", "券"))
_BLANKS = re.compile(r"[\s\ufeff\u3000\u00a0\u200b]+")
_ENGLISH = re.compile(r"(?<=[^\x00-\x7f])\[[\x20-\x5a\x5e-\x7e]*\]$")
_UNIT = re.compile(r"\((?:[+-]?(?:元|分|RMB|CNY|人民币))\)$")

_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
"""Full-width ASCII: brackets, slash, colon, plus, minus, letters, digits."""


@lru_cache(maxsize=100_000)
def normal_name(name: str) -> str:
    """Column name as profiles and files are compared: docs/reading.md "Names of columns".

    Strips BOM, TAB, blanks, line breaks and, as of cells, `="…"`, quotes and backticks around it, makes full-width signs and
    letters half-width, drops a trailing unit and a translation in square brackets behind a Chinese name, unifies 帐/账 and 劵/券.
    """
    if name.isascii() and name.isalnum():
        return name
    text = _BLANKS.sub("", unicodedata.normalize("NFC", name)).strip("=`'\"")
    text = text.translate(_HALF_WIDTH)
    text = _UNIT.sub("", _ENGLISH.sub("", text))
    for wrong, right in _ALIASES:
        text = text.replace(wrong, right)
    return text


def _regex_one_group(value: str) -> str:
    compiled = _compiles(value)
    if compiled.groups != 1:
        raise ValueError(f"the regex {value!r} needs exactly one group, it has {compiled.groups}")
    if "(?=" in value or "(?!" in value or "(?<" in value:
        raise ValueError(f"the regex {value!r} uses look-around, which is not supported")
    return value


def _compiles(value: str) -> re.Pattern[str]:
    try:
        return re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regex: {error}") from None


def _plain_regex(value: str) -> str:
    _compiles(value)
    return value


def unsigned(name: str) -> str:
    """The column of a signed name: `-退款金额` is 退款金额."""
    return name.removeprefix("-")


def _category(value: str) -> str:
    if value not in categories.CATEGORIES:
        near = difflib.get_close_matches(value, categories.NAMES, 1)
        raise ValueError(f"unknown category {value!r}" + (f", did you mean {near[0]!r}?" if near else ""))
    return value


def _category_or_field(value: Any) -> Any:
    if isinstance(value, dict):
        if set(value) != {"+", "-"}:
            raise ValueError('a category by direction needs exactly the keys "+" and "-"')
        return {sign: _category(name) for sign, name in value.items()}
    return value if value.startswith("by:") else _category(value)


Name = Annotated[str, AfterValidator(normal_name)]
GroupRegex = Annotated[str, AfterValidator(_regex_one_group)]
Regex = Annotated[str, AfterValidator(_plain_regex)]
CategoryName = Annotated[str, AfterValidator(_category)]
SplitTarget = Annotated[str | dict[str, str], AfterValidator(_category_or_field)]


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[list[Name], BeforeValidator(_as_list)]
Texts = Annotated[list[str], BeforeValidator(_as_list)]


class Word(BaseModel):
    """A table of the vocabulary: frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class ProfileHead(Word):
    """`[profile]`: what the file is and which look at the money it takes."""

    id: str = Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$")
    title: str
    title_en: str | None = None
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


class Condition(Word):
    """A test of one field's text in a rule."""

    equals: Texts | None = None
    contains: Texts | None = None
    prefix: Texts | None = None
    regex: Regex | None = None


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


class Rule(Word):
    """`when = { field = {...}, sign = "+" }`, `is = category`: all tests of a rule must hold; the first rule wins."""

    when: dict[str, Condition | Literal["+", "-"]]
    is_: CategoryName = Field(alias="is")

    @property
    def tests(self) -> dict[str, Condition]:
        """Field name -> condition, without the sign."""
        return {k: v for k, v in self.when.items() if isinstance(v, Condition)}

    @property
    def sign(self) -> str | None:
        """`+`, `-` or None."""
        value = self.when.get("sign")
        return value if isinstance(value, str) else None


class CategoryTable(BaseModel):
    """`[category]`: `order` names rule lists and field maps; the first answer wins."""

    model_config = ConfigDict(extra="allow", frozen=True)
    order: list[str]
    rules: dict[str, list[Rule]] = Field(default_factory=dict)
    maps: dict[str, dict[str, CategoryName]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _sort_out(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        lists = {k: v for k, v in data.items() if isinstance(v, list) and k != "order"}
        maps = {k: v for k, v in data.items() if isinstance(v, dict)}
        return {"order": data.get("order", []), "rules": lists, "maps": maps}

    @model_validator(mode="after")
    def _order_known(self) -> CategoryTable:
        known = set(self.rules) | set(self.maps)
        for name in self.order:
            if name not in known:
                raise ValueError(f"category.order names {name!r}, which is neither a rule list nor a map here")
        unused = sorted(known - set(self.order))
        if unused:
            raise ValueError(f"category.{unused[0]} is never used: add it to category.order")
        return self


class DropRule(Word):
    """Rows to leave out: the column's text is in `equals`/starts with `prefix`, or the column is empty."""

    column: Name
    equals: list[str] = Field(default_factory=list)
    prefix: list[str] = Field(default_factory=list)
    empty: bool = False


class StateRule(Word):
    """Settlement state of a row, by the text of one column."""

    column: Name
    settled: list[str] = Field(default_factory=list)
    pending: list[str] = Field(default_factory=list)
    void: list[str] = Field(default_factory=list)
    filled: Literal["settled", "pending", "void"] | None = Field(None, description="what any text means")
    empty: Literal["settled", "pending", "void"] | None = Field(None, description="an empty cell, or no such column")

    @model_validator(mode="after")
    def _one_way(self) -> StateRule:
        if self.filled is not None and (self.settled or self.pending or self.void):
            raise ValueError("`filled` speaks for every text: leave out settled, pending and void")
        return self


class TotalRule(Word):
    """Rows that hold totals of the table: left out, and held against the sums of the rows (F05)."""

    column: Name
    prefix: list[str]


class PocketRule(Word):
    """The column that says into which pocket of the shop a row's money went, in a file that holds several.

    `suffix`: text -> suffix of the account's name, "" for the main one. Each pocket is an account of its own. `others`:
    a text that is not listed is its own suffix (an open list); without it such a text is a finding.
    """

    column: Name
    suffix: dict[str, str]
    others: Literal["own"] | None = None


class IgnoreRule(Word):
    """Cells of `column` count as empty in rows whose other columns have one of the texts of `when`."""

    column: Name
    when: dict[Name, list[str]]


class RowsTable(Word):
    """`[rows]`."""

    drop: list[DropRule] = Field(default_factory=list)
    ignore: list[IgnoreRule] = Field(default_factory=list)
    total: TotalRule | None = None
    state: StateRule | None = None
    pocket: PocketRule | None = None


class IdentityTable(Word):
    """`[identity]`: the fields that make a ledger line unique inside one set of files."""

    key: list[str]


class CountControl(Word):
    """Printed count and/or sum of incoming, outgoing or all rows."""

    of: Literal["in", "out", "net"]
    regex: Regex
    where: dict[str, list[str]] = Field(
        default_factory=dict, description="only rows whose field has one of these texts"
    )


class BalanceControl(Word):
    """The running balance chains, one chain for each text of column `per`.

    `held`: rows of these texts may be holds that leave the balance as it is.
    """

    column: Name
    per: Name | None = None
    held: dict[str, list[str]] = Field(default_factory=dict)


def _measure(value: str) -> str:
    if value not in MEASURES and not value.startswith("column:"):
        raise ValueError(f"unknown total {value!r}; known: {', '.join(MEASURES)}, column:NAME")
    return value


class ControlsTable(Word):
    """`[controls]`: what the file itself lets us prove."""

    totals: dict[Name, Annotated[str, AfterValidator(_measure)]] = Field(
        default_factory=dict, description="a trailer of two rows, names and values: name -> what it totals"
    )
    count: list[CountControl] = Field(default_factory=list)
    sum: list[CountControl] = Field(default_factory=list)
    balance: list[BalanceControl] = Field(default_factory=list)
    equation: list[str] = Field(default_factory=list)


class StatusTable(Word):
    """`[status]`: orders use unpaid paid shipped finished closed, refunds done pending rejected. Commas normalised.

    An ERP also has `replaced`: the order was merged into or split into others, which are in the file themselves.
    """

    column: Name
    unpaid: list[str] = Field(default_factory=list)
    paid: list[str] = Field(default_factory=list)
    shipped: list[str] = Field(default_factory=list)
    finished: list[str] = Field(default_factory=list)
    closed: list[str] = Field(default_factory=list)
    done: list[str] = Field(default_factory=list)
    pending: list[str] = Field(default_factory=list)
    rejected: list[str] = Field(default_factory=list)
    replaced: list[str] = Field(default_factory=list)
    otherwise: Literal["unpaid", "paid", "shipped", "finished", "closed"] | None = Field(
        None, description="state of a text that is on no list; without it such a text is F11"
    )
    absent: str | None = Field(None, description="state of every row where the file has no such column")
    told_by: dict[str, list[Name]] = Field(
        default_factory=dict,
        description="without the column: a row of which one of these columns holds a text or an amount has that state",
    )


class RefundTable(Word):
    """`[refund]`: the amount column (or the columns that add up to it) of an after-sale document and what it includes."""

    amount: Names
    gross: bool = False
    completed: Name | None = None


TieField = Literal[
    "payout_batch_id", "order_id", "sub_order_id", "parent_order_id", "pay_id", "merchant_order_no", "refund_id",
    "biz_txn_id", "txn_id", "goods_id", "channel", "day",
]  # fmt: skip
"""What groups of a `[[tie]]` may be named by; `day` is the local date of the movement."""


class TieTable(Word):
    """`[[tie]]`: what explains the cash view (of a witness: whose lines it totals), per group of fields."""

    group: list[TieField] = Field(min_length=1)
    with_view: Literal["cash", "detail", "witness"]


class Reading(Word):
    """`[[receivable.reading]]`: one way to read the receivable from the order columns; `-name` subtracts."""

    cash: list[str]
    platform: list[str] = Field(default_factory=list)
    adds_back: Literal["refunds_until_finished"] | None = None
    only: list[Literal["unpaid", "paid", "shipped", "finished", "closed"]] = Field(default_factory=list)
    once_per: str | None = None
    basis: Literal["erp", "weak"] = Field("erp", description="of an ERP: how far the amount can be trusted")


class ReceivableTable(Word):
    """`[receivable]`. `add_rows`: an order stands on several rows of one file (one per goods), whose amounts add up."""

    reading: list[Reading] = Field(default_factory=list, max_length=4)
    add_rows: bool = False

    @property
    def sums_rows(self) -> bool:
        """The amounts of an order are spread over its rows, or stand on the first of them."""
        return self.add_rows or any(reading.once_per for reading in self.reading)


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


def load_profile(path: Path) -> Profile:
    """Read one profile; raise ConfigError naming file, key and the nearest known word.

    A file that has not changed is read once per process: profiles are frozen values.
    """
    try:
        stamp = path.stat()
    except OSError:
        return profile_from(read_toml(path), path.name)
    return _profile_of(path.resolve(), stamp.st_mtime_ns, stamp.st_size)


@lru_cache(maxsize=1024)
def _profile_of(path: Path, _changed: int, _size: int) -> Profile:
    return profile_from(read_toml(path), path.name)


def profile_from(data: dict[str, Any], name: str) -> Profile:
    """Validate parsed TOML; `name` appears in the messages."""
    return validated(data, Profile, name, tr("全部的键见 docs/profiles.md", "see docs/profiles.md for all keys"))


def load_profiles(folders: Iterable[Path] = ()) -> tuple[Profile, ...]:
    """Read the shipped profiles and those in `folders`, sorted by id; raise ConfigError on a repeated id."""
    found: dict[str, Path] = {}
    result = []
    for folder in (configs_dir() / "platforms", *folders):
        for path in sorted(folder.glob("*.toml")):
            profile = load_profile(path)
            if profile.id in found:
                both = f"{found[profile.id].name}, {path.name}"
                raise ConfigError(
                    tr(f"格式编号 {profile.id!r} 重复：{both}", f"profile id {profile.id!r} is given twice: {both}"),
                    tr("给第二个换一个编号", "give the second one another id"),
                )
            found[profile.id] = path
            result.append(profile)
    return tuple(sorted(result, key=lambda p: p.id))


def profile_data(profile_id: str, folders: Iterable[Path] = ()) -> dict[str, Any]:
    """The TOML data behind a profile; raise ConfigError for an unknown id."""
    for folder in (configs_dir() / "platforms", *folders):
        for path in sorted(folder.glob("*.toml")):
            data = read_toml(path)
            if data.get("profile", {}).get("id") == profile_id:
                return data
    raise ConfigError(
        tr(f"没有格式 {profile_id!r}", f"no profile {profile_id!r}"),
        tr("ecrecon formats list 列出全部", "ecrecon formats list names all profiles"),
    )
