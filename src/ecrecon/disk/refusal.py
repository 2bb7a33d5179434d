"""Why a place could not be written, in the words of a person; no place is given up without saying what to do."""

from __future__ import annotations

import errno
from pathlib import Path

from ecrecon.base.errors import EcreconError
from ecrecon.base.texts import tr

_QUOTA = getattr(errno, "EDQUOT", errno.ENOSPC)


def refused(place: Path, error: Exception, elsewhere: str = "") -> EcreconError:
    """The error for `place`, with the old content still there. `elsewhere`: how to name another place, if there is a way."""
    number = error.errno if isinstance(error, OSError) else errno.ELOOP
    for numbers, why, hint in _reasons(elsewhere):
        if number in numbers:
            return EcreconError(tr(f"{place} 写不进去：{why}", f"cannot write into {place}: {why}"), hint)
    said = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return EcreconError(
        tr(
            f"{place} 写不进去：{said}；旧内容未改动",
            f"cannot write into {place}: {said}; the old content is unchanged",
        ),
        elsewhere or tr("检查磁盘和权限，再运行一次", "check disk and permissions, and run again"),
    )


def _or(first: str, second: str) -> str:
    """Two ways out, or the first alone."""
    return tr(f"{first}；或{second}", f"{first}; or {second}") if second else first


def _reasons(elsewhere: str) -> list[tuple[tuple[int, ...], str, str]]:
    """Error numbers, what they mean to an accountant, what to do."""
    alone = elsewhere or tr("检查路径、磁盘和权限，再运行一次", "check path, disk and permissions, and run again")
    return [
        ((errno.EAGAIN,), tr("另一个 ecrecon 正在写这个文件夹", "another ecrecon is writing this folder"),
         _or(tr("等它结束再运行", "run again when it is done"), elsewhere)),
        ((errno.EACCES, errno.EPERM),
         tr("没有权限，或里面的文件正在 Excel 中打开；旧内容未改动",
            "no permission, or a file in it is open in Excel; the old content is unchanged"),
         _or(tr("关闭该文件夹里打开的文件和窗口再运行", "close files and windows of that folder and run again"), elsewhere)),
        ((errno.EROFS,), tr("磁盘是只读的", "the disk is read-only"), alone),
        ((errno.ENOSPC, _QUOTA), tr("磁盘已满；旧内容未改动", "the disk is full; the old content is unchanged"),
         _or(tr("腾出空间再运行一次", "free some space and run again"), elsewhere)),
        ((errno.ENAMETOOLONG,), tr("路径太长", "the path is too long"), alone),
        ((errno.ENOTDIR, errno.EEXIST, errno.EISDIR),
         tr("路径里有一段是文件而不是文件夹，或者相反", "a part of the path is a file where a folder is needed, or the reverse"),
         alone),
        ((errno.ELOOP,), tr("路径里有指向自己的链接", "the path holds a link that leads to itself"), alone),
    ]  # fmt: skip
