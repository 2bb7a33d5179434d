"""What a run writes beside its tables: manifest and control totals; the folder as a whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import platform
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from operator import mul
from pathlib import Path
from typing import Any

import polars as pl

from ecrecon.base.errors import EcreconError
from ecrecon.base.resources import configs_dir
from ecrecon.base.run_folder import MANIFEST, outputs_of
from ecrecon.base.texts import tr
from ecrecon.disk import folder
from ecrecon.disk.durable import refused
from ecrecon.report import checksums
from ecrecon.report.model import Report
from ecrecon.report.page import page_bytes
from ecrecon.report.summary import as_json
from ecrecon.report.tables import data_files
from ecrecon.report.todo import make_todo
from ecrecon.report.workbook import workbook

# `manifest.json`: what went in, what came out, under which settings and versions. No clock, no absolute path.

_LIBRARIES = ("polars", "pyarrow", "xlsxwriter")


def digest(content: bytes) -> str:
    """SHA-256 as hexadecimal text."""
    return hashlib.sha256(content).hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file, read piece by piece. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def settings_in_force(report: Report) -> dict[str, Any]:
    """All of the manifest but the digests of what was written."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {
        "version": report.version,
        "period": report.period,
        "as_of": report.as_of.isoformat(),
        "config_digest": report.config_digest,
        "settings": dict(report.settings),
        "previous": dict(report.previous),
        "versions": {"python": python, **{name: version(name) for name in _LIBRARIES}},
        "inputs": {source.path: source.sha256 for source in sorted(report.sources, key=lambda s: s.path)},
        "laws": laws_of_verifier(),
    }


