"""`ecrecon vouchers`: the vouchers of a run as the file that an accounting program imports."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Annotated

import polars as pl
import typer

from ecrecon.cli.options import ConfigOption, LangOption
from ecrecon.cli.terminal import choose_language, say
from ecrecon.errors import ConfigError, ExitCode
from ecrecon.messages import tr
from ecrecon.pipeline import find_config, read_workspace
from ecrecon.posting.targets import Layout, Voucher, load_layouts, read_vouchers
from ecrecon.posting.targets.chart import read_chart
from ecrecon.posting.targets.export import LOG, Exported, exported_before, log_text, render
from ecrecon.posting.targets.layout_text import layout_text
from ecrecon.posting.targets.prepare import Books, prepare
from ecrecon.posting.targets.template import learn
from ecrecon.workspace import Workspace


def command(
    from_: Annotated[Path | None, typer.Option("--from", help="match 的输出文件夹 / output folder of match")] = None,
    target: Annotated[str | None, typer.Option("--target", help="目标软件，不写则列出 / target; none: list")] = None,
    template: Annotated[Path | None, typer.Option("--template", help="财务软件的空白模板 / blank template")] = None,
    learn_: Annotated[bool, typer.Option("--learn", help="识别模板并保存 / learn the template's columns")] = False,
    chart: Annotated[Path | None, typer.Option("--chart", help="科目表 CSV/XLSX / chart of accounts")] = None,
    reexport: Annotated[str | None, typer.Option("--reexport", help="再次导出的原因 / why export again")] = None,
    config: ConfigOption = None,
    lang: LangOption = None,
) -> None:
    """把凭证写成财务软件的导入文件 / write vouchers as the import file of an accounting program."""
    folder = from_ or _latest(Path("out"))
    settings = find_config([folder], config)
    workspace = read_workspace(settings)
    choose_language(lang, workspace)
    base = settings.parent if settings else Path()
    layouts = load_layouts([base / name for name in workspace.posting.targets])
    if learn_:
        _learn(template, target, base, workspace)
        return
    if target is None:
        say("\n".join(f"{name:<14}{layout.target.title}" for name, layout in layouts.items()))
        return
    if target not in layouts:
        raise ConfigError(
            tr(f"没有目标 {target!r}", f"no target {target!r}"),
            tr("可用：", "known: ") + "、".join(layouts),
        )
    _export(folder, layouts[target], workspace, base, chart, template, reexport)


def _export(
    folder: Path, layout: Layout, workspace: Workspace, base: Path, chart: Path | None, template: Path | None,
    reason: str | None,
) -> None:  # fmt: skip
    vouchers = _read(folder)
    listed = chart or (base / workspace.posting.chart if workspace.posting.chart else None)
    books = Books(read_chart(listed) if listed else None, workspace.posting.dimensions, workspace.posting.codes)
    ready = prepare(vouchers, layout, books)
    if ready.problems:
        raise ConfigError(
            tr(f"没有写出文件：{len(ready.problems)} 处不符合 {layout.target.title} 的要求",
               f"nothing was written: {len(ready.problems)} points do not fit {layout.target.title}")
            + "".join(f"\n  {problem}" for problem in ready.problems),
            tr("改正后重新运行 ecrecon match 和 ecrecon vouchers", "mend them, run match and vouchers again"),
        )  # fmt: skip
    out = folder / "vouchers"
    log = exported_before(out)
    again = {entry.voucher_id for entry in log if entry.target == layout.target.id}
    twice = [v for v in ready.vouchers if v.voucher_id in again]
    if twice and not reason:
        raise ConfigError(
            tr(f"{len(twice)} 张凭证已导出到 {layout.target.id}（如 {twice[0].word}-{twice[0].number}），再次导入会重复记账",
               f"{len(twice)} vouchers went to {layout.target.id} before: importing them again books them twice"),
            tr('确需再次导出，用 --reexport "原因"', 'if that is meant, give --reexport "reason"'),
        )  # fmt: skip
    files = render(ready.vouchers, layout, workspace.standard or "sbe", template)
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    named = "、".join(files)
    entries = [Exported(v.voucher_id, layout.target.id, named, reason or "") for v in ready.vouchers]
    (out / LOG).write_bytes(log_text([*log, *entries]))
    for note in (*ready.notes, *layout.target.notes):
        say(note)
    total = len(ready.vouchers)
    paths = "、".join(str(out / name) for name in files)
    say(tr(f"已写出 {total} 张凭证：{paths}", f"{total} vouchers written: {paths}"))


def _read(folder: Path) -> list[Voucher]:
    path = folder / "vouchers.csv"
    if not path.is_file():
        raise ConfigError(
            tr(f"{folder} 中没有 vouchers.csv", f"there is no vouchers.csv in {folder}"),
            tr(
                "先运行 ecrecon match，再用 --from 指定它的输出文件夹",
                "run ecrecon match first, name its folder with --from",
            ),
        )
    vouchers = read_vouchers(pl.read_csv(path, infer_schema=False))
    if not vouchers:
        summary = json_.loads((folder / "summary.json").read_text(encoding="utf-8"))
        problems = (summary.get("vouchers") or {}).get("problems") or []
        raise ConfigError(
            tr(f"{folder} 中没有凭证", f"there are no vouchers in {folder}") + "".join(f"\n  {p}" for p in problems),
            tr("在 ecrecon.toml 补齐后重新运行 ecrecon match", "complete ecrecon.toml and run match again"),
        )
    return vouchers


def _learn(template: Path | None, target: str | None, base: Path, workspace: Workspace) -> None:
    if template is None:
        raise ConfigError(
            tr("--learn 需要 --template", "--learn needs --template"),
            tr("指定财务软件的空白模板", "name the blank template of the software"),
        )
    layout, unknown = learn(template, target or "template")
    folder = base / (workspace.posting.targets[0] if workspace.posting.targets else "targets")
    path = folder / f"{layout.target.id}.toml"
    if path.exists():
        raise ConfigError(
            tr(f"{path} 已存在", f"{path} exists already"),
            tr("用 --target 起另一个名字，或先删除它", "give another name with --target, or delete it first"),
        )
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(layout_text(layout), encoding="utf-8")
    for column in layout.column:
        say(f"  {column.header}  ←  {column.const if column.const is not None else column.value}")
    if unknown:
        say(tr("未识别、留空的列：", "left blank, not understood: ") + "、".join(unknown))
    say(tr(f"已保存 {path}，请核对后使用", f"saved {path}: check it before use"))
    if not workspace.posting.targets:
        say(tr('在 ecrecon.toml 的 [posting] 加上 targets = ["targets"]', 'add targets = ["targets"] to [posting]'))
    raise typer.Exit(code=int(ExitCode.OK))


def _latest(base: Path) -> Path:
    """The newest period below `out/`."""
    folders = sorted(p for p in base.glob("*") if (p / "summary.json").is_file()) if base.is_dir() else []
    return folders[-1] if folders else base
