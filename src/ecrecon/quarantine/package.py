"""What an .xlsx package must pass before a reader sees it: no entities, no bomb, no absurd extent."""

from __future__ import annotations

import codecs
import posixpath
import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree

from ecrecon.base.texts import tr
from ecrecon.quarantine import limits, xlsb
from ecrecon.quarantine.facts import PutBack, SheetFacts, column_number, merged_cells, repeated_place, unvalued_formulas
from ecrecon.quarantine.limits import Budget, LimitError
from ecrecon.quarantine.workbook import WorkbookError

_ENTITY = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ERROR_CELL = re.compile(
    rb"<(?:\w+:)?c\b(?=[^>]*\bt=[\"']e[\"'])[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*>.*?<(?:\w+:)?v>([^<]*)<",
    re.DOTALL,
)
_VALUED = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"'][^>]*(?<!/)>")
_ODD_REFERENCE = re.compile(rb"<(?:\w+:)?c\b[^>]*?\br=[\"']([A-Z]{4,}\d*|[A-Z]*\d{8,}|[A-Z]*[a-z][A-Za-z]*\d+)[\"']")
_BINARY_BOOK, _BINARY_RELATIONS = "xl/workbook.bin", "xl/_rels/workbook.bin.rels"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_LETTERS = ((3, 16_384), (2, 702), (1, 26))
_DIGITS = ((7, 1_048_576), (6, 999_999), (5, 99_999))


def has_entities(xml: bytes) -> bool:
    """True for XML that declares a document type or entities: no bill needs them, an entity bomb does."""
    if xml.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        xml = xml.replace(b"\0", b"")
    return b"<!" in xml and _ENTITY.search(xml) is not None


def inspect(data: bytes, budget: Budget) -> dict[str, SheetFacts]:
    """Check every part of the package; return what its sheets know beside values, per sheet name.

    Raises LimitError (bomb, entities, extent: names the part), WorkbookError and zipfile.BadZipFile (damaged).
    """
    facts: dict[str, SheetFacts] = {}
    parts: dict[str, bytes] = {}
    with zipfile.ZipFile(BytesIO(data)) as package:
        infos = [info for info in package.infolist() if not info.filename.endswith("/")]
        budget.take_entries(len(infos))
        for info in infos:
            name = info.filename.replace("\\", "/").removeprefix("/")
            binary = name == _BINARY_BOOK or (name.startswith("xl/worksheets/") and name.lower().endswith(".bin"))
            if not binary and not name.lower().endswith((".xml", ".rels", ".vml")):
                continue
            with package.open(info) as stream:
                xml = budget.read(stream)
            if binary:
                if name == _BINARY_BOOK:
                    parts[name] = xml
                else:
                    facts[name] = xlsb.sheet_facts(xml)
                continue
            if has_entities(xml):
                raise LimitError(
                    tr(
                        f"疑似实体炸弹：{name} 含有 DOCTYPE/ENTITY 声明。",
                        f"entity bomb suspected: {name} declares DOCTYPE/ENTITY.",
                    )
                )
            if name.startswith("xl/worksheets/"):
                _check_extent(name, xml)
                _check_places(name, xml)
                errors = _error_cells(xml) if b't="e"' in xml or b"t='e'" in xml else {}
                found = SheetFacts({**unvalued_formulas(xml), **errors}, merged_cells(xml))
                if found.put_back or found.merged:
                    facts[name] = found
            elif name in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels", _BINARY_RELATIONS):
                parts[name] = xml
    facts = {name: found for name, found in facts.items() if found.put_back or found.merged}
    if facts and _BINARY_BOOK in parts:
        return _by_binary_name(facts, parts)
    return _by_sheet_name(facts, parts) if facts else {}


