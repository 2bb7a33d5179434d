"""Commands are imported when they are called, and told by the help they have themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ecrecon
from ecrecon.cli.main import COMMANDS, _Commands, app


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_tells_what_the_command_tells(name: str) -> None:
    assert " ".join(_Commands()[name].help.split()).startswith(COMMANDS[name])


def test_the_list_is_of_all_commands_and_an_unknown_one_is_refused() -> None:
    shown = CliRunner().invoke(app, ["--help"]).stdout
    assert [line.split()[0] for line in shown.split("Commands:\n")[1].splitlines() if line.strip()] == list(COMMANDS)
    refused = CliRunner().invoke(app, ["mach"])
    assert refused.exit_code == 2 and "match" in refused.output


def test_help_and_version_import_no_polars() -> None:
    code = "import sys; from ecrecon.cli.main import run; sys.argv[1:] = ['{}']\ntry: run()\nexcept SystemExit: print('polars' in sys.modules)"
    source = str(Path(ecrecon.__file__).parents[1])
    for option in ("--help", "--version"):
        command = [sys.executable, "-c", code.format(option)]
        told = subprocess.run(command, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": source})
        assert told.stdout.decode().split()[-1] == "False"
