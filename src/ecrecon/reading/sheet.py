"""One table under its profile: clean columns by normalised name, its rows, and the lines around it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import polars as pl

from ecrecon.base.nulls import flags
from ecrecon.base.sources import Census
from ecrecon.base.texts import tr
from ecrecon.reading.cells import BLANKS, clean
from ecrecon.reading.census import FATE, READ, take_census
from ecrecon.reading.columns import (
    amount_columns,
    counted_columns,
    id_columns,
    money_columns,
    named_columns,
    read_columns,
)
from ecrecon.reading.currency import read_currency
from ecrecon.reading.dates import patterns, read_times
from ecrecon.reading.findings import FindingLog, report_damage
from ecrecon.reading.leftover_tables import rows_of_a_bill
from ecrecon.reading.long_rows import report_long
from ecrecon.reading.merged_cells import filled_down, report_merged
from ecrecon.reading.tables import Body, Table
from ecrecon.reading.trailer import trailer_start
from ecrecon.reading.truncation import Ending, LineEnd, report_ending
from ecrecon.settings.profiles import Profile, normal_name

LABEL = "#label"
"""Column of `Sheet.aside`: the filled cells of a row in one text."""
_TOTALS = [
    "合计", "总计", "小计", "汇总", "累计", "承前", "过次页", "期初余额", "期末余额", "期初结余", "期末结余", "期初结存", "期末结存",
    "上年结转", "上期结转", "opening balance", "closing balance", "ending balance", "subtotal",
]  # fmt: skip
_TOTAL_FIRST = "^(?:合计|总计|小计|累计|承前页|过次页|接下页|本[页日月期季年](?:合计|小计|累计|发生额))"
_HEADER_CELLS = 3
"""So many cells that repeat their column's name make a row a header."""


@dataclass
class Sheet:
    """`rows`: cleaned String columns by normalised name (aliases resolved), data rows only. `line`: Int32 beside them.

    `numeric`: Boolean columns of the same names, or None. `preamble`, `trailer`: cells of the lines around the table.
    `printed`: normalised name -> header text as printed. `spare`: raw columns that no word of the profile names.
    `totals`: rows of `[rows] total`, columns as `rows`; they are not among `rows`. `aside`: trailer,
    remarks and rows left out by `[rows] drop`, columns as `rows` and LABEL. `census`: what the table holds. `line_end`: how its last row ends.
    """

    profile: Profile
    log: FindingLog
    rows: pl.DataFrame
    line: pl.Series
    numeric: pl.DataFrame | None
    preamble: list[list[str]]
    trailer: list[list[str]]
    printed: dict[str, str]
    spare: pl.DataFrame
    totals: pl.DataFrame
    aside: pl.DataFrame
    census: Census
    line_end: LineEnd | None = None

    def has(self, name: str) -> bool:
        """True where the file has the column `name` (normalised)."""
        return name in self.rows.columns

    def present(self, names: Iterable[str]) -> list[str]:
        """Those of `names` that the file has, in order."""
        return [name for name in names if self.has(name)]

    def only(self, rows: pl.Series, log: FindingLog) -> Sheet:
        """The same sheet with the rows where `rows` (Boolean) is true, and a log of its own."""

        def kept(frame: pl.DataFrame) -> pl.DataFrame:
            return frame.filter(rows) if frame.width else frame

        numeric = None if self.numeric is None else kept(self.numeric)
        return replace(
            self, log=log, rows=kept(self.rows), line=self.line.filter(rows), numeric=numeric, spare=kept(self.spare)
        )

    @cached_property
    def currency(self) -> str | pl.Series:
        """The code of the money of all rows, or one per row (String): `read_currency`."""
        return read_currency(self.profile, self.rows, self.preamble)

    def column(self, name: str) -> pl.Series:
        """Cleaned text of one column."""
        return self.rows[name]

    def stored_as_number(self, name: str) -> pl.Series | None:
        """Boolean per row, or None for text files."""
        return None if self.numeric is None or name not in self.numeric.columns else self.numeric[name]


