"""How an error is told."""

from __future__ import annotations

import sys

from ecrecon.base.errors import EcreconError
from ecrecon.base.texts import tr


def complain(error: EcreconError) -> None:
    """One error on stderr: what is wrong, and what to do."""
    print(f"{tr('错误', 'error')}: {error.message}", file=sys.stderr)  # noqa: T201
    if error.hint:
        print(f"{tr('建议', 'hint')}: {error.hint}", file=sys.stderr)  # noqa: T201
