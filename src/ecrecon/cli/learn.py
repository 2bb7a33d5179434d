"""`ecrecon formats learn FILE`: show what the file proves, ask the rest, write the layout, read the file with it."""

from __future__ import annotations

import json as json_
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import polars as pl
import typer

from ecrecon import learning as learn
from ecrecon.base.errors import ConfigError, ExitCode
from ecrecon.base.money import EXPONENTS, decimal_text
from ecrecon.base.texts import tr
from ecrecon.base.variances import BY_CODE
from ecrecon.cli.layouts import Known, known
from ecrecon.cli.options import ConfigOption, JsonOption, LangOption, PasswordOption
from ecrecon.cli.terminal import existing, passwords_for, say
from ecrecon.learning import Proposal, Question, Sample, Trial, meanings
from ecrecon.settings.profiles import Profile, profile_data

# What `formats learn` shows: the columns, what was proved, what is open, what the new layout makes of the file.

_ROWS, _FINDINGS = 3, 5


def file_text(sample: Sample) -> str:
    """Where the table is."""
    line = sample.table.head_lines[sample.header_index]
    height = tr("（两行）", " (two rows)") if sample.header_rows > 1 else ""
    return tr(
        f"{sample.table.path}：表头在第 {line} 行{height}，{sample.rows} 行数据，表格外 {len(sample.above)} + {len(sample.below)} 行",
        f"{sample.table.path}: header at line {line}{height}, {sample.rows} rows of data, {len(sample.above)} + {len(sample.below)} lines around",
    )


def proposal_text(sample: Sample, proposal: Proposal) -> str:
    """Columns with masked samples, then every decision with its reason."""
    lines = ["", tr("列 → 含义（样例已遮盖）", "column → meaning (samples masked)")]
    if proposal.data is not None:
        lines += [
            f"  {m.column} → {m.meaning or '-'}   {' | '.join(m.samples)}".rstrip()
            for m in meanings(sample, proposal.data)
        ]
    lines += ["", tr("已判定", "settled")]
    lines += [f"  {d.key} = {d.value}   ({d.reason})" for d in proposal.decisions]
    if proposal.optional:
        lines += ["", tr("留作未识别（C04），可用 --answer 指定类别", "left unmapped (C04); --answer names a category")]
        lines += [f"  --answer '{q.key}=…'" for q in proposal.optional]
    return "\n".join(lines)


def question_text(question: Question) -> str:
    """One question with numbered choices."""
    lines = ["", f"{question.text}  [{question.key}]"]
    lines += [f"  {number}. {value}  {meaning}".rstrip() for number, (value, meaning) in enumerate(question.options, 1)]
    if question.suggestion is not None:
        lines.append(tr(f"  回车 = {question.suggestion}", f"  Enter = {question.suggestion}"))
    return "\n".join(lines)


def question_lines(proposal: Proposal) -> list[str]:
    """Every open question as the option that answers it."""
    lines = []
    for question in proposal.questions:
        values = "|".join(value for value, _ in question.options[:12]) or tr("文字", "TEXT")
        advice = (
            tr(f"（建议 {question.suggestion}）", f" (suggested: {question.suggestion})") if question.suggestion else ""
        )
        lines.append(f"  --answer '{question.key}={values}'  {question.text}{advice}")
    return lines


def trial_text(trial: Trial, target: Path | None) -> str:
    """Where the layout was written, and the file read with it."""
    source = trial.parsed.source
    lines = ["", tr(f"写出 {target}", f"wrote {target}") if target else trial.text.rstrip()]
    lines.append(
        tr(f"用新格式 {trial.profile.id} 读取：{source.rows} 行", f"read as {trial.profile.id}: {source.rows} rows")
    )
    if source.income_minor is not None and source.expense_minor is not None:
        income, expense = (_decimal(minor, source.currency) for minor in (source.income_minor, source.expense_minor))
        net = _decimal(source.income_minor + source.expense_minor, source.currency)
        lines.append(tr(f"  收 {income}  支 {expense}  净 {net}", f"  in {income}  out {expense}  net {net}"))
    if source.first and source.last:
        lines.append(f"  {source.first:%Y-%m-%d %H:%M:%S} .. {source.last:%Y-%m-%d %H:%M:%S}")
    lines += [f"  {'✓' if c.ok else '✗'} {c.name} {c.printed} / {c.found}" for c in source.control]
    lines += _first_rows(trial) + _findings(trial.parsed.findings)
    return "\n".join(lines)


