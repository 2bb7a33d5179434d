"""Template-fill (vouchers section 1.4): rows go into the user's own blank template or export, other sheets untouched.

What a column means is guessed from its header (section 1.5) and shown; a layout that a person confirmed is a file.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ecrecon.errors import ConfigError
from ecrecon.messages import tr
from ecrecon.money import cell_number
from ecrecon.posting.targets.cells import Money
from ecrecon.posting.targets.grid import rows_of
from ecrecon.posting.targets.layout import Column, Head, Layout
from ecrecon.posting.targets.model import Voucher

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "date": ("日期", "凭证日期", "制单日期", "业务日期", "(单据头)日期", "(单据头)业务日期", "fdate", "fbusdate",
             "ftransdate", "journaldate", "journal date", "date"),
    "year": ("会计年度", "(单据头)会计年度", "fyear"),
    "period": ("会计期间", "期间", "(单据头)期间", "fperiod"),
    "word": ("凭证字", "凭证类别字", "凭证类别", "fgroup", "fgroupid", "fvouchergroupid", "(单据头)凭证字#编码"),
    "number": ("凭证号", "凭证编号", "业务号", "fnum", "fnumber", "fvouchergroupno", "journal no", "journalno",
               "(单据头)凭证号", "凭证号#"),
    "word_number": ("凭证字号",),
    "attachments": ("附件数", "附单据数", "附件张数", "fattchment", "fattachments", "(单据头)附件数"),
    "serial": ("fbillhead(gl_voucher)", "(单据头)(序号)", "单据头(序号)", "fserialno"),
    "line1": ("分录序号", "行号", "fentryid", "fentity", "分录(序号)"),
    "summary": ("摘要", "凭证摘要", "fexp", "fexplanation", "description", "narration", "(分录)摘要"),
    "account_code": ("科目代码", "科目编码", "facctid", "faccountnum", "faccountid", "科目.编码", "accountcode",
                     "(分录)科目编码#编码"),
    "account_name": ("科目名称", "faccountname", "(分录)科目编码#名称", "faccountid#name"),
    "debit": ("借方金额", "借方", "金额借方", "fdebit", "debits", "debit", "(分录)借方金额", "借方#"),
    "credit": ("贷方金额", "贷方", "金额贷方", "fcredit", "credits", "credit", "(分录)贷方金额", "贷方#"),
    "amount": ("原币金额", "ffcyamt", "famountfor", "(分录)原币金额"),
    "rate": ("汇率", "fexchrate", "fexchangerate", "(分录)汇率"),
    "preparer": ("制单", "制单人", "fprepare", "fpreparerid"),
}  # fmt: skip
_DIMENSIONS = {
    "客户": ("客户", "客户编码", "fdetailid#fflex6"), "供应商": ("供应商", "供应商编码", "fdetailid#fflex4"),
    "部门": ("部门", "部门编码", "fdetailid#fflex5"), "职员": ("职员", "个人", "员工", "职员编码", "fdetailid#fflex7"),
    "项目": ("项目", "项目编码"), "存货": ("存货", "物料", "存货编码", "fdetailid#fflex8"),
}  # fmt: skip
_CONSTANTS = {"币别": "RMB", "币种": "RMB", "币别代码": "RMB", "fcurrencyid": "PRE001",
              "fexchangeratetype": "HLTX01_SYS"}  # fmt: skip
_NEEDED = ("date", "summary", "account_code", "debit", "credit")
_HEAD_ROWS = 12
_SPLIT = "*split*1"


def key_of(text: object) -> str:
    """A header as it is compared: no blanks, no star, half-width brackets, lower case."""
    plain = str(text or "").translate(str.maketrans("（）", "()"))
    shown = "".join(plain.split()).lower()
    return shown if shown == _SPLIT else shown.replace("*", "")


def learn(path: Path, identity: str) -> tuple[Layout, list[str]]:
    """(the layout that the headers of `path` suggest, headers that no word of ours fits).

    Raises ConfigError where the file is no workbook or has no row with date, summary, account, debit and credit.
    """
    book = _open(path)
    for sheet in book.worksheets:
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(max_row=_HEAD_ROWS)]
        for index, row in enumerate(rows):
            meanings = [_meaning(text) for text in row]
            values = {column.value for column in meanings if column is not None}
            if {"word_number", "number"} & values and set(_NEEDED) <= values:
                second = index + 1 < len(rows) and _is_caption(rows[index + 1])
                return _layout(identity, path, sheet.title, row, meanings, index + 1, second)
    raise ConfigError(
        tr(
            f"{path.name}：没有一行同时有日期、凭证号、摘要、科目、借方、贷方",
            f"{path.name}: no row names date, number, summary, account, debit and credit",
        ),
        tr("请用财务软件的空白模板或它导出的凭证文件", "use the blank template, or vouchers exported by the software"),
    )


def _meaning(text: object) -> Column | None:
    key, shown = key_of(text), str(text or "")
    for value, words in _SYNONYMS.items():
        if key in {key_of(word) for word in words}:
            return Column(header=shown, value=value)
    for kind, words in _DIMENSIONS.items():
        if key in {key_of(word) for word in words}:
            return Column(header=shown, value="dimension_code", kind=kind, code=True)
    if key in _CONSTANTS:
        return Column(header=shown, const=_CONSTANTS[key])
    return None


def _is_caption(row: Sequence[object]) -> bool:
    """A second header row repeats the meanings of the first."""
    return sum(_meaning(text) is not None for text in row) >= len(_NEEDED)


def _layout(
    identity: str, path: Path, sheet: str, row: Sequence[object], meanings: Sequence[Column | None], at: int, two: bool
) -> tuple[Layout, list[str]]:
    keys = [key_of(text) for text in row]
    split = keys.index(_SPLIT) if _SPLIT in keys else -1
    columns = [
        column.model_copy(update={"head": position < split, "code": column.value in _TEXT_CODES or column.code})
        for position, column in enumerate(meanings)
        if column is not None
    ]
    unknown = [str(text) for text, column in zip(row, meanings, strict=True) if text and column is None]
    head = Head(
        id=identity, title=path.stem, container="xlsx", file=path.name, sheet=sheet, template=True, header_row=at,
        first_row=at + 1 + two,
    )  # fmt: skip
    return Layout(target=head, column=tuple(columns)), unknown


_TEXT_CODES = frozenset({"account_code", "word", "word_number", "date"})


def fill(path: Path, vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """The workbook of `path` with the vouchers from `first_row` on.

    Raises ConfigError where a mapped header is missing or stands twice in the header row, or rows are not empty.
    """
    head = layout.target
    assert head.header_row is not None and head.first_row is not None
    book = _open(path)
    if head.sheet not in book.sheetnames:
        raise ConfigError(
            tr(f"{path.name} 没有工作表“{head.sheet}”", f"{path.name} has no sheet {head.sheet!r}"),
            tr("用 --learn 重新识别模板", "learn the template again with --learn"),
        )
    sheet = book[head.sheet]
    places = _places(path, [cell.value for cell in sheet[head.header_row]], layout)
    first = _first_free(sheet, head.first_row)
    for offset, row in enumerate(rows_of(vouchers, layout)):
        for place, value, column in zip(places, row, layout.column, strict=True):
            if value is None:
                continue
            cell = sheet.cell(first + offset, place)
            if isinstance(value, Money):
                cell.value, cell.number_format = cell_number(value.minor), "0.00"
            elif isinstance(value, int) and not column.code:
                cell.value = value
            else:
                cell.value, cell.number_format, cell.data_type = str(value), "@", "s"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _places(path: Path, row: Sequence[object], layout: Layout) -> list[int]:
    keys = [key_of(text) for text in row]
    places = []
    for column in layout.column:
        number = keys.count(key_of(column.header))
        if number != 1:
            wrong = tr("没有", "is missing") if number == 0 else tr(f"出现 {number} 次", f"stands {number} times")
            raise ConfigError(
                tr(f"{path.name} 的表头“{column.header}”{wrong}", f"{path.name}: the header {column.header!r} {wrong}"),
                tr("用 --learn 重新识别模板", "learn the template again with --learn"),
            )
        places.append(keys.index(key_of(column.header)) + 1)
    return places


def _first_free(sheet: Any, first: int) -> int:
    """Rows of an export stay; ours follow the last filled one."""
    last = first - 1
    for number, row in enumerate(sheet.iter_rows(min_row=first, values_only=True), start=first):
        if any(value not in (None, "") for value in row):
            last = number
    return last + 1


def _open(path: Path) -> Any:
    import openpyxl  # noqa: PLC0415  a tenth of the start-up time, and only templates need it
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        return openpyxl.load_workbook(path)
    except (OSError, InvalidFileException, KeyError, ValueError) as error:
        raise ConfigError(
            tr(f"{path} 不是可读的 xlsx 文件：{error}", f"{path} is no readable xlsx file: {error}"),
            tr("旧的 .xls 模板请先另存为 .xlsx", "save an old .xls template as .xlsx first"),
        ) from None
