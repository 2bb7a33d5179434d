"""Reading an output folder of `match`: what is missing, damaged or changed in it is said, never a traceback."""

from __future__ import annotations

import io
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

import polars as pl

from ecrecon.base.errors import ConfigError, EcreconError
from ecrecon.base.run_folder import MANIFEST, outputs_of
from ecrecon.base.texts import tr
from ecrecon.disk import folder as folders
from ecrecon.disk.durable import refused

SUMMARY = "summary.json"
VOUCHERS = "vouchers.csv"


def latest(base: Path) -> Path:
    """The newest period below `base`; `base` itself where there is none."""
    found = sorted(p for p in base.glob("*") if (p / SUMMARY).is_file()) if base.is_dir() else []
    return found[-1] if found else base


def settled(folder: Path) -> None:
    """Put in order what a killed run left in `folder`. Raises EcreconError where that cannot be done."""
    try:
        target = folder.resolve()
        if folders.unfinished(target):
            with folders.held(target):
                pass
    except (OSError, RuntimeError) as error:
        raise unwritable(folder, error) from None


def unwritable(folder: Path, error: Exception) -> EcreconError:
    """The error for an output folder that cannot be written."""
    return refused(folder, error)


def content_of(folder: Path, name: str) -> bytes:
    """A file of the run; raise ConfigError where it is missing or cannot be read."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            tr(f"{folder} 中没有 {name}：不是 match 的输出文件夹，或已被移走",
               f"there is no {name} in {folder}: no output folder of match, or it was taken away"),
            tr("先运行 ecrecon match，再用 --from 指定它的输出文件夹，例如 --from out/2026-10",
               "run ecrecon match first, then name its folder with --from, for example --from out/2026-10"),
        ) from None  # fmt: skip
    except OSError as error:
        raise ConfigError(
            tr(f"{folder / name} 读不了：{error.strerror or error}", f"{folder / name} cannot be read: {error.strerror or error}"),
            tr("检查路径和权限；文件正在 Excel 中打开时先关闭", "check path and permissions; close it where it is open in Excel"),
        ) from None  # fmt: skip


def summary_of(folder: Path) -> dict[str, Any]:
    """`summary.json`; raise ConfigError where it is missing, damaged, or of another program."""
    try:
        told = json.loads(content_of(folder, SUMMARY).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise damaged(folder, SUMMARY, error) from None
    if (
        not isinstance(told, dict)
        or not isinstance(told.get("period"), str)
        or not isinstance(told.get("sources"), list)
    ):
        raise damaged(folder, SUMMARY, tr("没有 period 和 sources", "no period and sources"))
    return told


def table_of(folder: Path, name: str) -> pl.DataFrame:
    """A CSV table of the run with every column as text; raise ConfigError where it cannot be read."""
    content = content_of(folder, name)
    try:
        content.decode("utf-8")
        return pl.read_csv(io.BytesIO(content), infer_schema=False)
    except (ValueError, pl.exceptions.PolarsError) as error:
        raise damaged(folder, name, error) from None


def frame_of(folder: Path, name: str, columns: Collection[str] = ()) -> pl.DataFrame:
    """A Parquet table of the run; raise ConfigError where it is cut off, or lacks one of `columns`."""
    content = content_of(folder, name)
    try:
        frame = pl.read_parquet(io.BytesIO(content))
    except (ValueError, OSError, pl.exceptions.PolarsError) as error:
        raise damaged(folder, name, error) from None
    lacking = [column for column in columns if column not in frame.columns]
    if lacking:
        raise damaged(folder, name, tr(f"没有列 {lacking[0]}", f"no column {lacking[0]}"))
    return frame


def refuse_changed(folder: Path, names: Collection[str]) -> None:
    """Raise ConfigError where one of `names` is not as the run wrote it (its manifest says how)."""
    written = outputs_of(content_of(folder, MANIFEST))
    if not written:
        raise ConfigError(
            tr(f"{folder / MANIFEST} 已损坏：无法证明凭证是 match 写出的",
               f"{folder / MANIFEST} is damaged: nothing proves that match wrote the vouchers"),
            tr("用 ecrecon match 写到一个新文件夹（--out），再从那里导出", "run ecrecon match into a new folder (--out) and export from there"),
        )  # fmt: skip
    for name in names:
        if folders.digest(content_of(folder, name)) != written.get(name):
            raise ConfigError(
                tr(f"{folder / name} 在写出后被改动过（例如用 Excel 保存过）：凭证只按 match 写出的内容导出",
                   f"{folder / name} was changed since it was written (saved by Excel?): vouchers are exported as match wrote them"),
                tr("重新运行 ecrecon match（改动过的文件会另存为 .edited-1），再导出；要改凭证，改账单或 ecrecon.toml",
                   "run ecrecon match again (the changed file is kept as .edited-1), then export; to change vouchers, mend bills or ecrecon.toml"),
            )  # fmt: skip


def damaged(folder: Path, name: str, error: object) -> ConfigError:
    """The error for a file of the run that is not what a run writes."""
    said = str(error).split("\n")[0][:200] if str(error) else ""
    return ConfigError(
        tr(f"{folder / name} 已损坏或被改动，读不了：{said}", f"{folder / name} is damaged or was changed: {said}"),
        tr("重新运行 ecrecon match 写出这个文件夹", "run ecrecon match again to write this folder"),
    )
