"""The confined reader: a process of its own for whatever reads hostile bytes with code that may abort, hang or swell.

It starts in the time of a bare interpreter because nothing here imports a frame library; keep it so (a test looks).
Run by `guard.Guard`; what it may be asked is in TASKS.
"""

from __future__ import annotations

import os
import pickle
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

from ecrecon.base.texts import set_language
from ecrecon.quarantine import biff, editing, office, package
from ecrecon.quarantine import bounds as confine
from ecrecon.quarantine.frames import receive, send
from ecrecon.quarantine.limits import HEAD_ROWS, Budget, LimitError, refuse_hollow
from ecrecon.quarantine.markup import html_sheets, spreadsheetml_sheets
from ecrecon.quarantine.office import Passwords
from ecrecon.quarantine.plain import PlainSheet
from ecrecon.quarantine.workbook import LockedError, WorkbookError, workbook_sheets

Packed = tuple[str, bytes, bytes, list[tuple[int, int, int, int]], str]
"""A sheet: its name, its first rows, all its rows, its merged cells, how it ends."""
_DAMAGE = (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, OSError, EOFError, ValueError, RuntimeError)


def _workbook(data: bytes, container: str, bytes_left: int, entries_left: int) -> object:
    """((bytes left, entries left) of the budget, sheets)."""
    budget = Budget(bytes_left, entries_left)
    facts = package.inspect(data, budget) if container == "xlsx" else biff.inspect(data)
    sheets = [_packed(sheet) for sheet in workbook_sheets(data, facts)]
    return (budget.bytes_left, budget.entries_left), sheets


def _packed(sheet: PlainSheet) -> Packed:
    """Rows are pickled apart, as most sheets are only looked at."""
    rows, width = sheet.rows, max(map(len, sheet.rows), default=0)
    refuse_hollow(len(rows), width, lambda: sum(value not in ("", None) for row in rows for value in row), sheet.name)
    merged = [(span.first_line, span.last_line, span.first, span.last) for span in sheet.merged]
    return sheet.name, pickle.dumps(rows[:HEAD_ROWS], protocol=5), pickle.dumps(rows, protocol=5), merged, sheet.end


def _unlock(data: bytes, known: tuple[str, ...]) -> object:
    return office.unlock(data, Passwords(known))


def _spreadsheetml(text: str) -> object:
    return [_packed(sheet) for sheet in spreadsheetml_sheets(text)]


def _html(text: str) -> object:
    return [_packed(sheet) for sheet in html_sheets(text)]


TASKS: dict[str, Callable[..., object]] = {
    "workbook": _workbook,
    "unlock": _unlock,
    "spreadsheetml": _spreadsheetml,
    "html": _html,
    "look": editing.look,
    "fill": editing.fill,
}


def answer(task: str, arguments: tuple[Any, ...]) -> tuple[str, object]:
    """("ok", value), or the kind of refusal and its text."""
    try:
        return "ok", TASKS[task](*arguments)
    except LimitError as error:
        return "limit", str(error)
    except LockedError as error:
        return "locked", str(error)
    except (WorkbookError, *_DAMAGE) as error:
        return "damaged", str(error) or type(error).__name__
    except MemoryError:
        return "memory", ""
    except BaseException as error:  # a panic of a native reader is no Exception
        return "damaged", type(error).__name__


def main() -> None:
    """Answer until stdin ends. After a large file or a lack of memory the process ends by itself (`last`)."""
    confine.settle()
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    while True:
        try:
            language, memory, seconds, task, arguments = receive(questions)
        except EOFError:
            return
        set_language(language)
        confine.confine(memory, seconds)
        kind, value = answer(task, arguments)
        last = kind == "memory" or confine.peak_mib() > confine.RECYCLE_MIB
        try:
            send(answers, (kind, value, last))
        except MemoryError:
            sys.exit(1)
        if last:
            return


if __name__ == "__main__":
    main()
