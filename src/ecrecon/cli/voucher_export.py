"""Writing a target's file: what is new or taken back since the last time, checked, logged."""

from __future__ import annotations

import glob
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import tr
from ecrecon.cli.obstacles import cleared, shortened
from ecrecon.cli.run_folder import SUMMARY, VOUCHERS, content_of, damaged, refuse_changed, summary_of, table_of
from ecrecon.cli.terminal import say
from ecrecon.issuing.issued.log import DESPITE, EXPORT, LOG, Entry, commit
from ecrecon.issuing.issued.register import FOLDER, Register, Standing, compare, full_name, period_of
from ecrecon.issuing.targets import Layout, Voucher, read_vouchers
from ecrecon.issuing.targets.chart import read_chart
from ecrecon.issuing.targets.export import free_names, render
from ecrecon.issuing.targets.prepare import prepare
from ecrecon.issuing.targets.problems import Books
from ecrecon.issuing.targets.template import kept_rows
from ecrecon.settings.workspace import Workspace

MOST = 20
"""Vouchers of one list that are printed; the rest is counted."""


@dataclass(frozen=True)
class Given:
    """What the command line gave: chart and blank template, why vouchers go out again, the day of the export, why they go
    out although something speaks against it."""

    chart: Path | None
    template: Path | None
    again: str | None
    when: str
    despite: str | None = None


def export(folder: Path, layout: Layout, workspace: Workspace, given: Given) -> None:
    """Write every voucher that `layout` has not got yet; all of them where a reason to write them again is given.

    The folder is held. Raises ConfigError, with nothing written, where something speaks against booking the run, an
    issued voucher changed, a check fails, or nothing is new.
    """
    run, out = read_run(folder), folder / FOLDER
    refuse_changed(folder, (VOUCHERS, SUMMARY))
    register = Register.read(folder)
    standing = compare(run, register)
    _refuse_changes(folder, standing)
    chosen = _chosen(register, standing, layout.target.id, bool(given.again))
    if not chosen:
        raise ConfigError(
            tr(f"{len(register.issued)} 张凭证都已导出到 {layout.target.id}，再次导入会重复记账",
               f"{len(register.issued)} vouchers went to {layout.target.id} before: importing them again books them twice"),
            tr('确需再次导出，用 --reexport "原因"', 'if that is meant, give --reexport "reason"'),
        )  # fmt: skip
    stood = cleared(folder, summary_of(folder), given.despite)
    posting = workspace.posting
    chart = read_chart(given.chart) if given.chart else None
    books = Books(chart, posting.dimensions, posting.codes, workspace.standard)
    ready = prepare(chosen, layout, books)
    if ready.problems:
        raise ConfigError(
            tr(f"没有写出文件：{len(ready.problems)} 处不符合 {layout.target.title} 的要求",
               f"nothing was written: {len(ready.problems)} points do not fit {layout.target.title}")
            + "".join(f"\n  {problem}" for problem in ready.problems),
            tr("改正后重新运行 ecrecon match 和 ecrecon vouchers", "mend them, run match and vouchers again"),
        )  # fmt: skip
    rendered = render(ready.vouchers, layout, workspace.standard or "sbe", given.template)
    _refuse_unlisted(out, rendered, register)
    files = free_names(rendered, out)
    despite = [Entry(DESPITE, when=given.when, reason=given.despite or "", target=layout.target.id, stood=stood)]
    commit(out, files, [*(despite if stood else []), *_entries(chosen, register, layout, files, given)])
    kept = kept_rows(given.template, layout) if given.template and layout.target.template else 0
    if kept:
        say(tr(f"模板里原有的 {kept} 行还在文件中：导入前删掉它们，否则会重复记账",
               f"{kept} rows of the template are still in the file: delete them before importing, or they are booked twice"))  # fmt: skip
    for note in (*_left_out(register, standing, chosen), *ready.notes, *layout.target.notes):
        say(note)
    if stood:
        say(tr(f"不顾 {len(stood)} 处未解决之处导出，原因“{given.despite}”已写进 {out / LOG}：",
               f"exported despite {len(stood)} open points, reason {given.despite!r}, written into {out / LOG}:"))  # fmt: skip
        for line in shortened(stood):
            say(f"  {line}")
    paths = "、".join(str(out / name) for name in files)
    say(tr(f"已写出 {len(chosen)} 张凭证：{paths}", f"{len(chosen)} vouchers written: {paths}"))


def _refuse_unlisted(out: Path, rendered: Mapping[str, bytes], register: Register) -> None:
    """An import file that the log does not know was written by an act that was cut off, or its log is lost: what is in it
    may have been imported, and would go out a second time."""
    for name, content in rendered.items():
        stem, _, end = name.rpartition(".")
        for path in sorted([*out.glob(f"{glob.escape(stem)}.{end}"), *out.glob(f"{glob.escape(stem)}_*.{end}")]):
            if path.name not in register.files and path.read_bytes() != content:
                raise ConfigError(
                    tr(f"{path} 不在导出日志里：其中的凭证可能已经导入，再导出会重复记账",
                       f"{path} is not in the log of exports: its vouchers may have been imported, and would be booked twice"),
                    tr("没有导入过就删除它，再导出；已经导入过就从备份恢复 vouchers/log.jsonl",
                       "delete it where it was not imported, then export; where it was, restore vouchers/log.jsonl from a backup"),
                )  # fmt: skip


