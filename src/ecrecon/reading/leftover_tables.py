"""Tables that no profile takes: what they are, and whether money may be lost with them.

A sheet of rows without a header goes on with the sheet before it; where that cannot be, its rows are counted and named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ecrecon.base.sources import Parsed, Source
from ecrecon.base.texts import tr
from ecrecon.reading.bill_likeness import (
    has_names,
    last_filled,
    names_over_money,
    only_names,
    rows_beyond_names,
    rows_of_a_bill,
    rows_of_a_list,
    rows_past_header,
    rows_without_header,
)
from ecrecon.reading.containers.model import HEAD_ROWS, RawTable
from ecrecon.reading.containers.sniff import claims_to_be_bill
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.identify import HEADER_ROWS
from ecrecon.reading.tables import Table
from ecrecon.reading.unsupported_kinds import Kind, kind_of, unfinished_name

_ABOUT = re.compile(
    r"(?:账\s*号|帐\s*号|户\s*名|卡\s*号|账户名称|账户|商户号|起始日期|起始时间|终止日期|查询日期|导出时间)[^:：\[]{0,8}[:：\[]"
)
_DEEP_ROWS = 2000
"""Rows in which a bill is looked for where the first ones say nothing."""
_LABELS = {
    "账号",
    "帐号",
    "户名",
    "卡号",
    "账户名称",
    "账号名称",
    "商户号",
    "查询账号",
    "查询日期",
    "起始日期",
    "起止日期",
}
_PREAMBLE_ROWS = 15
_TAG = re.compile(r"</?[A-Za-z][\w:.-]*[^<>]*>")
_FEWEST_TAGS = 6
_TAGS_OF_TEXT = 3
"""Tags make up more than a third of markup, and nothing of a bill."""


def _buried(table: Table) -> bool:
    """The rows of a bill further down than a header is looked for, below blank lines or remarks."""
    first = table.head[:HEADER_ROWS]
    names = has_names(first)
    if len(table.head) <= HEADER_ROWS or not isinstance(table, RawTable) or (names and not only_names(first)):
        return False
    rows = _deep_rows(table)
    return bool(rows_of_a_bill(rows) or names_over_money(rows) or (not names and rows_without_header(rows)))


def _deep_rows(table: RawTable) -> list[list[str]]:
    """The first rows, as many more as there are blank ones above: thousands of blank lines hide no bill."""
    count = _DEEP_ROWS
    rows, _ = table.grid.head(count)
    while len(rows) == count and not any(map(_filled, rows[-_DEEP_ROWS:])):
        count *= 4
        rows, _ = table.grid.head(count)
    return [row for row in rows if _filled(row)][:_DEEP_ROWS]


def _filled(row: Sequence[str]) -> bool:
    return any(cell.strip() for cell in row)


def _torn_markup(table: Table) -> bool:
    """A text of mostly tags under the name of a bill: nothing told any more that it is a page or an XML workbook."""
    text = "".join(cell for row in table.head for cell in row)
    tags = _TAG.findall(text)
    much = len(tags) >= _FEWEST_TAGS and sum(map(len, tags)) > len(text) // _TAGS_OF_TEXT
    return much and table.container in ("csv", "tsv") and claims_to_be_bill(table.path.rsplit("/", 1)[-1])


def preamble_only(head: Sequence[Sequence[str]]) -> bool:
    """The lines that stand above a bill (account, range), and nothing below them."""
    filled = [[cell.strip() for cell in row if cell.strip()] for row in head]
    filled = [cells for cells in filled if cells]
    about = any(_ABOUT.search("".join(cells)) or (len(cells) > 1 and cells[0] in _LABELS) for cells in filled)
    return 0 < len(filled) <= _PREAMBLE_ROWS and about


def judge(table: Table, *, beside: bool) -> Parsed:
    """What is said of a table that is no bill by its header. `beside`: another sheet of its file is one."""
    places = rows_of_a_bill(table.head) or rows_without_header(table.head) or rows_beyond_names(table.head)
    if places:
        return _headerless(table, places, beside=beside)
    if _buried(table):
        return _header_out_of_sight(table)
    if preamble_only(table.head) and not beside:
        return _without_table(
            table, tr("只有账单开头的说明，没有表头和数据", "only the lines above a bill, no header and rows")
        )
    kind = None if beside else kind_of(table.path, table.container, table.head)
    if kind is not None:
        return not_supported(record(table, "unknown", ""), kind)
    if not beside and _torn_markup(table):
        return _without_table(
            table,
            tr("只有网页或 XML 表格的残片（开头缺失）", "pieces of a page or XML workbook whose beginning is lost"),
        )
    places = rows_of_a_list(table.head)
    if places:
        return _headerless(table, places, beside=True)
    reason = tr("不是账单或订单文件", "no bill and no order file")
    if beside:
        reason = tr("同一工作簿中已有账单工作表", "another sheet of the workbook is the bill")
    return Parsed(record(table, "ignored", reason))


def not_supported(source: Source, kind: Kind) -> Parsed:
    """F01 of kind review: a kind of file that is known, and not read."""
    log = FindingLog(source.path)
    reason = tr(f"{kind.title}，尚不支持", f"{kind.title}: not read yet")
    expected = tr("能读的账单（CSV 或 Excel）", "a bill that can be read (CSV or Excel)")
    log.add("F01", text=reason, expected=expected, hint=kind.advice, kind="review")
    return Parsed(replace(source, reason=reason), None, log.frame())


def without_unfinished(parsed: list[Parsed]) -> list[Parsed]:
    """Downloads that are not complete (`.crdownload`, `.part` …) are not read: F17, once per file; where the complete
    file lies beside, the rest of the download is only listed."""
    paths = {one.source.path.partition("!/")[0] for one in parsed if one.source.readable}
    found: list[Parsed] = []
    told: set[str] = set()
    for one in parsed:
        complete = unfinished_name(one.source.path)
        if complete is None or one.source.kind == "ignored":
            found.append(one)
        elif one.source.path not in told:
            told.add(one.source.path)
            found.append(_unfinished(one.source, complete.partition("!/")[0] in paths))
    return found


def _unfinished(source: Source, complete: bool) -> Parsed:
    bare = Source(source.path, source.sha256, source.size, source.container, "unreadable")
    if complete:
        reason = tr("未完成的下载，完整的文件已在旁边", "an unfinished download; the complete file lies beside it")
        return Parsed(replace(bare, kind="ignored", reason=reason))
    log = FindingLog(source.path)
    reason = tr("未完成的下载，内容不完整，没有读取", "an unfinished download, not read")
    log.add(
        "F17",
        text=reason,
        expected=tr("下载完成的文件", "a download that is complete"),
        hint=tr("请等下载完成，或删除后重新下载", "wait until it is complete, or delete it and download it again"),
    )
    return Parsed(replace(bare, reason=reason), None, log.frame())


def _headerless(table: Table, places: Sequence[int], *, beside: bool) -> Parsed:
    log = FindingLog(table.path)
    more = "+" if len(table.head) >= HEAD_ROWS else ""
    where = tr(f"工作表 {table.sheet} 的", f"sheet {table.sheet}: ") if table.sheet else ""
    count = f"{len(places)}{more}"
    reason = tr(
        f"{where} {count} 行数据没有读取：没有认得的表头", f"{where}{count} rows were not read: no known header"
    )
    log.add(
        "F01",
        line=table.head_lines[places[0]],
        text=reason.strip(),
        expected=tr("账单或订单的表头", "the header of a bill or an order export"),
        hint=tr(
            "请重新下载带表头的文件；若这些行已在别处核对，可以接受",
            "download the file with its header; accept it where these rows are reconciled elsewhere",
        ),
        kind="review" if beside else None,
    )
    return Parsed(record(table, "unknown", reason.strip()), None, log.frame())


def header_cut_short(table: Table, header_index: int) -> Parsed | None:
    """F01 for a table that would be left out by the names of its header, where that stops short of rows of a bill: the
    names that are missing may be those of a bill. None where the header is as wide as its rows."""
    places = rows_past_header(table.head, header_index)
    if not places:
        return None
    log = FindingLog(table.path)
    names, cells = (last_filled(table.head[place]) for place in (header_index, places[0]))
    reason = tr(
        f"表头只有 {names} 列，下面的数据有 {cells} 列，没有读取",
        f"the header has {names} columns, the rows below it {cells}: not read",
    )
    log.add(
        "F01",
        line=table.head_lines[header_index],
        text=reason,
        expected=tr("完整的表头", "the whole header"),
        hint=tr("表头被截断：请重新下载该文件", "the header was cut: download the file again"),
    )
    return Parsed(record(table, "unknown", reason), None, log.frame())


def _header_out_of_sight(table: Table) -> Parsed:
    log = FindingLog(table.path)
    reason = tr(f"前 {HEADER_ROWS} 行没有表头，文件没有读取", f"no header in the first {HEADER_ROWS} rows: not read")
    log.add(
        "F01",
        text=reason,
        expected=tr("账单的表头", "the header of a bill"),
        hint=tr("请重新下载，或删去表头上面多出的行", "download it again, or delete the rows above the header"),
    )
    return Parsed(record(table, "unknown", reason), None, log.frame())


def _without_table(table: Table, reason: str) -> Parsed:
    log = FindingLog(table.path)
    log.add(
        "F17",
        text=reason,
        expected=tr("账单的表头和数据", "the header and the rows of a bill"),
        hint=tr(
            "下载可能中断：请重新下载该文件",
            "the download may have stopped: download the file again",
        ),
    )
    return Parsed(record(table, "unknown", reason), None, log.frame())


def record(table: Table, kind: str, reason: str) -> Source:
    """The source record of a table that is not read."""
    return Source(
        path=table.path,
        sha256=table.sha256,
        size=table.size,
        container=table.container,
        kind=kind,
        encoding=table.encoding,
        sheet=table.sheet,
        reason=reason,
    )
