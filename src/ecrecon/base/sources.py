"""What is known of one input file (or sheet, or entry of an archive): the rows of `summary.json` `sources[]`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Literal

import polars as pl

from ecrecon.base.errors import InvariantError
from ecrecon.base.schema import FINDINGS, check, empty
from ecrecon.base.tally import SourceTally, tally_of
from ecrecon.base.variances import Kind


@dataclass(frozen=True)
class Control:
    """One printed total against what the lines give. Amounts as decimal text, counts as digits."""

    name: str
    printed: str
    found: str
    ok: bool


@dataclass(frozen=True)
class LeftOut:
    """Rows that were not read as data, for one reason: how many, and their lines as closed ranges."""

    reason: str
    rows: int
    ranges: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class MoneyCells:
    """Filled cells of one money column in the file = read + in rows left out + printed as nothing (`-`, masked)."""

    column: str
    filled: int
    read: int
    left_out: int
    void: int


@dataclass(frozen=True)
class Census:
    """What a table holds below its header, counted before it is interpreted: `filled` rows = `read` + Σ `left_out`.

    `blank`: rows with nothing in them, as closed ranges of lines. `last`: the last line; None where there is no row.
    """

    filled: int
    read: int
    left_out: tuple[LeftOut, ...] = ()
    money: tuple[MoneyCells, ...] = ()
    blank: tuple[tuple[int, int], ...] = ()
    last: int | None = None


@dataclass(frozen=True)
class Source:
    """One input. `kind` is the profile's kind, or `ignored`, `refused`, `unreadable`, `unknown`.

    `rows` counts the data rows between header and trailer, void and duplicate ones included. `income_minor` >= 0,
    `expense_minor` <= 0, of the file's own rows before splitting; None for files that are no bills.
    `pockets`: suffixes of all accounts that a file of this layout speaks for, where it holds several.
    `coverage`: closed day ranges. `printed_range`: the coverage was printed in the file. `account` is the printed,
    normalised account; the pipeline fills `shop` and, where none is printed, `account`.
    `uncompared`: totals that the file prints and nothing was held against, as printed.
    `line_end`: of a text, whether its last row has a line end (`open`: it has none, and nothing in the file proves it whole).
    `unsigned`: lines of rows whose money is in no sum, as no listed word says which way it went.
    `sort_key` orders downloads of the same day, newest last (docs/decisions.md "Parts and downloads").
    """

    path: str
    sha256: str
    size: int
    container: str
    kind: str
    profile: str | None = None
    origin: str = "platform"
    listed_by: str = "created_at"
    view: str | None = None
    platform: str | None = None
    entity: str | None = None
    shop: str | None = None
    account: str | None = None
    account_suffix: str | None = None
    pockets: tuple[str, ...] = ()
    printed_shop: bool = False
    printed_account: bool = False
    encoding: str | None = None
    sheet: str | None = None
    header_line: int | None = None
    rows: int = 0
    income_minor: int | None = None
    expense_minor: int | None = None
    currency: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    coverage: tuple[tuple[date, date], ...] = ()
    printed_range: bool = False
    control: tuple[Control, ...] = ()
    uncompared: tuple[str, ...] = ()
    exported_at: datetime | None = None
    latest_at: datetime | None = None
    reason: str = ""
    notes: tuple[str, ...] = ()
    columns_present: tuple[str, ...] = ()
    census: Census | None = None
    line_end: Literal["ended", "open"] | None = None
    unsigned: tuple[int, ...] = ()

    @property
    def readable(self) -> bool:
        """True where the file gave rows (or none, rightly) that the run uses."""
        return self.kind not in ("ignored", "refused", "unreadable", "unknown")

    @property
    def of_platform(self) -> bool:
        """True for an order export of the platform itself; an ERP lists the orders of many shops."""
        return self.kind == "orders" and self.origin == "platform"

    @property
    def of_goods(self) -> bool:
        """True for a file of our own about goods: ERP orders, shipments, costs (frame PARSED_GOODS)."""
        return self.kind in ("shipments", "cost") or (self.kind == "orders" and self.origin == "erp")

    @property
    def side(self) -> str:
        """`bill` for bills and bank statements, `goods` for our own records of goods, else the kind."""
        if self.kind in ("bill", "bank"):
            return "bill"
        return "goods" if self.of_goods else self.kind

    @property
    def sort_key(self) -> tuple[datetime, int, str]:
        """Newest last: printed export time, else the latest time of any date column, else digits of the name."""
        floor = datetime(1, 1, 1, tzinfo=UTC)
        digits = "".join(c for c in self.path.rsplit("/", 1)[-1] if c.isdigit())
        return (self.exported_at or self.latest_at or floor, int(digits or 0), self.path)


@dataclass(frozen=True)
class Parsed:
    """One input, parsed: its source record, the frame of its kind (schema PARSED_*), what was found wrong, and what the
    frame held when it was read (`counted`), which stays with it whatever happens to the frame."""

    source: Source
    frame: pl.DataFrame | None = None
    findings: pl.DataFrame = field(default_factory=lambda: empty(FINDINGS))
    tally: SourceTally | None = None

    def __post_init__(self) -> None:
        check(self.findings, FINDINGS, f"findings of {self.source.path}")


def counted(item: Parsed) -> Parsed:
    """`item` with the tally of what was read; one that has it keeps it."""
    if item.tally is not None:
        return item
    source = item.source
    return replace(item, tally=tally_of(source.path, source.sha256, source.side, item.frame))


def recounted(before: Parsed, after: Parsed) -> Parsed:
    """`after`, whose cells were corrected while it was read, with a tally of its own; rows and money must be the same."""
    if after.frame is before.frame:
        return counted(after)
    told, was = counted(replace(after, tally=None)), counted(before)
    assert told.tally is not None and was.tally is not None
    if (told.tally.rows, told.tally.minor) != (was.tally.rows, was.tally.minor):
        raise InvariantError(
            f"{after.source.path}: {told.tally.rows} rows instead of {was.tally.rows} after a correction"
        )
    return told


def finding(
    code: str,
    path: str,
    *,
    line: int | None = None,
    column: str | None = None,
    text: str | None = None,
    expected: str | None = None,
    hint: str | None = None,
    expected_minor: int | None = None,
    actual_minor: int | None = None,
    kind: Kind | None = None,
) -> pl.DataFrame:
    """One finding as a frame of schema FINDINGS; `kind` where it is not that of the type."""
    row = (code, path, line, column, text, expected, hint, expected_minor, actual_minor, kind)
    return pl.DataFrame([row], schema=dict(FINDINGS), orient="row")