def _chosen(register: Register, standing: Standing, target: str, again: bool) -> list[Voucher]:
    issued = [i.voucher for i in register.issued.values() if again or target not in i.targets]
    return sorted([*issued, *standing.new], key=lambda voucher: voucher.place)


def _entries(
    chosen: Sequence[Voucher], register: Register, layout: Layout, files: dict[str, bytes], given: Given
) -> list[Entry]:
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    entries = []
    for voucher in chosen:
        known = register.issued.get(voucher.voucher_id)
        entries.append(
            Entry(
                EXPORT, voucher.voucher_id, full_name(voucher), known.of if known else voucher.voucher_id, given.when,
                given.again or "", known.refers if known else "", layout.target.id, digests,
                after=None if known else voucher,
            )
        )  # fmt: skip
    return entries


def _left_out(register: Register, standing: Standing, chosen: Sequence[Voucher]) -> list[str]:
    notes = []
    before = len(register.issued) - sum(v.voucher_id in register.issued for v in chosen)
    if before:
        notes.append(
            tr(f"{before} 张凭证已导出过，这次没有写入", f"{before} vouchers went there before and were left out")
        )
    if standing.withdrawn:
        names = "、".join(voucher.name for voucher in standing.withdrawn[:MOST])
        notes.append(
            tr(
                f"{len(standing.withdrawn)} 张凭证已冲销，没有再导出：{names}；要重新入账用 --correct",
                f"{len(standing.withdrawn)} vouchers were reversed and left out: {names}; --correct books them again",
            )
        )
    return notes


def _refuse_changes(folder: Path, standing: Standing) -> None:
    told = changes(folder, standing)
    if told:
        raise ConfigError(
            tr(
                "没有写出文件：已导出的凭证与本次运行不同",
                "nothing was written: exported vouchers differ from this run",
            )
            + "".join(f"\n  {line}" for line in told),
            tr("先按上面的命令冲销或更正，再导出", "reverse or correct them as shown, then export"),
        )


def changes(folder: Path, standing: Standing) -> list[str]:
    """One line per issued voucher that the run changed or does not make any more, with the command that mends it."""
    start = f"ecrecon vouchers --from {folder}"
    reason = tr('--reason "原因"', '--reason "why"')
    lines = [
        tr(
            f"{full_name(item.voucher)} {item.voucher.shop} 变为 {new.name}：{start} --correct {full_name(item.voucher)} {reason}",
            f"{full_name(item.voucher)} {item.voucher.shop} is now {new.name}: {start} --correct {full_name(item.voucher)} {reason}",
        )
        for item, new in standing.changed
    ]
    lines += [
        tr(
            f"{full_name(item.voucher)} {item.voucher.shop} 没有了：{start} --reverse {full_name(item.voucher)} {reason}",
            f"{full_name(item.voucher)} {item.voucher.shop} is gone: {start} --reverse {full_name(item.voucher)} {reason}",
        )
        for item in standing.gone
    ]
    rest = len(lines) - MOST
    return [*lines[:MOST], tr(f"… 另有 {rest} 张", f"… {rest} more")] if rest > 0 else lines


def tell_standing(folder: Path) -> None:
    """Say how the issued vouchers of `folder` stand beside its run; nothing where none were issued."""
    if not (folder / VOUCHERS).is_file():
        return
    register = Register.read(folder)
    if not register.issued:
        return
    standing = compare(read_run(folder), register)
    told = changes(folder, standing)
    for line in told or [tr("已导出的凭证与本次运行一致", "the exported vouchers agree with this run")]:
        say(line)
    if standing.new:
        say(tr(f"{len(standing.new)} 张凭证还没有导出", f"{len(standing.new)} vouchers are not exported yet"))


def vouchers_of(folder: Path) -> list[Voucher]:
    """The vouchers in the table of `folder`, none where there is no table; raise ConfigError where it is damaged."""
    if not (folder / VOUCHERS).is_file():
        return []
    try:
        return read_vouchers(table_of(folder, VOUCHERS), str(folder / VOUCHERS))
    except (ValueError, TypeError, KeyError) as error:
        raise damaged(folder, VOUCHERS, error) from None


def read_run(folder: Path) -> list[Voucher]:
    """The vouchers of a run; raise ConfigError where there are none, with what keeps them from being made."""
    content_of(folder, VOUCHERS)
    vouchers, summary = vouchers_of(folder), summary_of(folder)
    problems = (summary.get("vouchers") or {}).get("problems") or []
    issued = Register.read(folder).issued
    other = {period_of(i.voucher) for i in issued.values() if i.action == EXPORT} - {summary["period"]}
    if other:
        raise ConfigError(
            tr(f"{folder} 里是 {summary['period']} 的运行，但从这里导出过 {'、'.join(sorted(other))} 的凭证",
               f"{folder} holds a run of {summary['period']}, but vouchers of {', '.join(sorted(other))} were exported from it"),
            tr("每个月用自己的输出文件夹（--out out/2026-10）", "give each month a folder of its own (--out out/2026-10)"),
        )  # fmt: skip
    if not vouchers and (problems or not issued):
        raise ConfigError(
            tr(f"{folder} 中没有凭证", f"there are no vouchers in {folder}") + "".join(f"\n  {p}" for p in problems),
            tr("在 ecrecon.toml 补齐后重新运行 ecrecon match", "complete ecrecon.toml and run match again"),
        )
    return vouchers
