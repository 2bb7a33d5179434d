"""Tables that no profile takes: what they are, and whether money may be lost with them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from pydantic import Field

from ecrecon.base.sources import Parsed, Source
from ecrecon.base.texts import tr
from ecrecon.base.validation import shipped_settings
from ecrecon.reading.containers.model import HEAD_ROWS, RawTable
from ecrecon.reading.containers.text import claims_to_be_bill
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.identify import HEADER_ROWS
from ecrecon.reading.tables import Table
from ecrecon.settings.profiles import Name, Regex, Texts, Word
from ecrecon.settings.profiles import normal_name as normal

# Which rows look like rows of a bill, whatever stands above them.

_MONEY = re.compile(r"^[¥￥]?[+-]?\d{1,3}(?:,?\d{3})*\.\d{1,2}$")
_DECIMALS = re.compile(r"^[¥￥]?[+-]?\d{1,3}(?:,?\d{3})*\.\d{2}$")
_TIME = re.compile(r"^(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{4}年\d{1,2}月\d{1,2}日|\d{8})(?:[ T]*\d{1,2}:\d{2}.*)?$")
_CLOCK = re.compile(r"^\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?[ T]+\d{1,2}:\d{2}")
_NUMBER = re.compile(r"^[¥￥]?[+-]?\d[\d,]*(?:\.\d+)?$")
_LONG_ID = re.compile(r"^(?=(?:\D*\d){10})[A-Za-z0-9_-]{12,40}$")
_TITLE = re.compile(r"账单|账务|对账|帐单|账户明细|资金明细|资金流水|收支明细|交易明细|交易记录")
_DIGIT = re.compile(r"\d")
_DAY = re.compile(r"20\d{2}(?:[-/.年]\d{1,2}[-/.月]\d{1,2}|[01]\d[0-3]\d(?:\D|$|\d{6}$))|\d{1,2}/\d{1,2}/20\d{2}")
_FEWEST_CELLS = 3
_FEWEST_LISTED = 2
_DRESS = " \t\r\n'`=\"\ufeff"


def rows_of_a_bill(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of the rows that hold what rows of bills and orders hold: a long number, a time or date, an amount.

    Where no row is anything else, from the first one on, a time with its clock and a number are enough.
    """
    bare = [(place, [cell.strip(_DRESS) for cell in row]) for place, row in enumerate(rows)]
    filled = [(place, cells) for place, cells in bare if any(cells)]
    found = [place for place, cells in filled if _holds(cells, _MONEY, _TIME, _LONG_ID)]
    if not found and len(filled) > 1 and all(_holds(cells, _CLOCK, _NUMBER) for _, cells in filled):
        return [place for place, _ in filled]
    return found


def _holds(cells: Sequence[str], *words: re.Pattern[str]) -> bool:
    return all(any(word.search(cell) for cell in cells) for word in words)


