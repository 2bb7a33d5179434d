"""One table under its profile: clean columns by normalised name, its rows, and the lines around it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from ecrecon.formats.cells import BLANKS, clean
from ecrecon.formats.dates import patterns, read_times
from ecrecon.formats.findings import FindingLog
from ecrecon.formats.tables import Body, Table
from ecrecon.messages import tr
from ecrecon.profiles import HeaderTable, Profile, normal_name, unsigned

_TOTALS = ["合计", "总计", "小计", "汇总"]
_TOTAL_FIRST = "^(?:合计|总计|小计|本页合计|本期合计|累计)"
_HEADER_CELLS = 3
"""So many cells that repeat their column's name make a row a header."""


@dataclass
class Sheet:
    """`rows`: cleaned String columns by normalised name (aliases resolved), data rows only. `line`: Int32 beside them.

    `numeric`: Boolean columns of the same names, or None. `preamble`, `trailer`: cells of the lines around the table.
    `printed`: normalised name -> header text as printed. `spare`: raw columns that no word of the profile names.
    `totals`: rows of `[rows] total`, columns as `rows`; they are not among `rows`.
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

    def column(self, name: str) -> pl.Series:
        """Cleaned text of one column."""
        return self.rows[name]

    def stored_as_number(self, name: str) -> pl.Series | None:
        """Boolean per row, or None for text files."""
        return None if self.numeric is None or name not in self.numeric.columns else self.numeric[name]


def open_sheet(table: Table, profile: Profile, header_index: int, log: FindingLog) -> Sheet:
    """Read the rows of `table`, cut the trailer, drop empty and excluded rows, clean the columns."""
    body = table.body(header_index, profile.file.header_rows, profile.file.skip_after_header)
    columns = named_columns(body.names, profile.header, profile.file.header_rows)
    if profile.profile.quirk:
        columns |= {f"#{i + 1}": f"c{i}" for i, name in enumerate(body.names) if not normal_name(name)}
    place = {physical: position for position, physical in enumerate(body.cells.columns)}
    printed = {name: body.names[place[physical]].strip(BLANKS) for name, physical in columns.items()}
    cells, line, numeric, trailer = _cut(body, profile, log)
    read, known = read_columns(profile), {*profile.header.known, *profile.header.private}
    used = {name: physical for name, physical in columns.items() if name in read}
    rows = clean(cells.select(pl.col(physical).alias(name) for name, physical in used.items()))
    taken = {*used.values(), *(physical for name, physical in columns.items() if name in known)}
    rest = {name: physical for name, physical in columns.items() if physical not in taken}
    spare = cells.select(pl.col(physical).alias(name) for name, physical in rest.items())
    flags = None
    if numeric is not None:
        flags = numeric.select(pl.col(p).alias(n) for n, p in used.items() if p in numeric.columns)
    rows = _unmasked(rows, profile, printed, log)
    total = _total_rows(rows, profile)
    totals = rows.filter(total)
    kept = ~total & ~_headers_again(rows, printed, log)
    kept = kept.scatter(kept.arg_true(), _data_rows(rows.filter(kept), profile, log))
    kept &= _below_note(rows, profile, log)
    if not kept.all():
        rows, line = rows.filter(kept), line.filter(kept)
        spare = spare.filter(kept) if spare.width else spare
        flags = flags.filter(kept) if flags is not None and flags.width else flags
    _report_damage(body, set(line.to_list()) if body.ragged or body.damaged else set(), log)
    preamble = [list(row) for row in table.head[:header_index]]
    return Sheet(profile, log, _ignored(rows, profile), line, flags, preamble, trailer, printed, spare, totals)


def named_columns(names: Sequence[str], header: HeaderTable, header_rows: int = 1) -> dict[str, str]:
    """Normalised name -> physical column `cN`; aliases become the profile's name.

    The second column of a name is `name#2`, the third `name#3` (the header may print a name more than once).
    """
    found: dict[str, str] = {}
    for index, name in enumerate(numbered([normal_name(raw) for raw in names])):
        if name:
            found[name] = f"c{index}"
    if header_rows > 1:
        for name in list(found):
            _, _, last = name.rpartition("_")
            if last and last not in found:
                found[last] = found[name]
    for name, others in header.alias.items():
        for other in others:
            if name not in found and other in found:
                found = {name if key == other else key: physical for key, physical in found.items()}
    return found


def numbered(names: Sequence[str]) -> list[str]:
    """`names` with `#2`, `#3` … after those that came before; empty names stay empty."""
    filled = [name for name in names if name]
    if len(set(filled)) == len(filled):
        return list(names)
    seen: Counter[str] = Counter()
    out = []
    for name in names:
        seen[name] += 1
        out.append(f"{name}#{seen[name]}" if name and seen[name] > 1 else name)
    return out


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
        return pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    tests = [pl.col(rule.column).str.starts_with(prefix) for prefix in rule.prefix]
    return rows.select(pl.any_horizontal(tests).fill_null(value=False)).to_series()


def read_columns(profile: Profile) -> set[str]:
    """Every column that a word of the profile reads or requires; those of `header.known` are only expected."""
    header = profile.header
    known = {*header.require, *header.alias} - set(header.known)
    known.update(name for group in (*header.require_any, *header.alias.values()) for name in group)
    known -= set(header.known)
    known.update(name for spec in profile.fields.values() for s in spec.from_ for name in (s.column, *s.when))
    known.update(amount_columns(profile))
    if profile.amount and profile.amount.red:
        known.add(profile.amount.red.column)
    if profile.split:
        known.update(profile.split.column_names)
    known.update(rule.column for rule in profile.rows.drop)
    known.update(name for balance in profile.controls.balance for name in (balance.column, balance.per) if name)
    known.update(
        normal_name(measure.removeprefix("column:"))
        for measure in profile.controls.totals.values()
        if measure.startswith("column:")
    )
    if profile.rows.total:
        known.add(profile.rows.total.column)
    known.update(name for equation in profile.controls.equation for name, _ in equation_terms(equation))
    known.update(name for rule in profile.rows.ignore for name in (rule.column, *rule.when))
    if profile.rows.state:
        known.add(profile.rows.state.column)
    if profile.rows.pocket:
        known.add(profile.rows.pocket.column)
    if profile.status:
        known.update((profile.status.column, *(n for names in profile.status.told_by.values() for n in names)))
    if profile.refund:
        known.update(name for name in (*profile.refund.amount, profile.refund.completed) if name)
    for reading in profile.receivable.reading:
        known.update(normal_name(name.removeprefix("-")) for name in (*reading.cash, *reading.platform))
    if profile.profile.currency.startswith("column:"):
        known.add(normal_name(profile.profile.currency.removeprefix("column:")))
    return known


def equation_terms(equation: str) -> list[tuple[str, int]]:
    """`a = b + c - d` as (normalised name, sign): the left side first, with sign 1."""
    left, _, right = equation.partition("=")
    terms = re.findall(r"([+-]?)\s*([^+\-\s]+)", right)
    return [(normal_name(left), 1), *((normal_name(name), -1 if sign == "-" else 1) for sign, name in terms)]


def amount_columns(profile: Profile) -> list[str]:
    """Columns that `[amount]` reads."""
    amount = profile.amount
    if amount is None:
        return []
    parts = [amount.column, amount.direction, amount.balance, amount.witness.column if amount.witness else None]
    parts += [unsigned(name) for name in amount.columns]
    if amount.mode == "in_out":
        parts += [side for side in (amount.in_, amount.out) if isinstance(side, str)]
    return [normal_name(part) for part in parts if part]


def _cut(
    body: Body, profile: Profile, log: FindingLog
) -> tuple[pl.DataFrame, pl.Series, pl.DataFrame | None, list[list[str]]]:
    """Split the rows at the first line that `stop_at` names."""
    cells, stop = body.cells, profile.file.stop_at
    if stop is None or cells.is_empty():
        return cells, body.line, body.numeric, []
    marks = cells.to_series(0).str.strip_chars(BLANKS).str.contains(stop).fill_null(value=False)
    if not marks.any():
        return cells, body.line, body.numeric, []
    end = marks.arg_max() or 0
    totals = marks.shift(1, fill_value=False) if profile.controls.totals else marks  # the values below their names
    _rows_below(cells, body.line, marks | totals, end, log)
    trailer = [[cell for cell in row if cell is not None] for row in cells.slice(end).iter_rows()]
    flags = body.numeric.head(end) if body.numeric is not None else None
    return cells.head(end), body.line.head(end), flags, trailer


def _rows_below(cells: pl.DataFrame, line: pl.Series, marks: pl.Series, end: int, log: FindingLog) -> None:
    """Rows under the trailer that look like rows of a table: a second bill pasted below would be lost silently."""
    below = cells.slice(end).select(
        pl.sum_horizontal((pl.all().str.strip_chars(BLANKS) != "").fill_null(value=False)).alias("filled")
    )["filled"]
    lost = (below >= max(3, cells.width // 2)) & ~marks.slice(end)
    if lost.any():
        first = line.slice(end).filter(lost)[0]
        log.add(
            "F01",
            line=first,
            text=tr(f"{lost.sum()} 行", f"{lost.sum()} rows"),
            expected=tr("合计行之后没有数据", "nothing but totals below the trailer"),
            hint=tr("似乎把两份账单粘在一个文件里：请拆成两个文件", "two bills in one file? split them into two files"),
        )


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
        return pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    same = pl.all_horizontal(pl.col(name).eq_missing(printed[name]) for name in names)
    again = rows.select(again=same)["again"]
    if again.any():
        log.note(tr(f"略过 {again.sum()} 行重复的表头", f"{again.sum()} rows that repeat the header left out"))
    return again


def _data_rows(rows: pl.DataFrame, profile: Profile, log: FindingLog) -> pl.Series:
    """Boolean per row: not empty, not left out by `[rows] drop`, not a remark or total without time, id and state."""
    if rows.width == 0:
        return pl.Series([False] * rows.height, dtype=pl.Boolean)
    filled = rows.select(~pl.all_horizontal(pl.all().is_null())).to_series()
    keep = pl.lit(value=True)
    for rule in profile.rows.drop:
        if rule.column not in rows.columns:
            continue
        column = pl.col(rule.column)
        if rule.empty:
            keep &= column.is_not_null()
        if rule.equals:
            keep &= ~column.is_in(rule.equals).fill_null(value=False)
        for prefix in rule.prefix:
            keep &= ~column.str.starts_with(prefix).fill_null(value=False)
    wanted = filled & rows.select(keep=keep & filled)["keep"]
    anchors = [name for name in _anchors(profile) if name in rows.columns]
    if not anchors:
        return wanted
    loose = wanted & rows.select(pl.all_horizontal(pl.col(anchors).is_null()) | _is_total(rows, profile)).to_series()
    if loose.any():
        log.note(tr(f"略过 {loose.sum()} 行说明或合计", f"{loose.sum()} remark or total rows left out"))
    return wanted & ~loose


def _is_total(rows: pl.DataFrame, profile: Profile) -> pl.Expr:
    """Expression: a bill's row that says 合计 where its time should stand, or first of all and has no time, is a total."""
    spec = profile.fields.get("occurred_at")
    if profile.amount is None or spec is None or profile.file.note_row:
        return pl.lit(value=False)
    times = [source.column for source in spec.from_ if source.column in rows.columns]
    words = (
        pl.any_horizontal([pl.col(name).str.contains_any(_TOTALS) for name in times]) if times else pl.lit(value=False)
    )
    untimed = pl.all_horizontal(pl.col(times).is_null()) if times else pl.lit(value=False)
    first = pl.coalesce(pl.all()).str.contains(_TOTAL_FIRST)
    return words.fill_null(value=False) | (untimed & first.fill_null(value=False))


