"""`ecrecon`: the commands, and the one place that turns errors into exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from ecrecon import __version__
from ecrecon.base.errors import EcreconError, ExitCode
from ecrecon.base.texts import tr
from ecrecon.cli.error_text import complain
from ecrecon.cli.lazy_commands import OnDemand
from ecrecon.cli.stream import gate_streams

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
