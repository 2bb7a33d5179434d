"""`ecrecon formats learn FILE`: show what the file proves, ask the rest, write the layout, read the file with it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from ecrecon import learning as learn
from ecrecon.base.errors import ConfigError, ExitCode
from ecrecon.base.texts import tr
from ecrecon.cli.layouts import Known, known
from ecrecon.cli.learn_view import as_dict, file_text, proposal_text, question_lines, question_text, trial_text
from ecrecon.cli.options import ConfigOption, JsonOption, LangOption, PasswordOption
from ecrecon.cli.terminal import existing, passwords_for, say
from ecrecon.settings.profiles import Profile, profile_data

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
