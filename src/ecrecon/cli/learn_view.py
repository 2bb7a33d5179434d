"""What `formats learn` shows: the columns, what was proved, what is open, what the new layout makes of the file."""

from __future__ import annotations

import json as json_
from pathlib import Path
from typing import Any

import polars as pl

from ecrecon.base.money import EXPONENTS, decimal_text
from ecrecon.base.texts import tr
from ecrecon.base.variances import BY_CODE
from ecrecon.learning import Proposal, Question, Sample, Trial, meanings

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
