"""Writes a run into its folder, as a whole or not at all (`ecrecon.disk.folder`).

Our own files of an earlier run are known by its manifest. One that somebody changed is kept under another name, whatever
else lies in the folder stays, and a file of somebody else that has the name of one of ours is never overwritten.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ecrecon.base.errors import EcreconError
from ecrecon.base.run_folder import MANIFEST, outputs_of
from ecrecon.base.texts import tr
from ecrecon.disk import folder
from ecrecon.disk.refusal import refused
from ecrecon.report.controls import CONTROLS, controls_bytes
from ecrecon.report.manifest import file_digest, manifest_bytes, settings_in_force
from ecrecon.report.model import Report
from ecrecon.report.page import page_bytes
from ecrecon.report.summary import as_json
from ecrecon.report.tables import data_files
from ecrecon.report.todo import make_todo
from ecrecon.report.workbook import workbook

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
