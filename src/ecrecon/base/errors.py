"""The one exception root and the exit codes of the command line (README.md "Exit codes")."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a run tells the shell. The numbers are a contract."""

    OK = 0
    VARIANCES = 1
    USAGE = 2
    BUG = 70
    INTERRUPTED = 130


class EcreconError(Exception):
    """No trustworthy result exists.

    `message` names the file, line or key and the offending text; `hint` says what to do next.
    Bad cells and rows are never exceptions: they are findings (variances F01 to F16).
    """

    exit_code: ExitCode = ExitCode.USAGE

    def __init__(self, message: str, hint: str = "", exit_code: ExitCode | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if exit_code is not None:
            self.exit_code = exit_code


class ConfigError(EcreconError):
    """A configuration file, profile or option that cannot be used."""


class InputError(EcreconError):
    """Nothing readable was given."""


class UndatedError(InputError):
    """Files were read, but no row of them has a readable day: there is no month to reconcile."""


class InvariantError(EcreconError):
    """A promise of the program itself is broken (conservation, schema): a bug, exit 70, nothing written."""

    exit_code = ExitCode.BUG