def open_sheet(table: Table, profile: Profile, header_index: int, log: FindingLog) -> Sheet:
    """Read the rows of `table`, cut the trailer, drop empty and excluded rows, clean the columns."""
    body = table.body(header_index, profile.file.header_rows, profile.file.skip_after_header)
    columns, printed = _columns(body, profile)
    read, known = read_columns(profile), {*profile.header.known, *profile.header.private}
    used = {name: physical for name, physical in columns.items() if name in read}
    taken = {*used.values(), *(physical for name, physical in columns.items() if name in known)}
    rest = {name: physical for name, physical in columns.items() if physical not in taken}
    money = {name: used[name] for name in money_columns(profile) if name in used}
    end, parts = trailer_start(body, profile, log)
    once = {physical for name, physical in used.items() if name in counted_columns(profile)}
    cells = filled_down(body.cells.head(end), body, once)
    rows = clean(pl.DataFrame([cells[physical].alias(name) for name, physical in used.items()]))
    rows = _unmasked(rows, profile, printed, log)
    fates = _fates(rows, body.line.head(end), printed, profile, log)
    fates = fates.set((fates == READ) & parts.head(end), "remark") if parts.any() else fates
    kept = fates == READ
    line, totals = body.line.head(end).filter(kept), rows.filter(fates == "total")
    rows = rows if kept.all() else rows.filter(kept)
    spare = pl.DataFrame([cells[physical].alias(name) for name, physical in rest.items()])
    spare = spare.filter(kept) if spare.width and not kept.all() else spare
    numeric = None
    if body.numeric is not None:
        numeric = body.numeric.head(end).select(
            pl.col(p).alias(n) for n, p in used.items() if p in body.numeric.columns
        )
        numeric = numeric.filter(kept) if numeric.width else numeric
    preamble = [list(row) for row in table.head[:header_index]]
    _report_above(preamble, table.head_lines, len(body.names), log)
    trailer = [[cell for cell in row if cell is not None] for row in body.cells.slice(end).iter_rows()]
    tail = pl.Series(["trailer"], dtype=FATE).new_from_index(0, body.cells.height - end)
    aside = _aside(body, pl.concat([fates, tail]), used)
    census = take_census(body, pl.concat([fates, tail]), rows, money, profile.file.masked, log)
    settled = body.line.filter(_settled(pl.concat([fates, tail])))
    report_long(body, line, settled, log)
    report_damage(body, used, line, profile, log)
    report_merged(body, used, line, profile, log)
    end_of_rows = report_ending(profile, Ending(body, used, line, settled, trailer, preamble, totals.height > 0), log)
    rows = _ignored(rows, profile)
    return Sheet(
        profile, log, rows, line, numeric, preamble, trailer, printed, spare, totals, aside, census, end_of_rows
    )


def _settled(fates: pl.Series) -> pl.Series:
    """Boolean: the row is known for something that is no data."""
    return (fates == "trailer") | (fates == "header") | (fates == "total") | (fates == "note")


def _aside(body: Body, fates: pl.Series, used: dict[str, str]) -> pl.DataFrame:
    """Cleaned columns of the rows that are no data, and LABEL: their filled cells in one text."""
    beside = (fates == "trailer") | (fates == "remark") | (fates == "dropped")
    if not beside.any():
        return pl.DataFrame(schema=dict.fromkeys([*used, LABEL], pl.String))
    rows = body.cells.filter(beside)
    label = pl.concat_str(pl.all().str.strip_chars(BLANKS).replace("", None), separator="|", ignore_nulls=True)
    texts = rows.select(label.alias(LABEL)) if rows.width else pl.DataFrame(schema={LABEL: pl.String})
    return clean(rows.select(pl.col(physical).alias(name) for name, physical in used.items())).with_columns(
        texts[LABEL]
    )


def _columns(body: Body, profile: Profile) -> tuple[dict[str, str], dict[str, str]]:
    """Name -> physical column, name -> header text. Columns with values under no name are called by their place."""
    columns = named_columns(body.names, profile.header, profile.file.header_rows)
    place = {physical: position for position, physical in enumerate(body.cells.columns)}
    printed = {name: body.names[place[physical]].strip(BLANKS) for name, physical in columns.items()}
    for position, name in enumerate(body.names):
        physical = f"c{position}"
        if not normal_name(name) and body.cells[physical].null_count() < body.cells.height:
            columns[f"#{position + 1}"] = physical
            number = "" if profile.profile.quirk else position + 1
            printed[f"#{position + 1}"] = tr(f"第 {number} 列", f"column {number}") if number else ""
    return columns, printed