def _decimal(minor: int, currency: str | None) -> str:
    return decimal_text(minor, EXPONENTS.get(currency or "CNY", 2))


def _first_rows(trial: Trial) -> list[str]:
    frame = trial.parsed.frame
    if frame is None or frame.is_empty():
        return []
    filled = [
        name for name in frame.columns if frame[name].null_count() < frame.height and name not in ("remark", "currency")
    ]
    rows = frame.select(filled).head(_ROWS).iter_rows(named=True)
    return ["  " + "  ".join(f"{k}={v}" for k, v in row.items() if v is not None) for row in rows]


def _findings(found: pl.DataFrame) -> list[str]:
    if found.is_empty():
        return [tr("  没有问题", "  nothing wrong found")]
    lines = []
    for row in found.head(_FINDINGS).iter_rows(named=True):
        told = BY_CODE[str(row["code"])]
        spot = tr(f"第 {row['source_line']} 行 ", f"line {row['source_line']} ") if row["source_line"] else ""
        lines.append(
            f"  ! {tr(told.zh, told.name)} {spot}{row['column'] or ''} {row['text'] or ''} {row['hint'] or ''}".rstrip()
        )
    rest = found.height - _FINDINGS
    return lines + ([tr(f"  … 另有 {rest} 处", f"  … {rest} more")] if rest > 0 else [])


def as_dict(sample: Sample, proposal: Proposal, trial: Trial | None, target: Path | None) -> str:
    """The same as JSON."""
    told: dict[str, Any] = {
        "file": sample.table.path,
        "header_line": sample.table.head_lines[sample.header_index],
        "rows": sample.rows,
        "columns": [
            {"column": m.column, "meaning": m.meaning, "samples": list(m.samples)}
            for m in (meanings(sample, proposal.data) if proposal.data else [])
        ],
        "settled": [{"key": d.key, "value": d.value, "reason": d.reason} for d in proposal.decisions],
        "questions": [_question(q) for q in proposal.questions],
        "optional": [_question(q) for q in proposal.optional],
    }
    if trial is not None:
        source = trial.parsed.source
        told |= {
            "profile": trial.profile.id,
            "written": None if target is None else target.as_posix(),
            "toml": trial.text,
            "parsed_rows": source.rows,
            "income": None if source.income_minor is None else _decimal(source.income_minor, source.currency),
            "expense": None if source.expense_minor is None else _decimal(source.expense_minor, source.currency),
            "findings": [str(code) for code in trial.parsed.findings["code"]],
        }
    return json_.dumps(told, ensure_ascii=False, indent=2)


def _question(question: Question) -> dict[str, Any]:
    choices = [value for value, _ in question.options]
    return {"key": question.key, "text": question.text, "choices": choices, "suggestion": question.suggestion}


# `ecrecon formats learn FILE`: show what the file proves, ask the rest, write the layout, read the file with it.

Propose = Callable[[dict[str, str]], learn.Proposal]


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="要学的文件 / the file to learn")],
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="KEY=VALUE", help="回答一个问题，可重复 / answer a question")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="接受全部建议 / accept every suggestion")] = False,
    profile_id: Annotated[str | None, typer.Option("--id", help="格式编号 / id, e.g. mybank.flow")] = None,
    from_profile: Annotated[
        str | None, typer.Option("--from-profile", metavar="ID", help="由哪个格式改版而来 / layout it drifted from")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", help="工作表或压缩包内的文件 / sheet, or file in a zip")
    ] = None,
    register: Annotated[bool, typer.Option("--register", help="登记到 ecrecon.toml / name it in ecrecon.toml")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只显示，不写 / show, write nothing")] = False,
    config: ConfigOption = None,
    lang: LangOption = None,
    password: PasswordOption = None,
    json: JsonOption = False,
) -> None:
    """学一种新格式：能证明的自动判定，其余逐项询问 / Learn the layout of a file."""
    here = known(lang, (), config)
    path = existing([file])[0]
    words = learn.build_vocabulary(here.profiles)
    base = _base(here, from_profile)
    passwords = passwords_for(password, here.workspace, here.config)
    start = learn.find_start(path, here.profiles, words, passwords, sheet, base)
    if start.sample is None:
        assert start.known is not None
        say(tr(f"已能识别：{start.known.id} {start.known.profile.title}，无需再学", f"known already: {start.known.id}"))
        return
    sample = start.sample

    def propose(answers: dict[str, str]) -> learn.Proposal:
        if base is None:
            return learn.propose(sample, words, answers, profile_id)
        return learn.propose_from(sample, words, base, profile_data(base.id, here.folders), answers, profile_id)

    if not json:
        say(file_text(sample))
    proposal = _settle(propose, learn.parse_answers(answer or ()), yes)
    if proposal.questions or proposal.data is None:
        say(as_dict(sample, proposal, None, None) if json else proposal_text(sample, proposal))
        _refuse(proposal)
    assert proposal.data is not None
    trial = learn.try_profile(sample, proposal.data, here.profiles)
    target = None if dry_run else learn.write_profile(trial, learn.folder_of(here.workspace, here.config))
    if json:
        say(as_dict(sample, proposal, trial, target))
    else:
        say(proposal_text(sample, proposal) + "\n" + trial_text(trial, target))
    if target is not None:
        _name_folder(here, register, quiet=json)