def laws_of_verifier() -> list[str]:
    """What `ecrecon verify` asks of the outputs: a verifier that is run alone, without `configs/`, takes them from here."""
    lines = (configs_dir() / "verify" / "laws.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def manifest_bytes(settings: Mapping[str, object], files: Mapping[str, bytes]) -> bytes:
    """The manifest of `files` (name to content), which does not list itself."""
    manifest = {**settings, "outputs": {name: digest(files[name]) for name in sorted(files)}}
    return (json.dumps(manifest, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()


# `controls.csv`: control totals of everything a run wrote, so that an auditor sees what was changed afterwards, and
# where.

CONTROLS = "controls.csv"
COLUMNS = ("file", "part", "column", "rows", "filled", "total", "weighted")
UNSAFE_MARK = r"^'([=+\-@\t\r])"
"""The apostrophe before a text that a spreadsheet would run is none of the text."""
_TIME = "%Y-%m-%d %H:%M:%S"
_FEW = 2_000
"""Rows up to which a file is a handful of small columns: one pass makes them texts, and Python adds up their numbers."""
_LARGE = 1 << 20
"""Bytes from which on a Parquet file is read column by column."""
_REPEATED = 8
"""Each different cell is counted once where it stands at least so many times on average."""
_MARKS = {"xl/sharedStrings.xml": "<si>", "xl/workbook.xml": "<sheet "}
"""What begins a row of the parts of a workbook that are no sheets."""
_TEXT = "text"
"""Name of the one column of a file that has no columns: its lines, or the rows of a sheet."""


def controls_bytes(files: Mapping[str, bytes], settings: Mapping[str, object]) -> bytes:
    """The control totals of `files` (name to content) and of the manifest without its digests of outputs (`settings`)."""
    manifest = json.dumps({**settings, "outputs": {}}, ensure_ascii=False, indent=2, sort_keys=True)
    rows = [row for name in sorted(files) for row in _of_file(name, files[name])]
    rows += _totals("manifest.json", "", _rows(manifest.split("\n")))
    table = pl.DataFrame(sorted(rows), schema=dict.fromkeys(COLUMNS, pl.String), orient="row")
    return b"\xef\xbb\xbf" + table.write_csv(line_terminator="\n").encode()


def _of_file(name: str, content: bytes) -> Iterator[tuple[str, ...]]:
    """Rows of COLUMNS for one file."""
    if name.endswith(".parquet"):
        columns = list(pl.read_parquet_schema(io.BytesIO(content)))
        shares = [columns] if len(content) < _LARGE else [[column] for column in columns]  # one at a time: less memory
        for share in shares:
            yield from _totals(name, "", pl.read_parquet(io.BytesIO(content), columns=share))
    elif name.endswith(".csv"):
        yield from _totals(name, "", pl.read_csv(io.BytesIO(content), infer_schema=False))
    elif name.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            for part in sorted(book.namelist()):
                mark = "<row " if part.startswith("xl/worksheets/sheet") else _MARKS.get(part)
                if mark:
                    yield from _totals(name, part, _rows(book.read(part).decode().split(mark)[1:]))
    else:
        yield from _totals(name, "", _rows(content.decode().split("\n")))


def _rows(texts: list[str]) -> pl.DataFrame:
    return pl.DataFrame({_TEXT: texts}, schema={_TEXT: pl.String})


def _totals(name: str, part: str, frame: pl.DataFrame) -> list[tuple[str, ...]]:
    """One row per column."""
    if frame.height <= _FEW:
        columns = [(cells.name, _of_few(cells)) for cells in frame.select(map(_text, frame.iter_columns()))]
    else:
        columns = [(cells.name, _of_column(cells)) for cells in frame.iter_columns()]
    return [(name, part, column, str(frame.height), *map(str, counted)) for column, counted in columns]


def _text(cells: pl.Series) -> pl.Expr:
    """The cells of a column as a CSV file shows them; empty ones are no text at all."""
    shown = pl.col(cells.name)
    if isinstance(cells.dtype, pl.Datetime):
        shown = shown.dt.strftime(_TIME)
    elif cells.dtype == pl.Boolean:
        shown = shown.cast(pl.Int8)
    shown = shown.cast(pl.String).fill_null("")
    return shown if cells.dtype.is_numeric() else shown.str.replace(UNSAFE_MARK, "$1")


def _texts(cells: pl.Series) -> pl.Series:
    """What `_text` says; the pattern is asked only where a text begins with its apostrophe."""
    if cells.dtype == pl.String and not cells.str.starts_with("'").any():
        return cells.fill_null("")
    return cells.to_frame().select(_text(cells)).to_series()


def _of_few(texts: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total) of few rows."""
    cells = texts.to_list()
    filled = len(cells) - cells.count("")
    values = [zlib.crc32(text.encode()) for text in cells] if filled else []
    return filled, sum(values), sum(map(mul, values, count(1)))


def _of_column(cells: pl.Series) -> tuple[int, int, int]:
    """(filled cells, total, weighted total) of many rows, exact: each different cell once where cells repeat, else all."""
    height = len(cells)
    if cells.null_count() == height:
        return 0, 0, 0
    if int(cells.to_frame().select(pl.first().approx_n_unique()).item()) * _REPEATED <= height:
        return _of_repeated(cells.alias("cell"))
    values = _sums(cells).cast(pl.Int128)
    place = pl.int_range(1, height + 1, dtype=pl.Int128, eager=True)
    return height - cells.null_count() - _empty(cells), int(values.sum()), int((values * place).sum())


def _of_repeated(cells: pl.Series) -> tuple[int, int, int]:
    """The same where few cells are different: each of those once, with how often and in which rows it stands."""
    place = pl.int_range(1, len(cells) + 1, dtype=pl.Int64, eager=True)
    different = cells.to_frame().with_columns(place=place).group_by("cell").agg(rows=pl.len(), places=pl.sum("place"))
    values = _sums(different["cell"]).cast(pl.Int128)
    filled = len(cells) - cells.null_count() - _empty(cells)
    total, weighted = ((values * different[name].cast(pl.Int128)).sum() for name in ("rows", "places"))
    return filled, int(total), int(weighted)


def _empty(cells: pl.Series) -> int:
    """How many cells are a text of nothing."""
    return int((cells == "").sum()) if cells.dtype == pl.String else 0


def _sums(cells: pl.Series) -> pl.Series:
    """CRC-32 per cell, that of an empty one is 0."""
    counted = None
    if cells.dtype.is_integer():
        counted = checksums.of_numbers(cells.fill_null(0))
    elif isinstance(cells.dtype, pl.Datetime):
        counted = checksums.of_moments(cells.fill_null(strategy="max"))
    if counted is None:
        return checksums.of_texts(_texts(cells))
    return counted.zip_with(cells.is_not_null(), pl.Series([0], dtype=pl.UInt32)) if cells.null_count() else counted


# Writes a run into its folder, as a whole or not at all (`ecrecon.disk.folder`).

WORKBOOK = "report.xlsx"
PAGE = "report.html"


def render_files(report: Report) -> dict[str, bytes]:
    """All files of a run by name; `manifest.json` is the last.

    The large data files are encoded by Polars beside the workbook, which is Python's work.
    """
    with ThreadPoolExecutor(1) as pool:
        data, todo = pool.submit(data_files, report), make_todo(report)
        summary, (sheets, tables) = as_json(report).encode(), workbook(report, todo)
        page = page_bytes(report, todo)
        files = {"summary.json": summary, **data.result(), WORKBOOK: sheets, PAGE: page}
    settings = {**settings_in_force(report), "workbook": tables}
    files[CONTROLS] = controls_bytes(files, settings)
    files[MANIFEST] = manifest_bytes(settings, files)
    return files


@dataclass(frozen=True)
class Written:
    """`paths`: the files of the run, sorted. `kept`: files that somebody had changed -> where they lie now."""

    paths: tuple[Path, ...]
    kept: Mapping[str, Path]


def write(report: Report, out: Path) -> Written:
    """Write every file of `report` into the folder `out`: all of them, or none and the earlier run stays as it is.

    Raises EcreconError where the folder cannot be written, another process writes it, a file of it is open elsewhere (a
    workbook open in Excel cannot be replaced on Windows), or a file of somebody else has the name of one of ours.
    """
    check_folder(out)
    files = render_files(report)
    try:
        target = out.resolve()
        with folder.held(target):
            change = _change(out, target, files)
            folder.replace(target, change)
    except (OSError, RuntimeError) as error:  # RuntimeError: a link that leads to itself
        raise _refused(out, error) from None
    return Written(
        tuple(sorted(out / name for name in files)),
        {name: out / other for name, other in sorted(change.kept.items())},
    )


def check_folder(out: Path) -> None:
    """Raise EcreconError where nothing can be written into `out`, before a run takes its time."""
    try:
        if out.exists() and not out.is_dir():
            message = tr(f"{out} 是文件，不能作为输出文件夹", f"{out} is a file, not a folder")
            raise EcreconError(message, tr("用 --out 指定另一个文件夹", "give another folder with --out"))
        place = out.resolve()
        while not os.path.lexists(place):
            place = place.parent
        if not place.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "not a folder")
        if not os.access(place, os.W_OK):
            if hasattr(os, "statvfs") and os.statvfs(place).f_flag & os.ST_RDONLY:
                raise OSError(errno.EROFS, "read-only")
            raise PermissionError(errno.EACCES, "permission denied")
    except (OSError, RuntimeError) as error:
        raise _refused(out, error) from None


def _change(out: Path, target: Path, files: Mapping[str, bytes]) -> folder.Change:
    """What becomes of `target`: files of an earlier run go, what somebody changed stays under another name.

    Raises EcreconError for a file that has the name of one of ours and is not in the list of an earlier run.
    """
    ours = _ours(target)
    present = {name for name in {*files, *ours} if os.path.lexists(target / name)}
    foreign = sorted(name for name in present & set(files) if (target / name).is_dir() or name not in {MANIFEST, *ours})
    if MANIFEST in present and not ours:
        foreign.append(MANIFEST)
    if foreign:
        raise _not_ours(out, foreign)
    changed = sorted(name for name in present & set(ours) if _changed(target / name, ours[name]))
    kept = {name: _free_name(target, name) for name in changed}
    return folder.Change(files, kept, tuple(sorted(present - set(files) - set(kept))))


def _changed(path: Path, written: str) -> bool:
    """True where a person changed the file since it was written (a link is never ours)."""
    return path.is_symlink() or not path.is_file() or file_digest(path) != written


def _ours(target: Path) -> dict[str, str]:
    """Names and digests of the files that an earlier run wrote into `target`."""
    try:
        return outputs_of((target / MANIFEST).read_bytes())
    except OSError:
        return {}


def _free_name(target: Path, name: str) -> str:
    """`report.edited-1.xlsx`, or the next number that is free."""
    stem, dot, end = name.rpartition(".")
    number = 1
    while os.path.lexists(target / f"{stem}.edited-{number}{dot}{end}"):
        number += 1
    return f"{stem}.edited-{number}{dot}{end}"


def _not_ours(out: Path, names: Sequence[str]) -> EcreconError:
    told = "、".join(names[:5]) + (" …" if len(names) > 5 else "")
    return EcreconError(
        tr(
            f"{out} 里已有 {told}，不是 ecrecon 写出的；没有覆盖它，也没有写出任何结果",
            f"{out} holds {told}, which ecrecon did not write; it was not overwritten and nothing was written",
        ),
        tr(
            "把该文件移到别处，或用 --out 指定另一个文件夹（例如 out/2026-10）",
            "move it elsewhere, or give another folder with --out (such as out/2026-10)",
        ),
    )


def _refused(out: Path, error: Exception) -> EcreconError:
    return refused(out, error, tr("用 --out 指定另一个文件夹", "give another folder with --out"))