def _fates(
    rows: pl.DataFrame, line: pl.Series, printed: dict[str, str], profile: Profile, log: FindingLog
) -> pl.Series:
    """FATE of each row above the trailer: read, or why not."""
    fates = pl.Series([READ], dtype=FATE).new_from_index(0, rows.height)
    if rows.width == 0:
        return fates.set(fates == READ, "blank")
    if all(rows.to_series(place).has_nulls() for place in range(rows.width)):
        fates = fates.set(rows.select(pl.all_horizontal(pl.all().is_null())).to_series(), "blank")
    fates = fates.set(_total_rows(rows, profile), "total")
    fates = fates.set(_headers_again(rows, printed, log), "header")
    fates = fates.set((fates == READ) & _dropped(rows, profile), "dropped")
    loose = (fates == READ) & _remarks(rows, fates == READ, profile, log)
    _report_nameless(rows, loose, line, printed, profile, log)
    fates = fates.set(loose, "remark")
    return fates.set((fates == READ) & ~_below_note(rows, profile, log), "note")


def _unmasked(rows: pl.DataFrame, profile: Profile, printed: dict[str, str], log: FindingLog) -> pl.DataFrame:
    """Cells of `file.masked` hide their value from the user who exported: unknown, and said so once per column (F02)."""
    words = profile.file.masked
    if not words or rows.is_empty():
        return rows
    counts = rows.select(pl.all().is_in(words).sum()).row(0, named=True)
    for name in (name for name, count in counts.items() if count):
        log.add(
            "F02",
            column=printed[name],
            text=f"{words[0]} × {counts[name]}",
            expected=tr("可见的数值", "a value that may be seen"),
            hint=tr(
                "导出账号没有该列的权限：请用有权限的账号重新导出", "export with an account that may see this column"
            ),
        )
    return rows.with_columns(
        pl.when(~pl.col(name).is_in(words)).then(pl.col(name)).alias(name) for name, count in counts.items() if count
    )


def _total_rows(rows: pl.DataFrame, profile: Profile) -> pl.Series:
    """Boolean per row: a total of the table by `[rows] total`."""
    rule = profile.rows.total
    if rule is None or rule.column not in rows.columns:
        return flags(rows.height)
    tests = [pl.col(rule.column).str.starts_with(prefix) for prefix in rule.prefix]
    return rows.select(pl.any_horizontal(tests).fill_null(value=False)).to_series()


def as_printed(name: str) -> str:
    """The column of `Sheet.rows` that keeps what `[rows] ignore` empties in `name`: printed totals may count it."""
    return f"{name}*"


def _ignored(rows: pl.DataFrame, profile: Profile) -> pl.DataFrame:
    """Empty the cells that `[rows] ignore` names."""
    for rule in profile.rows.ignore:
        if not {rule.column, *rule.when} <= set(rows.columns):
            continue
        told = pl.all_horizontal(pl.col(name).is_in(texts).fill_null(value=False) for name, texts in rule.when.items())
        column = pl.col(rule.column)
        rows = rows.with_columns(column.alias(as_printed(rule.column)), pl.when(~told).then(column).alias(rule.column))
    return rows


def _headers_again(rows: pl.DataFrame, printed: dict[str, str], log: FindingLog) -> pl.Series:
    """Boolean per row: the row repeats the header, as pages or files pasted under each other do."""
    names = rows.columns[:_HEADER_CELLS]
    if len(names) < _HEADER_CELLS:
        return flags(rows.height)
    again = rows[names[0]] == printed[names[0]]
    if not again.any():
        return flags(rows.height)
    same = pl.all_horizontal(pl.col(name).eq_missing(printed[name]) for name in names)
    again = rows.select(again=same)["again"]
    if again.any():
        log.note(tr(f"略过 {again.sum()} 行重复的表头", f"{again.sum()} rows that repeat the header left out"))
    return again


def _dropped(rows: pl.DataFrame, profile: Profile) -> pl.Series:
    """Boolean per row: left out by `[rows] drop`."""
    gone = pl.lit(value=False)
    if not any(rule.column in rows.columns for rule in profile.rows.drop):
        return flags(rows.height)
    for rule in profile.rows.drop:
        if rule.column not in rows.columns:
            continue
        column = pl.col(rule.column)
        if rule.empty:
            gone |= column.is_null()
        if rule.equals:
            gone |= column.is_in(rule.equals).fill_null(value=False)
        for prefix in rule.prefix:
            gone |= column.str.starts_with(prefix).fill_null(value=False)
    return rows.select(pl.repeat(value=False, n=pl.len()).alias("none") | gone).to_series()


def _remarks(rows: pl.DataFrame, among: pl.Series, profile: Profile, log: FindingLog) -> pl.Series:
    """Boolean per row: a remark or total without time, id and state; said in a note where `among` the data rows."""
    anchors = [name for name in _anchors(profile) if name in rows.columns]
    if not anchors:
        return flags(rows.height)
    loose = among & rows.select(pl.all_horizontal(pl.col(anchors).is_null()) | _is_total(rows, profile)).to_series()
    if loose.any():
        log.note(tr(f"略过 {loose.sum()} 行说明或合计", f"{loose.sum()} remark or total rows left out"))
    return loose