def _below_note(rows: pl.DataFrame, profile: Profile, log: FindingLog) -> pl.Series:
    """False for the first row where `[file] note_row` names a time column that holds no time in it."""
    keep = pl.Series([True], dtype=pl.Boolean).new_from_index(0, rows.height)
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


def _report_damage(body: Body, data_lines: set[int], log: FindingLog) -> None:
    """Replacement characters (F03) and rows with more cells than the header (F11)."""
    damaged = [number for number in body.damaged if number in data_lines]
    log.add_cells(
        "F03",
        pl.Series(damaged, dtype=pl.Int32),
        pl.Series(["\ufffd"] * len(damaged), dtype=pl.String),
        column="",
        expected=tr("可解码的文字", "decodable text"),
        hint=tr("请重新下载该文件，不要用其他软件另存", "download the file again, do not re-save it"),
    )
    ragged = [(number, count) for number, count in body.ragged if number in data_lines]
    log.add_cells(
        "F11",
        pl.Series([number for number, _ in ragged], dtype=pl.Int32),
        pl.Series([tr(f"{count} 个单元格", f"{count} cells") for _, count in ragged], dtype=pl.String),
        column="",
        expected=tr(f"最多 {len(body.names)} 个单元格", f"at most {len(body.names)} cells"),
        hint=tr("单元格内有未加引号的分隔符，该行各列已错位", "an unquoted separator inside a cell shifts the row"),
    )