def _check_extent(name: str, xml: bytes) -> None:
    """Refuse a sheet whose used rectangle is absurd: two cells in opposite corners would take all memory.

    Bounded by the number of letters and digits of the cell references first, which is quick and nearly always enough;
    what is left is asked cell by cell, where a cell with a style and no value does not count.
    """
    odd = _ODD_REFERENCE.search(xml)
    if odd is not None:
        text = odd.group(1).decode(errors="replace")[:40]
        raise LimitError(
            tr(
                f"{name} 的单元格位置 {text} 不在工作表之内。",
                f"{name}: the cell reference {text} lies outside any sheet.",
            )
        )
    columns = next((most for n, most in _LETTERS if _refers(xml, rb"[A-Z]{%d}\d{1,7}" % n)), 1)
    rows = next((most for n, most in _DIGITS if _refers(xml, rb"[A-Z]{1,3}\d{%d}" % n)), 9_999)
    if columns * rows <= limits.SMALL_RECTANGLE:
        return
    letters = set(re.findall(rb"[\"']([A-Z]{1,3})\d{1,7}[\"']", xml))
    columns = max(column_number(text.decode()) for text in letters)
    if columns * rows <= limits.SMALL_RECTANGLE:
        return
    rows = max(map(int, re.findall(rb"[\"'][A-Z]{1,3}(\d{1,7})[\"']", xml)))
    if columns * rows > limits.SMALL_RECTANGLE:
        cells = xml.count(b"<c ") + xml.count(b":c ")
        if columns * rows > min(limits.MAX_CELLS, limits.MAX_HOLLOW * cells):
            columns, rows = _used(xml)
        limits.refuse_hollow(rows, columns, lambda: cells, name)


def _check_places(name: str, xml: bytes) -> None:
    """Refuse a sheet that holds a row or cell twice: of two values a reader keeps one, and nobody would know."""
    twice = repeated_place(xml)
    if twice is not None:
        raise WorkbookError(
            tr(f"{name} 中 {twice} 出现两次", f"{name} holds {twice} twice, of which a reader keeps one")
        )


def _used(xml: bytes) -> tuple[int, int]:
    """Columns and rows up to the last cell that may hold a value. A loop over cells, for hollow sheets only."""
    columns = rows = 1
    for cell in _VALUED.finditer(xml):
        columns, rows = max(columns, column_number(cell.group(1).decode())), max(rows, int(cell.group(2)))
    return columns, rows


def _refers(xml: bytes, pattern: bytes) -> bool:
    return re.search(rb"[\"']" + pattern + rb"[\"']", xml) is not None


def _error_cells(xml: bytes) -> PutBack:
    return {
        (int(cell.group(2)) - 1, column_number(cell.group(1).decode()) - 1): cell.group(3).decode()
        for cell in _ERROR_CELL.finditer(xml)
    }


def _by_binary_name(facts: dict[str, SheetFacts], parts: dict[str, bytes]) -> dict[str, SheetFacts]:
    """The same for a binary workbook."""
    try:
        relations = ElementTree.fromstring(parts[_BINARY_RELATIONS])
    except (KeyError, ElementTree.ParseError) as error:
        raise WorkbookError(str(error)) from None
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    names = xlsb.sheet_names(parts[_BINARY_BOOK])
    return {name: facts.get(_part(targets.get(relation) or ""), SheetFacts()) for relation, name in names}


def _part(target: str) -> str:
    return posixpath.normpath(posixpath.join("/xl", target)).removeprefix("/")


def _by_sheet_name(facts: dict[str, SheetFacts], parts: dict[str, bytes]) -> dict[str, SheetFacts]:
    """Part names -> sheet names, by the workbook and its relations."""
    try:
        book = ElementTree.fromstring(parts["xl/workbook.xml"])
        relations = ElementTree.fromstring(parts["xl/_rels/workbook.xml.rels"])
    except (KeyError, ElementTree.ParseError) as error:
        raise WorkbookError(str(error)) from None
    targets = {item.get("Id"): item.get("Target", "") for item in relations}
    named: dict[str, SheetFacts] = {}
    for sheet in book.iter():
        target = targets.get(sheet.get(_RELATION))
        if target is not None:
            named[sheet.get("name", "")] = facts.get(_part(target), SheetFacts())
    return named