def rows_without_header(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of rows such as bills have, where no row of names stands above them to say otherwise: a day and an amount,
    or, under the title of a bill, two amounts. Two such rows, as one may stand in any list."""
    titled = False
    places: list[int] = []
    for place, cells in enumerate(_filled(rows)):
        if len(cells) < _FEWEST_CELLS:
            titled = titled or any(_TITLE.search(cell) for cell in cells)
        elif _names(cells):
            break
        elif _is_line_of_money(cells, titled=titled):
            places.append(place)
    return places if len(places) > 1 else []


def rows_beyond_names(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of rows of money that are wider than the row of names above them: a header that was cut says nothing of them.

    Two such rows, as one may hold a remark beside the table.
    """
    width = 0
    places: list[int] = []
    for place, cells in enumerate(_filled(rows)):
        if _names(cells):
            width = max(width, len(cells))
        elif width and len(cells) > width and _is_line_of_money(cells, titled=False):
            places.append(place)
    return places if len(places) > 1 else []


def rows_past_header(rows: Sequence[Sequence[str]], header: int) -> list[int]:
    """Places of the rows of a bill below the header at place `header` that have text beyond its last name."""
    width = last_filled(rows[header])
    below = range(header + 1, len(rows))
    wide = [place for place in below if last_filled(rows[place]) > width]
    found = rows_of_a_bill([rows[place] for place in wide])
    return [wide[place] for place in found]


def rows_of_a_list(rows: Sequence[Sequence[str]]) -> list[int]:
    """Places of all rows where each is a text and an amount and no row of names as wide stands above: a list whose header
    is lost or was cut.

    Of a table of one shape, two rows or more; an amount has its decimals.
    """
    filled = _filled(rows)
    places = [place for place, cells in enumerate(filled) if cells]
    if places and not any(map(_DIGIT.search, filled[places[0]])) and len(filled[places[0]]) < max(map(len, filled)):
        del places[0]
    widths = {len(filled[place]) for place in places}
    if len(places) < _FEWEST_LISTED or len(widths) != 1 or widths <= {1}:
        return []
    columns = zip(*(filled[place] for place in places), strict=True)
    kinds = [[bool(_DECIMALS.search(cell)) for cell in column] for column in columns]
    return places if any(map(all, kinds)) and not all(map(any, kinds)) else []


def last_filled(row: Sequence[str]) -> int:
    """The place, counted from 1, of the last cell with text."""
    return max((place for place, cell in enumerate(row, 1) if cell.strip(_DRESS)), default=0)


def has_names(rows: Sequence[Sequence[str]]) -> bool:
    """True where a row may be a header: three cells and no digit."""
    return any(map(_names, _filled(rows)))


def only_names(rows: Sequence[Sequence[str]]) -> bool:
    """True where no row holds more than names and remarks: what the names are of stands further down."""
    return all(len(cells) < _FEWEST_CELLS or _names(cells) for cells in _filled(rows))


def names_over_money(rows: Sequence[Sequence[str]]) -> bool:
    """A row of names, and amounts in two rows below it."""
    headed, amounts = False, 0
    for cells in _filled(rows):
        amounts += headed and any(map(_MONEY.search, cells))
        headed = headed or _names(cells)
    return amounts > 1


def _filled(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    return [[text for cell in row if (text := cell.strip(_DRESS))] for row in rows]


def _names(cells: Sequence[str]) -> bool:
    return len(cells) >= _FEWEST_CELLS and not any(map(_DIGIT.search, cells))


def _is_line_of_money(cells: Sequence[str], *, titled: bool) -> bool:
    amounts = sum(_MONEY.search(cell) is not None for cell in cells)
    return (titled and amounts > 1) or (amounts > 0 and any(map(_DAY.match, cells)))


# Files of kinds that are known and not read yet: called what they are, with the download to use instead.

_ROWS = 60
_CHARACTERS = 16_384


class Kind(Word):
    """One kind: everything that it names must hold."""

    id: str
    zh: str
    en: str
    advice_zh: str
    advice_en: str
    container: Texts = Field(default_factory=list)
    name: Regex | None = None
    not_name: Regex | None = None
    text: list[Regex] = Field(default_factory=list)
    header: list[Name] = Field(default_factory=list)

    @property
    def title(self) -> str:
        """What the file is."""
        return tr(self.zh, self.en)

    @property
    def advice(self) -> str:
        """What to do."""
        return tr(self.advice_zh, self.advice_en)

    def fits(self, container: str, name: str, text: str, rows: Sequence[set[str]]) -> bool:
        """`name`: the file's own, lower case; `text`: its first rows; `rows`: their names, normalised and lower case."""
        wanted = {column.lower() for column in self.header}
        return (
            (not self.container or container in self.container)
            and (self.name is None or re.search(self.name, name) is not None)
            and (self.not_name is None or re.search(self.not_name, name) is None)
            and all(re.search(one, text) for one in self.text)
            and (not wanted or any(wanted <= names for names in rows))
        )


class Kinds(Word):
    """The file kinds.toml."""

    kind: list[Kind]
    unfinished: list[str]


@cache
def known_kinds() -> Kinds:
    """The shipped kinds; raise ConfigError where the file does not fit."""
    return shipped_settings("unsupported/kinds.toml", Kinds)


def kind_of(path: str, container: str, head: Sequence[Sequence[str]] = (), *, by_content: bool = False) -> Kind | None:
    """The first known kind that a file fits, by its name, its bytes and its first rows; `by_content`: by the rows alone."""
    name = path.rsplit("/", 1)[-1].lower()
    lines = [",".join(cell.strip() for cell in row) for row in head[:_ROWS]]
    rows = [{normal(cell).lower() for cell in row} for row in head[:_ROWS]]
    text = "\n".join(lines)[:_CHARACTERS]
    kinds = (kind for kind in known_kinds().kind if not by_content or kind.text or kind.header)
    return next((kind for kind in kinds if kind.fits(container, name, text, rows)), None)


def unfinished_name(path: str) -> str | None:
    """The name that a download will have when it is complete, or None for a file that is not being downloaded."""
    parts = path.replace("!/", "/").split("/")
    for place, part in enumerate(parts):
        for ending in known_kinds().unfinished:
            if part.lower().endswith(ending) and len(part) > len(ending):
                return "/".join([*parts[:place], part[: -len(ending)]])
    return None


# Tables that no profile takes: what they are, and whether money may be lost with them.

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
    while len(rows) == count and not any(map(_leftover_tables_filled, rows[-_DEEP_ROWS:])):
        count *= 4
        rows, _ = table.grid.head(count)
    return [row for row in rows if _leftover_tables_filled(row)][:_DEEP_ROWS]


def _leftover_tables_filled(row: Sequence[str]) -> bool:
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
