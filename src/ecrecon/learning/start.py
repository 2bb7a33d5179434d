"""From a path to the one table that is to be learnt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ecrecon.base.errors import InputError
from ecrecon.base.texts import tr
from ecrecon.learning.model import Sample
from ecrecon.learning.renamed_columns import place_of
from ecrecon.learning.sample import find_header, read_sample
from ecrecon.learning.vocabulary import Vocabulary
from ecrecon.reading.catalogue import open_asking
from ecrecon.reading.containers import Passwords, RawTable, find_files
from ecrecon.reading.identify import Identified, identify
from ecrecon.settings.profiles import Profile


@dataclass(frozen=True)
class Start:
    """`known`: the profile that reads the file already. Else `sample`: the table to learn."""

    sample: Sample | None
    known: Profile | None = None


def find_start(
    path: Path,
    profiles: Sequence[Profile],
    words: Vocabulary,
    passwords: Passwords,
    sheet: str | None = None,
    base: Profile | None = None,
) -> Start:
    """The table of `path` that no profile knows; `base`: the profile from which it drifted.

    Raises InputError where there is no table with a header, or several.
    """
    tables, reasons = _tables(path, passwords, sheet)
    known = [identity.profile for table in tables if isinstance(identity := identify(table, profiles), Identified)]
    if known:
        return Start(None, known[0])
    if base is not None and len(tables) == 1:
        return Start(read_sample(tables[0], place_of(tables[0], base), words))
    headed = [(table, header) for table in tables if (header := find_header(table, words)) is not None]
    if len(headed) == 1:
        return Start(read_sample(*headed[0], words))
    if not headed:
        raise InputError(
            tr(f"{path.name} 中没有找到表头", f"{path.name}: no header was found")
            + "".join(f"\n  {r}" for r in reasons),
            tr("应有一行列名，下面是数据行", "a row of column names with rows of data below it was expected"),
        )
    names = "、".join(table.sheet or table.path for table, _ in headed)
    raise InputError(
        tr(f"{path.name} 有多张表：{names}", f"{path.name} holds several tables: {names}"),
        tr("用 --sheet 指定其中一张", "name one with --sheet"),
    )


def _tables(path: Path, passwords: Passwords, sheet: str | None) -> tuple[list[RawTable], list[str]]:
    tables: list[RawTable] = []
    reasons: list[str] = []
    for file in find_files([path]):
        opened = open_asking(file, passwords)
        tables += opened.tables
        reasons += [f"{r.path}: {r.reason} {r.hint}".rstrip() for r in opened.refusals]
    if sheet is not None:
        tables = [table for table in tables if sheet in (table.sheet, table.path.rsplit("!/", 1)[-1])]
    return tables, reasons