def _base(here: Known, wanted: str | None) -> Profile | None:
    if wanted is None:
        return None
    base = next((profile for profile in here.profiles if profile.id == wanted), None)
    if base is None:
        raise ConfigError(
            tr(f"没有格式 {wanted}", f"no layout {wanted!r}"),
            tr("ecrecon formats list 列出全部", "ecrecon formats list names all"),
        )
    return base


def _settle(propose: Propose, answers: dict[str, str], yes: bool) -> learn.Proposal:
    """Ask until nothing is open: suggestions with --yes, people on a terminal, nobody else."""
    while True:
        proposal = propose(answers)
        open_ = [q for q in proposal.questions if not (yes and q.suggestion is not None)]
        agreed = [q for q in proposal.questions if yes and q.suggestion is not None]
        if agreed:
            answers |= {q.key: str(q.suggestion) for q in agreed}
        elif open_ and sys.stdin.isatty():
            answers[open_[0].key] = _ask(open_[0])
        elif proposal.optional and sys.stdin.isatty() and not (yes or proposal.questions):
            answers[proposal.optional[0].key] = _ask(proposal.optional[0])
        else:
            return proposal


def _ask(question: learn.Question) -> str:
    """One question on the terminal: a number or a value, Enter for the suggestion."""
    _tell(question_text(question))
    while True:
        _tell("> ", "")
        line = sys.stdin.readline()
        if not line:
            raise KeyboardInterrupt
        text = line.strip()
        values = [value for value, _ in question.options]
        if not text and question.suggestion is not None:
            return question.suggestion
        if text.isdigit() and 1 <= int(text) <= len(values) and text not in values:
            return values[int(text) - 1]
        if text in values or (text and question.free):
            return text
        _tell(tr("请输入序号或选项", "type a number or one of the choices"))


def _refuse(proposal: learn.Proposal) -> None:
    """Exit 2: nothing is guessed silently."""
    keys, count = "\n".join(question_lines(proposal)), len(proposal.questions)
    raise ConfigError(
        tr(
            f"还有 {count} 个问题没有回答，没有写出格式档案\n{keys}",
            f"{count} open questions, no layout was written\n{keys}",
        ),
        tr(
            "用 --answer 问题=回答 逐个回答，--yes 接受全部建议，或在终端里运行",
            "give --answer key=value for each, --yes for all suggestions, or run it on a terminal",
        ),
        ExitCode.USAGE,
    )


def _name_folder(here: Known, wanted: bool, *, quiet: bool) -> None:
    """ecrecon.toml has to name the folder, or `match` does not look there."""
    if learn.registered(here.workspace):
        return
    if not wanted and sys.stdin.isatty() and not quiet:
        _tell(tr("把 profiles 文件夹登记到 ecrecon.toml 吗？[Y/n]", "name the folder profiles in ecrecon.toml? [Y/n]"))
        wanted = sys.stdin.readline().strip().casefold() in ("", "y", "yes", "是")
    if wanted:
        path = learn.register(here.config)
        if not quiet:
            say(tr(f"已登记到 {path}", f"named in {path}"))
    elif not quiet:
        say(
            tr(
                "在 ecrecon.toml 顶部加一行（或加 --register）：",
                "add to the top of ecrecon.toml (or give --register):",
            )
            + ' profiles = ["profiles"]'
        )


def _tell(text: str, end: str = "\n") -> None:
    print(text, end=end, file=sys.stderr, flush=True)  # noqa: T201
