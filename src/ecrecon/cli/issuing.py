"""Being the only one who issues vouchers from an output folder, and putting its log in order."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.cli.run_folder import SUMMARY, content_of, unwritable
from ecrecon.cli.terminal import say
from ecrecon.disk import folder as folders
from ecrecon.issuing.issued.log import recover, settle
from ecrecon.issuing.issued.register import FOLDER


@contextlib.contextmanager
def issuing(folder: Path) -> Iterator[None]:
    """Hold the output folder `folder`, with an export that was cut off finished. Raises EcreconError where it cannot be."""
    if not folder.is_dir():
        content_of(folder, SUMMARY)  # says that it is no output folder; a lock would make one
    try:
        with folders.held(folder.resolve()):
            for name in settle(folder / FOLDER):
                say(tr(f"上次导出被中断，现已补全 {folder / FOLDER / name}，它的凭证已计为导出",
                       f"the last export was cut off: {folder / FOLDER / name} is complete now, its vouchers count as exported"))  # fmt: skip
            yield
    except (OSError, RuntimeError) as error:
        raise unwritable(folder, error) from None


def mend_log(folder: Path, reason: str) -> None:
    """`--repair`: go on from the whole part of a broken log, or from its copy where that reaches further."""
    if not reason.strip():
        raise ConfigError(
            tr("--repair 必须写明原因", "--repair needs a reason"), tr('写成 --repair "原因"', 'write --repair "why"')
        )
    content_of(folder, SUMMARY)
    try:
        with folders.held(folder.resolve()):
            found = recover(folder / FOLDER, reason)
    except (OSError, RuntimeError) as error:
        raise unwritable(folder, error) from None
    if found is None:
        say(tr("导出日志完好，不用修复", "the log of exports is whole: nothing to repair"))
        return
    say(tr(f"导出日志已修复：从 {found.source} 找回 {found.entries} 条，{found.lost} 行无法找回",
           f"the log is repaired: {found.entries} entries from {found.source}, {found.lost} lines could not be saved"))  # fmt: skip
    if found.kept:
        say(tr("损坏的日志保留为：", "the damaged log is kept as: ") + "、".join(found.kept))
    if found.unlisted:
        say(tr("下列文件没有记录，其中的凭证可能已经导入财务软件；没有导入过的请删除：",
               "no entry names these files; their vouchers may have been imported. Delete those that were not: ")
            + "、".join(found.unlisted))  # fmt: skip
