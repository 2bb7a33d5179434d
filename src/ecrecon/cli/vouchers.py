"""`ecrecon vouchers`: the vouchers of a run as the file that an accounting program imports."""

from __future__ import annotations

import datetime as date_
import re
from pathlib import Path
from typing import Annotated

import typer

from ecrecon.base.errors import ConfigError, ExitCode
from ecrecon.base.texts import tr
from ecrecon.base.validation import shown
from ecrecon.cli.issuing import issuing, mend_log
from ecrecon.cli.options import ConfigOption, LangOption, reason_text
from ecrecon.cli.run_folder import SUMMARY, content_of, latest
from ecrecon.cli.terminal import choose_language, say
from ecrecon.cli.voucher_export import Given, export, tell_standing
from ecrecon.cli.voucher_reversal import take_back
from ecrecon.disk import replace_file
from ecrecon.disk.durable import refused
from ecrecon.issuing.issued.reversal import Wish
from ecrecon.issuing.targets import load_layouts
from ecrecon.issuing.targets.layout import TARGET_ID, layout_text
from ecrecon.issuing.targets.template import blank_required, learn
from ecrecon.pipeline import find_config, inside, read_workspace
from ecrecon.settings.value_kinds import FIRST_YEAR, LAST_YEAR
from ecrecon.settings.workspace import Workspace

_RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}
"""Names that Windows keeps for devices."""


def command(
    from_: Annotated[Path | None, typer.Option("--from", help="match 的输出文件夹 / output folder of match")] = None,
    target: Annotated[str | None, typer.Option("--target", help="目标软件，不写则列出 / target; none: list")] = None,
    template: Annotated[Path | None, typer.Option("--template", help="财务软件的空白模板 / blank template")] = None,
    learn_: Annotated[bool, typer.Option("--learn", help="识别模板并保存 / learn the template's columns")] = False,
    set_: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="HEADER=TEXT", help="--learn：某列的固定内容 / same on every line"),
    ] = None,
    chart: Annotated[Path | None, typer.Option("--chart", help="科目表 CSV/XLSX / chart of accounts")] = None,
    reexport: Annotated[str | None, typer.Option("--reexport", help="再次导出的原因 / why export again")] = None,
    despite: Annotated[
        str | None,
        typer.Option("--despite", metavar="REASON", help="运行有未解决之处仍要导出的原因 / why export all the same"),
    ] = None,
    reverse: Annotated[
        list[str] | None,
        typer.Option("--reverse", metavar="ID", help="红字冲销已导出的凭证 / take an exported voucher back"),
    ] = None,
    correct: Annotated[
        list[str] | None, typer.Option("--correct", metavar="ID", help="冲销并换成本次的凭证 / reverse and replace it")
    ] = None,
    reason: Annotated[str | None, typer.Option("--reason", help="冲销或更正的原因 / why")] = None,
    date: Annotated[str | None, typer.Option("--date", help="冲销日期或导出日期 / day, 2026-11-05")] = None,
    repair: Annotated[
        str | None,
        typer.Option("--repair", metavar="REASON", help="修复损坏的导出日志 / repair a damaged log, and why"),
    ] = None,
    config: ConfigOption = None,
    lang: LangOption = None,
) -> None:
    """把凭证写成财务软件的导入文件 / write vouchers as the import file of an accounting program."""
    choose_language(lang)
    folder = from_ or latest(Path("out"))
    settings = find_config([folder], config)
    workspace = read_workspace(settings)
    choose_language(lang, workspace)
    base = settings.parent if settings else Path()
    layouts = load_layouts([base / name for name in workspace.posting.targets])
    if learn_:
        known_place = config is not None or inside(Path(*workspace.posting.targets[:1]), base, settings)
        _learn(template, target, base if known_place else None, workspace, _constants(set_ or []))
        return
    if from_ is not None:
        content_of(folder, SUMMARY)
    reexport, despite = reason_text("--reexport", reexport), reason_text("--despite", despite)
    wish = Wish(reason_text("--reason", reason) or "", _day(date))
    if repair is not None:
        mend_log(folder, reason_text("--repair", repair) or "")
        if target is None:
            return
    if reverse or correct:
        with issuing(folder):
            take_back(folder, reverse or [], correct or [], wish, workspace)
        if target is None:
            return
    if target is None:
        say("\n".join(f"{name:<14}{layout.target.title}" for name, layout in layouts.items()))
        tell_standing(folder)
        return
    if target not in layouts:
        raise ConfigError(
            tr(f"没有目标 {shown(target)}", f"no target {shown(target)}"),
            tr("可用：", "known: ") + "、".join(layouts),
        )
    given = chart or (base / workspace.posting.chart if workspace.posting.chart else None)
    with issuing(folder):
        export(folder, layouts[target], workspace, Given(given, template, reexport, wish.when, despite))


