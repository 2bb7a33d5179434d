"""Is the file whole? Rows that lack cells, a last cell, row or tag that was cut, a trailer that is not there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import polars as pl

from ecrecon.base.sources import Parsed, finding
from ecrecon.base.texts import in_one_line, tr
from ecrecon.base.variances import Kind
from ecrecon.reading.cells import BLANKS
from ecrecon.reading.columns import amount_columns, money_columns, time_columns, value_columns
from ecrecon.reading.findings import FindingLog
from ecrecon.reading.identify import layout_names
from ecrecon.reading.tables import Body
from ecrecon.settings.profiles import Profile, normal_name

# Was the last cell of a file cut? A last line without a line end is no evidence by itself: many programs write none.

Verdict = Literal["whole", "cut", "open"]
"""`open`: nothing above it says how long the cell should be."""

_NUMBER = re.compile(r"^[¥￥+\-－−(（\s]*\d[\d,]*(?:\.(?P<decimals>\d*))?\s*$")
_FEW = 3
"""So many cells above make a rule."""
_FIXED = 2
"""Decimals that programs print of every amount; fewer are those of a spreadsheet, which prints as many as it needs."""
_LONG = 8
"""Characters of an id or time that one cell above it proves."""
_HALF = "\ufffd"
"""What is read for the first bytes of a character alone."""
_CODE = re.compile(r"^[A-Za-z#]{0,6}\d[\dA-Za-z\-_/:. ：年月日时分秒]*$")
_SECONDS = re.compile(r"\d{1,2}[:：]\d{2}[:：]\d{2}\s*$")
_CLOSERS = "\t\"'`）)]】}>%元"


def last_cell(cell: str, above: Sequence[str]) -> Verdict:
    """Whether `cell`, the last one of a text without a line end, is whole. `above`: the cells of its column in the rows
    above, as printed, "" where empty.

    A column of two decimals proves a number, a fixed length an id or a time, a word that stands above itself. Texts of
    any length prove nothing.
    """
    filled = [other for other in above if other.strip()]
    if cell.endswith(_HALF):
        return "cut"
    closed = _by_closer(cell, above)
    if closed is not None:
        return closed
    if not cell.strip():
        return "open" if above and len(filled) == len(above) else "whole"
    for judged in (_by_decimals, _by_shape, _by_word):
        verdict = judged(cell, filled)
        if verdict is not None:
            return verdict
    return "open"


def _by_closer(cell: str, above: Sequence[str]) -> Verdict | None:
    """A mark that ends every cell above (TAB, bracket, unit)."""
    last = {other[-1:] for other in above}
    if len(above) < _FEW or len(last) != 1 or not (mark := last.pop()) or mark not in _CLOSERS:
        return None
    return "whole" if cell.endswith(mark) else "cut"


def _by_decimals(cell: str, filled: Sequence[str]) -> Verdict | None:
    """A number among numbers with decimals. Without numbers above, two decimals are whole."""
    mine = _NUMBER.match(cell)
    others = [found for other in filled if (found := _NUMBER.match(other))]
    if len(others) < len(filled):
        return None
    counts = {len(found["decimals"] or "") for found in others}
    if mine is None:  # "-" or "+" of a number
        return "cut" if counts and cell.strip() in {"-", "+", "¥", "￥"} else None
    decimals = len(mine["decimals"] or "")
    if cell.rstrip().endswith("."):
        return "cut"
    if not counts:
        return "whole" if decimals >= _FIXED else None
    if len(counts) == 1 and max(counts) >= _FIXED:
        return "whole" if decimals in counts else "cut" if len(filled) >= _FEW or decimals < min(counts) else "open"
    return "whole" if _FIXED <= decimals >= max(counts) else None


def _by_shape(cell: str, filled: Sequence[str]) -> Verdict | None:
    """Times and ids of one shape: runs of digits between the same marks, the last run of one length."""
    if _SECONDS.search(cell):
        return "whole"
    shapes = {shape(other) for other in filled}
    if len(shapes) != 1 or not _CODE.match(filled[0]):
        return None
    shortest, longest = min(len(other) for other in filled), max(len(other) for other in filled)
    enough = len(filled) >= _FEW or shortest >= _LONG
    if shape(cell) in shapes:
        return "whole" if enough and (len(re.findall(r"\d+", cell)) > 1 or shortest == longest) else None
    return "cut" if enough and len(cell) < longest and len(_runs(cell)) <= len(_runs(filled[0])) else None


def _runs(text: str) -> list[str]:
    return re.findall(r"\d+|\D", text.strip())


def shape(text: str) -> tuple[str, ...]:
    """What texts of one column have in common: the marks of a text, "9" for each run of digits and as many as there are for the last one."""
    runs = ["9" if run[0].isdigit() else run for run in _runs(text)]
    digits = [place for place, run in enumerate(runs) if run == "9"]
    if digits:
        last = digits[-1]
        runs[last] = "9" * len(_runs(text)[last])
    return tuple(runs)


def _by_word(cell: str, filled: Sequence[str]) -> Verdict | None:
    """One of the few words of its column, or the beginning of one of them."""
    words = {other.strip() for other in filled}
    mine = cell.strip()
    longer = any(word != mine and word.startswith(mine) for word in words)
    if mine in words:
        return None if longer else "whole"
    return "cut" if longer and len(filled) >= _FEW and 2 * len(words) <= len(filled) else None


# Texts whose last line has no line end, held against the other files of their layout.

_Way = tuple[str | None, str | None, str]


def tell_open_ends(parsed: Sequence[Parsed]) -> list[Parsed]:
    """`parsed` with F17 (review) for the one file of open end among files of its layout, encoding and container that
    end their lines."""
    ended: set[_Way] = set()
    lacking: dict[_Way, list[str]] = {}
    for one in parsed:
        if one.source.line_end == "ended":
            ended.add(_way(one))
        elif one.source.line_end == "open" and one.source.path not in lacking.setdefault(_way(one), []):
            lacking[_way(one)].append(one.source.path)
    odd = {paths[0] for way, paths in lacking.items() if way in ended and len(paths) == 1}
    return [_told(one) if one.source.path in odd and one.source.line_end == "open" else one for one in parsed]


def _way(one: Parsed) -> _Way:
    return one.source.profile, one.source.encoding, one.source.container


def _told(one: Parsed) -> Parsed:
    told = finding(
        "F17",
        one.source.path,
        text=tr(
            "最后一行没有换行符，同一格式的其他文件都有",
            "the last line has no line end, all other files of the layout have one",
        ),
        expected=tr("完整的文件结尾", "the whole end of the file"),
        hint=tr(
            "下载可能中断在最后一格：请重新下载；确认文件完整则可接受",
            "the download may have stopped in the last cell: download it again, or accept it if it is whole",
        ),
        kind="review",
    )
    return replace(one, findings=pl.concat([one.findings, told]))


# Is the file whole? Rows that lack cells at their end, a last row or a tag that was cut, a trailer that is not there.

LineEnd = Literal["ended", "open"]
"""Of the last row of a text: it has a line end; or it has none and nothing in the file proves it whole."""
_TAIL = 64
"""Rows at the end in which the last one that holds anything is looked for."""
_BESIDE = 2000
"""Rows above the last one whose cells say what it should look like."""
_TOTAL = "合计|总计|小计"
_SYSTEMATIC = 5
"""Where one row in so many is short and none prints an empty cell at its end, the writer leaves empty cells out."""


@dataclass(frozen=True)
class Ending:
    """What is known of the end of one table. `used`: column -> physical column; `kept`: lines of the data rows;
    `known`: lines of what is no row for a reason of its own, such as the trailer, totals and headers."""

    body: Body
    used: dict[str, str]
    kept: pl.Series
    known: pl.Series
    trailer: list[list[str]]
    around: list[list[str]]
    totals: bool


def report_ending(profile: Profile, ending: Ending, log: FindingLog) -> LineEnd | None:
    """F17 once per file where its end is missing, F11 for each other row that lacks cells that are read.

    Answers how the last row of a text ends, for `open_ends`; None where that needs no look at other files.
    """
    short = _short_rows(profile, ending)
    last = _last_line(ending.body)
    cut = last is not None and (last in set(short["line"].to_list()) or _half_row(ending, last))
    verdict = None if cut else _last_cell(ending, last)
    amount_cut, doubts = _half_cell(profile, ending, verdict)
    reasons = [*_cut_off(ending), *_half_header(profile, ending), *doubts, *_no_trailer(profile, ending)]
    if cut or ending.body.end == "open_quote" or _tag_open(ending, last):
        _report_cut_row(ending, last, log)
    elif reasons:
        line = last if ending.body.end != "whole" else None
        _report_end(reasons, line, log, kind=None if amount_cut else "review")
    short = pl.concat([short, _without_anchors(ending)])
    short = short.unique("line").sort("line") if short.height else short
    inner = short.filter(pl.col("line") != last) if cut else short
    log.add_cells(
        "F11",
        inner["line"],
        inner["width"].map_elements(_cells_text, return_dtype=pl.String)
        if inner.height
        else pl.Series([], dtype=pl.String),
        column="",
        expected=_width_text(ending.body),
        hint=tr(
            "该行比表头少单元格，缺的内容没有读到：可能被截断，或单元格内有换行，请重新下载",
            "the row lacks cells of the header, their content was not read: cut off, or a line break inside a cell; "
            "download it again",
        ),
    )

    if ending.body.end == "whole" and ending.body.numeric is None:
        return "ended"
    return "open" if verdict == "open" and not doubts else None


def _short_rows(profile: Profile, ending: Ending) -> pl.DataFrame:
    """`line`, `width` of data rows with fewer cells than the header, as far as a column that is read is missing."""
    body = ending.body
    nothing = pl.DataFrame(schema={"line": pl.Int32, "width": pl.Int32})
    if body.widths is None or not (body.widths < len(body.names)).any():
        return nothing
    frame = pl.DataFrame({"line": body.line, "width": body.widths, "last": body.cells.to_series(body.cells.width - 1)})
    rows = frame.join(ending.kept.alias("line").to_frame(), on="line", how="semi", maintain_order="left")
    names = len(body.names)
    places = {int(physical.removeprefix("c")) for physical in ending.used.values()}
    read = max(places, default=-1)
    money = [int(ending.used[n].removeprefix("c")) for n in amount_columns(profile) if n in ending.used]
    short = rows.filter(pl.col("width") < names)
    padded = rows.filter(pl.col("width") >= names, pl.col("last").is_null()).height > 0
    if short.height * _SYSTEMATIC > rows.height and not padded and not _at_end(ending, short):
        short = short.filter(pl.col("width") <= max(money, default=-1))  # the amount itself is not there
    last = _last_line(body)
    at_end = pl.lit(value=False) if last is None else pl.col("line") == last
    return short.filter((pl.col("width") <= read) | at_end).select("line", "width")


def _without_anchors(ending: Ending) -> pl.DataFrame:
    """`line`, `width` of short rows that stop before their time and amount, so that they look like remarks: their first
    cell has the shape of those of the data rows, with a digit in it. A loop over such rows, which are few."""
    body = ending.body
    nothing = pl.DataFrame(schema={"line": pl.Int32, "width": pl.Int32})
    if body.widths is None or not body.cells.width or not (body.widths < len(body.names)).any():
        return nothing
    rows = pl.DataFrame(
        {"line": body.line, "width": body.widths, "first": body.cells.to_series(0).str.strip_chars(BLANKS)}
    )
    settled = pl.concat([ending.kept, ending.known]).alias("line").to_frame()
    loose = rows.join(settled, on="line", how="anti", maintain_order="left").filter(
        pl.col("width") < len(body.names), pl.col("first").str.contains(r"\d")
    )
    if loose.is_empty():
        return nothing
    kept = rows.join(ending.kept.alias("line").to_frame(), on="line", how="semi")["first"].drop_nulls().unique()
    shapes = {shape(text) for text in kept.sort().head(_BESIDE)}
    return (
        loose.head(_BESIDE)
        .filter([shape(text) in shapes for text in loose["first"].head(_BESIDE)])
        .select("line", "width")
    )


def _at_end(ending: Ending, short: pl.DataFrame) -> bool:
    """The only short row is the last one of the file: a cut, however few rows there are."""
    return short.height == 1 and short["line"][0] == _last_line(ending.body)


def _last_line(body: Body) -> int | None:
    """The line of the last row that holds anything."""
    height = body.cells.height
    for place in range(height - 1, max(height - _TAIL, 0) - 1, -1):  # a loop of nearly always one step
        if any(cell and cell.strip(BLANKS) for cell in body.cells.row(place)):
            return int(body.line[place])
    return None


def _half_row(ending: Ending, last: int) -> bool:
    """The file stops inside its last line, which has too few cells to be known for a row."""
    body = ending.body
    if body.end == "whole" or body.widths is None or last in set(ending.known.to_list()):
        return False
    widths = body.widths.filter(body.line == last)
    first = body.cells.filter(body.line == last).select(pl.coalesce(pl.all())).to_series()
    total = bool(first.str.contains(_TOTAL).any())  # a row of totals may be short; what it says is compared
    return len(widths) > 0 and int(widths[0]) < len(body.names) and not total


def _tag_open(ending: Ending, last: int | None) -> bool:
    """A page that stops inside a row of its table."""
    if ending.body.end != "no_closing_tag" or last is None or ending.body.widths is None:
        return False
    widths = ending.body.widths.filter(ending.body.line == last)
    return len(widths) > 0 and int(widths[0]) < len(ending.body.names)


def _cut_off(ending: Ending) -> list[str]:
    """Why the end of the file itself is in doubt."""
    if ending.body.end == "no_closing_tag":
        return [tr("网页没有结束标签", "the page has no closing tag")]
    if ending.body.end == "half_line_end":
        return [tr("最后一个换行符只有一半", "the last line end is half there")]
    return []


def _half_header(profile: Profile, ending: Ending) -> list[str]:
    """A header without rows and line end whose last name the layout does not have."""
    body = ending.body
    if body.end != "no_line_end" or body.cells.height or not body.names:
        return []
    name = body.names[-1].strip(BLANKS)
    if not name or normal_name(name) in layout_names(profile):
        return []
    return [
        tr(
            f"表头停在“{in_one_line(name)}”，没有换行符",
            f"the header stops at {in_one_line(name)!r}, without a line end",
        )
    ]


def _last_cell(ending: Ending, last: int | None) -> Verdict | None:
    """Whether the last cell of a text was cut; None where its last line has an end, or is no data row."""
    body = ending.body
    if body.end != "no_line_end" or last is None or not len(ending.kept) or ending.kept[-1] != last:
        return None
    rows = pl.DataFrame({"line": body.line, "cell": body.cells.to_series(body.cells.width - 1).fill_null("")})
    rows = rows.join(ending.kept.alias("line").to_frame(), on="line", how="semi", maintain_order="left")
    cells = rows["cell"].tail(_BESIDE + 1).to_list()
    return last_cell(cells[-1], cells[:-1])


def _half_cell(profile: Profile, ending: Ending, verdict: Verdict | None) -> tuple[bool, list[str]]:
    """(an amount was cut, why the last cell may be cut). An open end is told of amounts and times: of other texts
    nothing says how long they are."""
    body = ending.body
    mine = {name for name, physical in ending.used.items() if physical == body.cells.columns[-1]}
    money = bool(mine & set(money_columns(profile)))
    timed = bool(mine & set(time_columns(profile)))
    if verdict not in ("cut", "open"):
        return False, []
    cell = body.cells.filter(body.line == ending.kept[-1]).to_series(body.cells.width - 1)[-1] or ""
    unproved = money or (timed and bool(cell.strip(BLANKS)))  # an order that nobody paid has no time of payment
    if verdict == "open" and not unproved:
        return False, []
    text = in_one_line(cell.strip(BLANKS)) if mine & value_columns(profile) else ""  # no text of a person
    name = in_one_line(body.names[-1].strip(BLANKS)) + (tr(f"“{text}”", f" {text!r}") if text else "")
    why = tr(f"最后一行没有换行符，{name} 可能被截断", f"the last line has no line end, {name} may be cut")
    return money and verdict == "cut", [why]


def _no_trailer(profile: Profile, ending: Ending) -> list[str]:
    """The layout always ends in a trailer, and this file does not."""
    rule = profile.file.trailer
    if rule is None or ending.totals:
        return []
    if rule == "with_preamble" and not _has_preamble(profile, ending.around):
        return []
    wanted = profile.file.last_line
    if not ending.trailer:
        return [tr("缺少末尾的合计行", "the totals at the end are missing")]
    if wanted is not None and not _finds(wanted, ending.trailer):
        return [tr("末尾的合计行不完整", "the totals at the end are incomplete")]
    return []


def _has_preamble(profile: Profile, around: list[list[str]]) -> bool:
    """True where the lines above the header are those of the layout, and no note of the user."""
    spec = profile.preamble
    words = (spec.account, spec.from_, spec.until, spec.exported_at, profile.file.stop_at)
    return any(_finds(word, around) for word in words if word is not None)


def _finds(regex: str, lines: list[list[str]]) -> bool:
    """Whether `regex` is in one of the lines, their cells joined by commas."""
    texts = (",".join(cell.strip(BLANKS) for cell in row if cell and cell.strip(BLANKS)) for row in lines)
    return any(re.search(regex, text) for text in texts)


def _report_cut_row(ending: Ending, last: int | None, log: FindingLog) -> None:
    known = ending.body.widths
    widths = known.filter(ending.body.line == last) if known is not None and last is not None else None
    short = widths is not None and len(widths) > 0 and int(widths[0]) < len(ending.body.names)
    text = (
        _cells_text(int(widths[0]))
        if widths is not None and short
        else tr("引号没有结束", "a quote that is not closed")
    )
    log.add(
        "F17",
        line=last,
        text=text,
        expected=_width_text(ending.body),
        hint=tr(
            "最后一行不完整，之后的行可能都没有下载到：请重新下载该文件",
            "the last row is incomplete, and rows after it may be missing: download the file again",
        ),
    )


def _report_end(reasons: list[str], line: int | None, log: FindingLog, kind: Kind | None) -> None:
    log.add(
        "F17",
        line=line,
        text="；".join(reasons),
        expected=tr("完整的文件结尾", "the whole end of the file"),
        hint=tr(
            "下载可能中断，或末尾的行被删除：请重新下载；确认文件完整则可接受",
            "the download may have stopped, or lines at the end were deleted: download it again, or accept it if it is whole",
        ),
        kind=kind,
    )


def _cells_text(width: int) -> str:
    return tr(f"只有 {width} 个单元格", f"only {width} cells")


def _width_text(body: Body) -> str:
    return tr(f"{len(body.names)} 个单元格", f"{len(body.names)} cells")
