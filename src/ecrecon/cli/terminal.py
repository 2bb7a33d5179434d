"""What goes to the terminal: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from getpass import getpass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import LANGUAGES, file_name, set_language, tr
from ecrecon.cli.streams import raw_stderr
from ecrecon.pipeline import collect_passwords
from ecrecon.reading.containers import Passwords
from ecrecon.settings.workspace import Workspace


def choose_language(option: str | None, workspace: Workspace | None = None) -> None:
    """`--lang`, else ECRECON_LANG, else the workspace, else Chinese."""
    wanted = option or os.environ.get("ECRECON_LANG") or (workspace.language if workspace else None) or "zh"
    if wanted not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise ConfigError(
            tr(f"没有语言 {wanted!r}（ECRECON_LANG）", f"ECRECON_LANG {wanted!r}: unknown language"),
            tr(f"可用：{known}", f"use one of {known}"),
        )
    set_language(wanted)  # type: ignore[arg-type]


def say(text: str) -> None:
    """The result, on stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def tell(text: str) -> None:
    """What is no result, on stderr."""
    for bar in _bars:
        bar.stop()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
    for bar in _bars:
        bar.start()


def with_progress(work: Callable[[Any], Any], quiet: bool) -> Any:
    """Run `work(progress)`; a bar on stderr when that is a terminal."""
    if quiet or not sys.stderr.isatty():
        return work(None)
    console = Console(
        file=raw_stderr()
    )  # the bar speaks to the terminal in codes of its own, and in no words of a file
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True)
    _bars.append(bar)
    with bar:
        task = bar.add_task("", total=None)

        def progress(number: int, total: int, stage: Any) -> None:
            bar.update(task, description=stage.title, completed=number, total=total)

        return work(progress)


_bars: list[Progress] = []
"""The bar on the screen, which has to step aside for a question."""


def passwords_for(given: Sequence[str] | None, workspace: Workspace, config: Path | None) -> Passwords:
    """All passwords of a run: options, ECRECON_PASSWORD, workspace; on a terminal a hidden prompt, asked once."""
    ask = _ask_password if sys.stdin.isatty() and sys.stderr.isatty() else None
    return collect_passwords(given or (), os.environ.get("ECRECON_PASSWORD"), workspace, config, ask)


def _ask_password(name: str) -> str | None:
    for bar in _bars:
        bar.stop()
    try:
        return getpass(tr(f"{name} 的密码（回车跳过）：", f"password of {name} (Enter to skip): ")) or None
    except EOFError:
        return None
    finally:
        for bar in _bars:
            bar.start()


def existing(paths: list[Path]) -> tuple[Path, ...]:
    """The given paths; raise ConfigError for one that is not there, or that the system refuses (too long)."""
    for path in paths:
        if not os.path.lexists(path):  # says no for what may not be looked at, too
            raise ConfigError(
                tr(f"找不到 {file_name(str(path))}", f"no such file or folder: {file_name(str(path))}"),
                tr("检查路径是否写对", "check the path"),
            )
    return tuple(paths)