def _constants(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, sign, _ in pairs:
        if not sign or not name.strip():
            raise ConfigError(
                tr(f"--set {name!r} 没有 =", f"--set {name!r} has no ="),
                tr('写法：--set "账簿编码=001"', 'write --set "header=text"'),
            )
    return {name.strip(): text for name, _, text in pairs}


def _learn(
    template: Path | None, target: str | None, base: Path | None, workspace: Workspace, constants: dict[str, str]
) -> None:
    if template is None:
        raise ConfigError(
            tr("--learn 需要 --template", "--learn needs --template"),
            tr("指定财务软件的空白模板", "name the blank template of the software"),
        )
    identity = target or "template"
    if not re.fullmatch(TARGET_ID, identity) or identity.casefold() in _RESERVED:
        raise ConfigError(
            tr(f"--target {shown(identity)} 不能作名字", f"--target {shown(identity)} is no name"),
            tr("用字母、汉字、数字和 -，不超过 40 个字，例如 我的模板", "use letters, digits and -, up to 40, such as my-template"),
        )  # fmt: skip
    if base is None:
        raise ConfigError(
            tr(f"posting.targets = {workspace.posting.targets} 指向账单文件夹和当前文件夹之外",
               f"posting.targets = {workspace.posting.targets} leads out of the folder of the bills and the working folder"),
            tr("写成里面的文件夹，或用 --config 指定这个配置文件", "name a folder inside, or name this file with --config"),
        )  # fmt: skip
    layout, unknown = learn(template, identity, constants)
    folder = base / (workspace.posting.targets[0] if workspace.posting.targets else "targets")
    path = folder / f"{layout.target.id}.toml"
    if path.exists():
        raise ConfigError(
            tr(f"{path} 已存在", f"{path} exists already"),
            tr("用 --target 起另一个名字，或先删除它", "give another name with --target, or delete it first"),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, layout_text(layout).encode("utf-8", "replace"))
    except OSError as error:
        raise refused(path, error, tr("检查文件夹", "check the folder")) from None
    for column in layout.column:
        say(f"  {column.header}  ←  {column.const if column.const is not None else column.value}")
    if unknown:
        say(tr("未识别、留空的列：", "left blank, not understood: ") + "、".join(unknown))
    required = blank_required(template, layout)
    if required:
        say(
            tr('必填而没有内容的列，用 --set "表头=内容" 填：', 'required and blank, give --set "header=text": ')
            + "、".join(required)
        )
    say(tr(f"已保存 {path}，请核对后使用", f"saved {path}: check it before use"))
    if not workspace.posting.targets:
        say(tr('在 ecrecon.toml 的 [posting] 加上 targets = ["targets"]', 'add targets = ["targets"] to [posting]'))
    raise typer.Exit(code=int(ExitCode.OK))


def _day(text: str | None) -> date_.date | None:
    try:
        day = None if text is None else date_.date.fromisoformat(text)
        if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise ValueError("year")
        return day
    except ValueError:
        raise ConfigError(
            tr(f"--date {shown(text)} 不是日期", f"--date {shown(text)} is no day"),
            tr("写成 2026-11-05", "write it as 2026-11-05"),
        ) from None
