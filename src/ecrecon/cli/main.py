"""`ecrecon`: the commands, each imported when it is called, and the one place that turns errors into exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from ecrecon import __version__
from ecrecon.base.errors import EcreconError, ExitCode
from ecrecon.base.texts import tr
from ecrecon.cli.streams import complain, gate_streams

# The commands by name, each imported when it is called: `ecrecon --help` needs neither Polars nor any check.

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


# `ecrecon`: the commands, and the one place that turns errors into exit codes.

app = typer.Typer(
    name="ecrecon",
    cls=OnDemand,
    help="电商对账：账单、订单、退款、费用逐分核对 / Reconcile e-commerce bills, exact to the cent.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback with locals would print bill rows
    add_completion=False,
    rich_markup_mode=None,
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"ecrecon {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="打印版本 / print the version")
    ] = False,
) -> None:
    """Root options."""


def run() -> None:
    """Entry point: every error leaves here as a message and an exit code."""
    gate_streams()
    try:
        app(standalone_mode=True)
    except EcreconError as error:
        complain(error)
        sys.exit(int(error.exit_code))
    except KeyboardInterrupt:
        complain(EcreconError(tr("已中断", "interrupted"), tr("旧结果未改动", "an earlier result is unchanged")))
        sys.exit(int(ExitCode.INTERRUPTED))
    except BrokenPipeError:
        # the reader went away (`ecrecon … | head`): nothing to say, and stdout must not be flushed again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(int(ExitCode.OK))
    except OSError as error:  # a place that the system refuses is no defect of the program
        complain(_unreachable(error))
        sys.exit(int(ExitCode.USAGE))
    except Exception as error:
        _bug(error)
        sys.exit(int(ExitCode.BUG))


def _unreachable(error: OSError) -> EcreconError:
    place = str(error.filename or tr("一个文件", "a file"))
    why = error.strerror or str(error)
    return EcreconError(
        tr(f"{place} 打不开或写不进去：{why}", f"{place} cannot be opened or written: {why}"),
        tr("检查路径、权限和磁盘空间，再运行一次", "check path, permissions and disk space, then run again"),
    )


def _bug(error: Exception) -> None:
    """Our fault: say so in one line; the place, without any bill data, follows for the report."""
    frames = traceback.extract_tb(error.__traceback__)
    place = next((f for f in reversed(frames) if "ecrecon" in f.filename), frames[-1])
    spot = f"{place.filename.rsplit('ecrecon', 1)[-1].strip(os.sep)}:{place.lineno}"
    if os.environ.get("ECRECON_DEBUG"):
        traceback.print_exception(error)
    complain(
        EcreconError(
            tr(
                f"程序内部错误（{type(error).__name__}，{spot}）；没有写出任何结果",
                f"internal error ({type(error).__name__} at {spot}); nothing was written",
            ),
            tr(
                "这是 ecrecon 的缺陷；设置 ECRECON_DEBUG=1 重跑可看到详情",
                "this is a defect of ecrecon; run again with ECRECON_DEBUG=1 for details",
            ),
        )
    )


if __name__ == "__main__":
    run()
