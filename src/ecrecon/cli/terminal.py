"""What goes to the terminal: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from ecrecon.errors import ConfigError, EcreconError
from ecrecon.messages import LANGUAGES, set_language, tr
from ecrecon.workspace import Workspace


def choose_language(option: str | None, workspace: Workspace | None = None) -> None:
    """`--lang`, else ECRECON_LANG, else the workspace, else Chinese."""
    wanted = option or os.environ.get("ECRECON_LANG") or (workspace.language if workspace else None) or "zh"
    if wanted not in LANGUAGES:
        raise ConfigError(f"--lang {wanted!r}: unknown language", f"use one of {', '.join(LANGUAGES)}")
    set_language(wanted)  # type: ignore[arg-type]


def complain(error: EcreconError) -> None:
    """One error on stderr: what is wrong, and what to do."""
    print(f"{tr('错误', 'error')}: {error.message}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"{tr('建议', 'hint')}: {error.hint}", file=sys.stderr)  # noqa: T201


def say(text: str) -> None:
    """The result, on stdout."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")
    sys.stdout.flush()


def with_progress(work: Callable[[Any], Any], quiet: bool) -> Any:
    """Run `work(progress)`; a bar on stderr when that is a terminal."""
    if quiet or not sys.stderr.isatty():
        return work(None)
    console = Console(stderr=True)
    bar = Progress(TextColumn("{task.description}"), BarColumn(), console=console, transient=True)
    with bar:
        task = bar.add_task("", total=None)

        def progress(number: int, total: int, stage: Any) -> None:
            bar.update(task, description=stage.title, completed=number, total=total)

        return work(progress)


def existing(paths: list[Path]) -> tuple[Path, ...]:
    """The given paths; raise ConfigError for one that is not there."""
    for path in paths:
        if not path.exists():
            raise ConfigError(
                tr(f"找不到 {path}", f"no such file or folder: {path}"), tr("检查路径是否写对", "check the path")
            )
    return tuple(paths)
