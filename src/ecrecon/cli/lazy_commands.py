"""The commands by name, each imported when it is called: `ecrecon --help` needs neither Polars nor any check."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

COMMANDS: dict[str, str] = {
    "match": "核对文件夹中的全部账单与订单，写出差异、台账和凭证 / Reconcile everything in PATH.",
    "audit": "逐个文件识别、解析、审核；列出缺什么 / One row per file, and what is missing.",
    "trace": "从任何一个编号追到它的全部来龙去脉 / trace whatever an output lists, both ways.",
    "vouchers": "把凭证写成财务软件的导入文件 / write vouchers as the import file of an accounting program.",
    "verify": "独立复核：重新加总并互相核对一次运行的全部输出 / add up again and compare everything that a run wrote.",
    "diff": "两次运行之间变了什么 / what moved between two runs.",
    "init": "写一个带注释的 ecrecon.toml，从不覆盖 / write a commented ecrecon.toml, never over another.",
    "formats": "文件格式 / file layouts",
}
"""Module of `ecrecon.cli` -> its help: the first lines that `ecrecon COMMAND --help` prints."""


class _Commands(MutableMapping[str, Any]):
    """Command by name; its module is imported at the first look."""

    def __init__(self) -> None:
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            if name not in COMMANDS:
                raise KeyError(name)
            self._loaded[name] = _load(name)
        return self._loaded[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._loaded[name] = command

    def __delitem__(self, name: str) -> None:
        del self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys((*COMMANDS, *self._loaded)))

    def __len__(self) -> int:
        return len(list(iter(self)))


def _load(name: str) -> Any:
    module = import_module(f"ecrecon.cli.{name}")
    if hasattr(module, "app"):
        app = module.app
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(module.command)
    command = get_command(app)
    command.name = name
    return command


class OnDemand(TyperGroup):
    """A group whose commands are those of COMMANDS."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "commands": None})
        self.commands = _Commands()

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands without importing one."""
        limit = formatter.width - 6 - max(len(name) for name in COMMANDS)
        rows = [(name, TyperCommand(name, help=text).get_short_help_str(limit)) for name, text in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)
