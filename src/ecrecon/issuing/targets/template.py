"""Template-fill: rows go into the user's own blank template or export, other sheets untouched."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.money import cell_number
from ecrecon.base.texts import tr
from ecrecon.issuing.targets.cells import Money
from ecrecon.issuing.targets.containers import rows_of
from ecrecon.issuing.targets.layout import Column, Head, Layout
from ecrecon.issuing.targets.model import Voucher
from ecrecon.quarantine import guard
from ecrecon.quarantine.editing import TemplateSheet
from ecrecon.quarantine.limits import LimitError
from ecrecon.quarantine.workbook import LockedError, WorkbookError

# What a header of a voucher template means (docs/targets.md "Templates"): the words that programs use, by what they
# show.

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "date": ("日期", "凭证日期", "制单日期", "业务日期", "(单据头)日期", "(单据头)业务日期", "fdate", "fbusdate",
             "ftransdate", "journaldate", "journal date", "date"),
    "year": ("会计年度", "(单据头)会计年度", "fyear"),
    "period": ("会计期间", "期间", "(单据头)期间", "fperiod"),
    "word": ("凭证字", "凭证类别字", "凭证类别", "fgroup", "fgroupid"),
    "number": ("凭证号", "凭证编号", "业务号", "fnum", "fnumber", "fvouchergroupno", "journal no", "journalno",
               "(单据头)凭证号", "凭证号#"),
    "word_number": ("凭证字号",),
    "attachments": ("附件数", "附单据数", "附件张数", "fattchment", "fattachments", "(单据头)附件数"),
    "serial": ("fbillhead(gl_voucher)", "(单据头)(序号)", "单据头(序号)", "fserialno"),
    "line1": ("分录序号", "行号", "fentryid"),
    "row": ("fentity", "分录(序号)"),
    "voucher_id": ("fbusno", "(分录)业务编号"),
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
_DIMENSIONS: dict[str, tuple[str, ...]] = {
    "客户": ("客户", "客户编码", "fdetailid#fflex6"), "供应商": ("供应商", "供应商编码", "fdetailid#fflex4"),
    "部门": ("部门", "部门编码", "fdetailid#fflex5"), "职员": ("职员", "个人", "员工", "职员编码", "fdetailid#fflex7"),
    "项目": ("项目", "项目编码"), "存货": ("存货", "物料", "存货编码", "fdetailid#fflex8"),
    "费用项目": ("费用项目", "费用项目编码", "fdetailid#fflex9"), "组织机构": ("fdetailid#fflex11",),
    "银行": ("fdetailid#fflex14",), "银行账号": ("银行账号", "fdetailid#fflex15"),
    "其他往来单位": ("其他往来单位", "fdetailid#fflex16"), "店铺": ("店铺", "店铺编码"), "平台": ("平台", "平台编码"),
}  # fmt: skip
_CONSTANTS = {"币别": "RMB", "币种": "RMB", "币别代码": "RMB", "fcurrencyid": "PRE001",
              "fexchangeratetype": "HLTX01_SYS", "fvouchergroupid": "PRE001", "(单据头)凭证字#编码": "PRE001",
              "(分录)币别#编码": "PRE001", "(分录)汇率类型#编码": "HLTX01_SYS"}  # fmt: skip
SPLIT = "*split*1"
"""金蝶云星空: the column between head and lines; it stays, and stays blank."""

_FREE_DIMENSION = "fdetailid#"
_CODE_OF = re.compile(r"[.#]?\(?编码\)?$")
_OF_DIMENSION = re.compile(r"\(分录\)|核算维度|编码|[#.()（）]")


def key_of(text: object) -> str:
    """A header as it is compared: no blanks, no star, half-width brackets, lower case."""
    plain = str(text or "").translate(str.maketrans("（）", "()"))
    shown = "".join(plain.split()).lower()
    return shown if shown == SPLIT else shown.replace("*", "")


def meaning_of(text: object, caption: object = None) -> Column | None:
    """The column that `text` (and what stands below it in a second header row) suggests, or None."""
    key, shown = key_of(text), str(text or "")
    for value, words in _SYNONYMS.items():
        if key in {key_of(word) for word in words}:
            return Column(header=shown, value=value)
    for kind, words in _DIMENSIONS.items():
        if key in {key_of(word) for word in words} or _CODE_OF.sub("", key) == kind:
            return Column(header=shown, value="dimension_code", kind=kind, code=True)
    if key in _CONSTANTS:
        return Column(header=shown, const=_CONSTANTS[key])
    kind = (
        _OF_DIMENSION.sub("", key_of(caption)) if key.startswith(_FREE_DIMENSION) and not key.endswith("#name") else ""
    )
    return Column(header=shown, value="dimension_code", kind=kind, code=True) if kind else None


# Template-fill (docs/targets.md "Templates"): rows go into the user's own blank template or export, other sheets
# untouched.

_NEEDED = ("date", "summary", "account_code", "debit", "credit")
_HEAD_ROWS = 12
_TEXT_CODES = frozenset({"account_code", "word", "word_number", "date"})
_WORD_NUMBER = re.compile(r"\D+-\d+")
_DATES = {
    re.compile(r"\d{4}-\d\d?-\d\d?"): None,
    re.compile(r"\d{4}/\d\d?/\d\d?"): "%Y/%m/%d",
    re.compile(r"\d{8}"): "%Y%m%d",
}


def learn(path: Path, identity: str, constants: Mapping[str, str] | None = None) -> tuple[Layout, list[str]]:
    """(the layout that the headers of `path` suggest, headers that no word of ours fits).

    constants: header -> text of every line, over what the header means; a header in both rows may be named by either.
    Raises ConfigError where the file is no workbook, has no row with date, number, summary, account, debit and credit,
    or lacks a header that `constants` names.
    """
    for sheet in _look(path, _HEAD_ROWS):
        rows = sheet.rows
        for index, row in enumerate(rows):
            values = {column.value for column in map(meaning_of, row) if column is not None}
            if {"word_number", "number"} & values and set(_NEEDED) <= values:
                below = rows[index + 1] if index + 1 < len(rows) else []
                two = sum(meaning_of(text) is not None for text in below) >= len(_NEEDED)
                found = _Headers(row, below if two else [None] * len(row), constants or {})
                found.check(path)
                first = index + 2 + two
                sample = rows[first - 1] if first <= len(rows) else []
                head = Head(
                    id=identity, title=path.stem, container="xlsx", file=path.name, sheet=sheet.title, template=True,
                    header_row=index + 1, first_row=first,
                )  # fmt: skip
                return Layout(target=head, column=tuple(found.columns(sample))), found.unknown()
    raise ConfigError(
        tr(
            f"{path.name}：没有一行同时有日期、凭证号、摘要、科目、借方、贷方",
            f"{path.name}: no row names date, number, summary, account, debit and credit",
        ),
        tr("请用财务软件的空白模板或它导出的凭证文件", "use the blank template, or vouchers exported by the software"),
    )


@dataclass(frozen=True)
class _Headers:
    """The header row, the row of captions below it (None where there is none), and what the user set."""

    row: Sequence[object]
    captions: Sequence[object]
    constants: Mapping[str, str]

    def check(self, path: Path) -> None:
        known = {key_of(text) for text in (*self.row, *self.captions) if text}
        for name in self.constants:
            if key_of(name) not in known:
                raise ConfigError(
                    tr(f"{path.name} 没有表头“{name}”", f"{path.name} has no header {name!r}"),
                    tr('写法：--set "表头=内容"', 'write --set "header=text"'),
                )

    def meanings(self) -> list[Column | None]:
        keys = {key_of(name): text for name, text in self.constants.items()}
        found = []
        for text, caption in zip(self.row, self.captions, strict=True):
            fixed = keys.get(key_of(text)) if text else None
            fixed = keys.get(key_of(caption)) if fixed is None and caption else fixed
            found.append(
                meaning_of(text, caption) if fixed is None else Column(header=str(text), const=fixed, code=True)
            )
        return found

    def columns(self, sample: Sequence[object]) -> list[Column]:
        """The understood columns; `sample`, the first row of an export, shows how dates and numbers are written."""
        keys = [key_of(text) for text in self.row]
        split = keys.index(SPLIT) if SPLIT in keys else -1
        meanings = self.meanings()
        alone = not any(column is not None and column.value == "word" for column in meanings) and split < 0
        columns = []
        for position, column in enumerate(meanings):
            if column is None:
                continue
            shown = str(sample[position] or "") if position < len(sample) else ""
            value = column.value
            if value == "number" and (alone or _WORD_NUMBER.fullmatch(shown)):
                value = "word_number"  # no column for the word: 柠檬云 wants 记-1
            style = (
                next((s for pattern, s in _DATES.items() if pattern.fullmatch(shown)), None)
                if value == "date"
                else None
            )
            code = column.code or value in _TEXT_CODES
            columns.append(
                column.model_copy(update={"value": value, "head": position < split, "code": code, "format": style})
            )
        return columns

    def unknown(self) -> list[str]:
        return [str(t) for t, column in zip(self.row, self.meanings(), strict=True) if t and column is None]


def blank_required(path: Path, layout: Layout) -> list[str]:
    """Headers that the template marks with a star (in its header or caption row) and that the layout leaves blank."""
    head, sheet = layout.target, _sheet(path, layout)
    assert head.header_row is not None and head.first_row is not None
    filled = {key_of(column.header) for column in layout.column if column.value != "blank" or column.const is not None}
    found = []
    for texts in zip(*sheet.rows[head.header_row - 1 : head.first_row - 1], strict=True):
        starred = [str(t) for t in texts if str(t or "").startswith("*") and key_of(t) != SPLIT]
        if starred and key_of(texts[0]) not in filled:
            found.append(starred[0])
    return found


def kept_rows(path: Path, layout: Layout) -> int:
    """Filled rows of the template itself: the rows of an export stay where they are."""
    first = layout.target.first_row
    assert first is not None
    return _first_free(_sheet(path, layout), first) - first


def _sheet(path: Path, layout: Layout) -> TemplateSheet:
    """The sheet of the layout, with its rows up to the first one to fill."""
    first = layout.target.first_row
    assert first is not None
    found = next((sheet for sheet in _look(path, first) if sheet.title == layout.target.sheet), None)
    if found is None:
        raise ConfigError(
            tr(f"{path.name} 没有工作表“{layout.target.sheet}”", f"{path.name} has no sheet {layout.target.sheet!r}"),
            tr("用 --learn 重新识别模板", "learn the template again with --learn"),
        )
    return found


def fill(path: Path, vouchers: Sequence[Voucher], layout: Layout) -> bytes:
    """The workbook of `path` with the vouchers from `first_row` on.

    Raises ConfigError where a mapped header is missing or stands twice in the header row, or rows are not empty.
    """
    head = layout.target
    assert head.header_row is not None and head.first_row is not None
    blank = blank_required(path, layout)
    if blank:
        raise ConfigError(
            tr(f"{path.name} 的必填列没有内容：{'、'.join(blank)}", f"{path.name}: required columns are blank: {', '.join(blank)}"),
            tr(f'在 {head.id}.toml 给它们 const，或用 --learn --set "表头=内容" 重新识别',
               f'give them a const in {head.id}.toml, or learn again with --set "header=text"'),
        )  # fmt: skip
    sheet = _sheet(path, layout)
    places = _places(path, sheet.rows[head.header_row - 1] if head.header_row <= len(sheet.rows) else [], layout)
    first = _first_free(sheet, head.first_row)
    edits = [
        (first + offset, place, *_set(value, column, sheet.dates.get(place)))
        for offset, row in enumerate(rows_of(vouchers, layout))
        for place, value, column in zip(places, row, layout.column, strict=True)
        if value is not None
    ]
    try:
        return guard.shared().fill(_bytes(path), sheet.title, edits)
    except (LimitError, WorkbookError) as error:
        raise _no_template(path, error) from None


def _set(value: object, column: Column, date_format: str | None) -> tuple[str | float | int | datetime, str | None]:
    """(value, number format) of one cell. `date_format`: of the template's first row where it shows dates there."""
    if isinstance(value, Money):
        return cell_number(value.minor), "0.00"
    if isinstance(value, int | Decimal) and not column.code:
        return (float(value) if isinstance(value, Decimal) else value), None
    if column.value == "date" and date_format is not None:
        return datetime.strptime(str(value), column.format or "%Y-%m-%d"), date_format
    return str(value), "@"


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


def _first_free(sheet: TemplateSheet, first: int) -> int:
    """Rows of an export stay; ours follow the last filled one."""
    return max(first, sheet.last + 1)


def _look(path: Path, rows: int) -> list[TemplateSheet]:
    try:
        return guard.shared().look(_bytes(path), rows)
    except LockedError:
        raise _no_template(path, tr("有密码保护", "it is password protected")) from None
    except (LimitError, WorkbookError) as error:
        raise _no_template(path, error) from None


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _no_template(path, error.strerror or error) from None


def _no_template(path: Path, error: object) -> ConfigError:
    said = str(error).partition("\n")[0][:200]
    return ConfigError(
        tr(f"{path} 不是可读的 xlsx 文件：{said}", f"{path} is no readable xlsx file: {said}"),
        tr(
            "用 Excel 打开并另存为 .xlsx，或重新从财务软件导出；",
            "open it in Excel and save it as .xlsx, or export it again; ",
        )
        + tr("旧的 .xls 模板请先另存为 .xlsx", "save an old .xls template as .xlsx first"),
    )
