"""Writes a run into its folder, as a whole or not at all (`ecrecon.storage.folder`).

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

from ecrecon.earlier_run import MANIFEST, outputs_of
from ecrecon.errors import EcreconError
from ecrecon.messages import tr
from ecrecon.report.manifest import file_digest, manifest_bytes
from ecrecon.report.model import Report
from ecrecon.report.page import page_bytes
from ecrecon.report.summary import as_json
from ecrecon.report.tables import data_files
from ecrecon.report.workbook import workbook_bytes
from ecrecon.storage import folder

WORKBOOK = "report.xlsx"
PAGE = "report.html"


def render_files(report: Report) -> dict[str, bytes]:
    """All files of a run by name; `manifest.json` is the last.

    The large data files are encoded by Polars beside the workbook, which is Python's work.
    """
    with ThreadPoolExecutor(1) as pool:
        data = pool.submit(data_files, report)
        summary, workbook = as_json(report).encode(), workbook_bytes(report)
        page = page_bytes(report)
        files = {"summary.json": summary, **data.result(), WORKBOOK: workbook, PAGE: page}
    files[MANIFEST] = manifest_bytes(report, files)
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
        raise refused(out, error) from None
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
            raise PermissionError(errno.EACCES, "permission denied")
    except (OSError, RuntimeError) as error:
        raise refused(out, error) from None


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


def refused(out: Path, error: Exception) -> EcreconError:
    """Why `out` could not be written, and what to do; the old result is still there."""
    number = error.errno if isinstance(error, OSError) else errno.ELOOP
    for numbers, why, hint in _reasons():
        if number in numbers:
            return EcreconError(tr(f"{out} 写不进去：", f"cannot write into {out}: ") + why, hint)
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return EcreconError(
        tr(f"{out} 写不进去：{said}；旧结果未改动", f"cannot write into {out}: {said}; the old result is unchanged"),
        tr("用 --out 指定另一个文件夹再运行一次", "give another folder with --out and run again"),
    )


def _reasons() -> list[tuple[tuple[int, ...], str, str]]:
    """Error numbers, what they mean to an accountant, what to do."""
    other = tr("用 --out 指定另一个文件夹再运行一次", "give another folder with --out and run again")
    return [
        ((errno.EAGAIN,), tr("另一个 ecrecon 正在写这个文件夹", "another ecrecon is writing this folder"),
         tr("等它结束再运行，或用 --out 指定另一个文件夹", "run again when it is done, or give another --out")),
        ((errno.EACCES, errno.EPERM),
         tr("没有权限，或里面的文件正在 Excel 中打开；旧结果未改动",
            "no permission, or a file in it is open in Excel; the old result is unchanged"),
         tr("关闭 report.xlsx 和打开该文件夹的窗口，或用 --out 指定另一个文件夹，再运行一次",
            "close report.xlsx and windows of that folder, or give another --out, and run again")),
        ((errno.EROFS,), tr("磁盘是只读的", "the disk is read-only"), other),
        ((errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)), tr("磁盘已满；旧结果未改动", "the disk is full; the old result is unchanged"),
         tr("腾出空间再运行一次，或用 --out 指定另一个磁盘", "free some space and run again, or give --out on another disk")),
        ((errno.ENAMETOOLONG,), tr("路径太长", "the path is too long"),
         tr("用 --out 指定短一些的路径", "give a shorter path with --out")),
        ((errno.ENOTDIR, errno.EEXIST),
         tr("路径中间有一段是文件，不是文件夹", "a part of the path is a file, not a folder"), other),
        ((errno.ELOOP,), tr("路径里有指向自己的链接", "the path holds a link that leads to itself"), other),
    ]  # fmt: skip
