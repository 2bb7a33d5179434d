"""Writes a run into its folder: everything into a temporary sibling first, then moved into place.

A folder that holds only our own files of an earlier run is replaced as a whole. Where other files lie in it, ours are
replaced one by one and the others stay. A workbook that somebody worked in is kept under another name.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ecrecon.earlier_run import MANIFEST, outputs_of
from ecrecon.errors import EcreconError
from ecrecon.messages import tr
from ecrecon.report.manifest import digest, manifest_bytes
from ecrecon.report.model import Report
from ecrecon.report.page import page_bytes
from ecrecon.report.summary import as_json
from ecrecon.report.tables import data_files
from ecrecon.report.workbook import workbook_bytes

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


def write(report: Report, out: Path) -> list[Path]:
    """Write every file of `report` into the folder `out`; return their paths, sorted.

    Raises EcreconError, with the earlier run still in place, where the folder cannot be written or a file of it is
    open elsewhere (a workbook open in Excel cannot be replaced on Windows).
    """
    files = render_files(report)
    if out.exists() and not out.is_dir():
        message = tr(f"{out} 是文件，不能作为输出文件夹", f"{out} is a file, not a folder")
        raise EcreconError(message, tr("用 --out 指定另一个文件夹", "give another folder with --out"))
    target = out.resolve()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".new", dir=target.parent))
    except OSError as error:
        raise _refused(out, error) from None
    try:
        staging.chmod(0o755)  # mkdtemp makes it private to the user; a report is for the team
        for name, content in files.items():
            (staging / name).write_bytes(content)
        _move(staging, target)
    except OSError as error:
        raise _refused(out, error) from None
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return sorted(out / name for name in files)


def _move(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
        return
    ours = _ours(target)
    if {entry.name for entry in target.iterdir()} <= set(ours) | {MANIFEST} and not target.is_mount():
        edited = _edited_workbook(target, ours)
        if edited is not None:
            shutil.copy2(target / WORKBOOK, staging / edited)
        _swap(staging, target)
    else:
        _replace_each(staging, target, ours)


def _ours(target: Path) -> dict[str, str]:
    """Names and digests of the files that an earlier run wrote into `target`."""
    try:
        return outputs_of((target / MANIFEST).read_bytes())
    except OSError:
        return {}


def _edited_workbook(target: Path, ours: Mapping[str, str]) -> str | None:
    """A free name for the workbook of `target` where a person changed it since it was written."""
    path = target / WORKBOOK
    if not path.is_file() or ours.get(WORKBOOK) == digest(path.read_bytes()):
        return None
    number = 1
    while (target / f"report.edited-{number}.xlsx").exists():
        number += 1
    return f"report.edited-{number}.xlsx"


def _swap(staging: Path, target: Path) -> None:
    """Replace the whole folder: two renames; the old one comes back where the second fails."""
    holder = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".old", dir=target.parent))
    old = holder / target.name
    try:
        target.rename(old)
        staging.rename(target)
    except OSError:
        if old.exists() and not target.exists():
            old.rename(target)
        holder.rmdir()  # refuses, and so keeps the old result, where it could not be put back
        raise
    shutil.rmtree(holder, ignore_errors=True)


def _replace_each(staging: Path, target: Path, ours: Mapping[str, str]) -> None:
    """Replace our files one by one, the manifest last; files of an earlier run that this one lacks go."""
    names = sorted((path.name for path in staging.iterdir()), key=lambda name: (name == MANIFEST, name))
    for name in names:  # nothing is moved before every file is known to be free
        path = target / name
        if path.is_dir():
            raise IsADirectoryError(f"{path.name} is a folder")
        if path.exists():
            path.open("r+b").close()
    edited = _edited_workbook(target, ours)
    if edited is not None:
        (target / WORKBOOK).rename(target / edited)
    for name in names:
        (staging / name).replace(target / name)
    for name in sorted(set(ours) - set(names)):
        (target / name).unlink(missing_ok=True)


def _refused(out: Path, error: OSError) -> EcreconError:
    if isinstance(error, PermissionError):
        return EcreconError(
            tr(f"{out} 里的文件不能替换：可能正在 Excel 中打开", f"files in {out} cannot be replaced: open in Excel?"),
            tr(
                "关闭 report.xlsx 和打开该文件夹的窗口，或用 --out 指定另一个文件夹，再运行一次；旧结果未改动",
                "close report.xlsx and windows of that folder, or give another --out; the old result is unchanged",
            ),
        )
    return EcreconError(
        tr(f"{out} 写不进去：{error.strerror or error}", f"cannot write into {out}: {error.strerror or error}"),
        tr("检查磁盘空间和文件夹，或用 --out 指定另一个文件夹", "check disk space, or give another folder with --out"),
    )