def _report_nameless(
    rows: pl.DataFrame, loose: pl.Series, line: pl.Series, printed: dict[str, str], profile: Profile, log: FindingLog
) -> None:
    """F11 for rows of a document without its number and state that hold an amount and something beside it: goods of the
    order above whose number was not repeated, no total."""
    money = [name for name in money_columns(profile) if name in rows.columns]
    others = [name for name in rows.columns if name not in money]
    if profile.amount is not None or not loose.any() or not money or not others:
        return
    first = pl.coalesce(pl.all()).str.contains(_TOTAL_FIRST).fill_null(value=False)
    some, beside = (pl.any_horizontal(pl.col(names).is_not_null()) for names in (money, others))
    hit = loose & rows.select(some & beside & ~first).to_series()
    ids = [name for name in id_columns(profile) if name in rows.columns]
    log.add_cells(
        "F11",
        line.filter(hit),
        pl.Series([""], dtype=pl.String).new_from_index(0, int(hit.sum())),
        column=printed[ids[0]] if ids else "",
        expected=tr("单号", "a document number"),
        hint=tr(
            "该行有金额而没有单号和状态，没有读取：若属于上一行的单据请补上单号，合计行请删除",
            "the row holds an amount and neither number nor state, it was not read: repeat the number of the document "
            "above, or delete totals",
        ),
    )


def _is_total(rows: pl.DataFrame, profile: Profile) -> pl.Expr:
    """Expression: a bill's row that says 合计 where its time should stand, or first of all and has no time, is a total."""
    spec = profile.fields.get("occurred_at")
    if profile.amount is None or spec is None or profile.file.note_row:
        return pl.lit(value=False)
    times = [source.column for source in spec.from_ if source.column in rows.columns]
    words = (
        pl.any_horizontal([pl.col(name).str.contains_any(_TOTALS, ascii_case_insensitive=True) for name in times])
        if times
        else pl.lit(value=False)
    )
    untimed = pl.all_horizontal(pl.col(times).is_null()) if times else pl.lit(value=False)
    first = pl.coalesce(pl.all()).str.contains(_TOTAL_FIRST)
    return words.fill_null(value=False) | (untimed & first.fill_null(value=False))


def _below_note(rows: pl.DataFrame, profile: Profile, log: FindingLog) -> pl.Series:
    """False for the first row where `[file] note_row` names a time column that holds no time in it."""
    keep = flags(rows.height, value=True)
    name = profile.file.note_row
    if name is None or name not in rows.columns or rows.is_empty():
        return keep
    time, _ = read_times(rows[name].head(1), patterns((), profile.file.dates))
    if time[0] is not None:
        return keep
    log.note(tr("表头下一行是字段说明或合计，未计入", "the row below the header explains or adds up, left out"))
    return keep.set(pl.Series([True, *[False] * (rows.height - 1)]), value=False)


def _anchors(profile: Profile) -> list[str]:
    """Columns of which a data row fills at least one: time and amounts of a bill, id and state of a document."""
    named = ("occurred_at",) if profile.amount else ("order_id", "sub_order_id", "refund_id")
    anchors = [s.column for field in named if field in profile.fields for s in profile.fields[field].from_]
    if profile.status:
        anchors.append(profile.status.column)
    if profile.profile.kind == "cost":
        anchors += [s.column for s in profile.fields["sku"].from_] if "sku" in profile.fields else []
    if profile.amount:
        balance = normal_name(profile.amount.balance) if profile.amount.balance else None
        anchors += [name for name in amount_columns(profile) if name != balance]
    return anchors


def _report_above(preamble: list[list[str]], lines: list[int], width: int, log: FindingLog) -> None:
    """Rows above the header that look like rows of the table: sorted or pasted there, they are not read (F01)."""
    places = [p for p in rows_of_a_bill(preamble) if 2 * sum(bool(cell.strip()) for cell in preamble[p]) >= width]
    if places:
        log.add(
            "F01",
            line=lines[places[0]],
            text=tr(f"表头上方有 {len(places)} 行数据", f"{len(places)} rows above the header"),
            expected=tr("数据都在表头之下", "all rows below the header"),
            hint=tr(
                "表头上方的行没有读取：请重新下载，或把它们移到表头之下",
                "rows above the header were not read: download the file again, or move them below the header",
            ),
        )
