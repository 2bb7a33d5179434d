"""Passwords of downloads: tried in order on each encrypted file, shown nowhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ecrecon.base.texts import tr

MOST = 100
"""Passwords that are tried on one file: an Office file takes about 0.2 s for each."""


@dataclass(frozen=True)
class Passwords:
    """What may open a file. Neither `repr` nor comparison shows a password.

    `known`: tried in this order. `ask`: called with the name of a file that none of them opens; its answer is tried
    too. None where nobody can be asked.
    """

    known: tuple[str, ...] = field(default=(), repr=False, compare=False)
    ask: Callable[[str], str | None] | None = field(default=None, repr=False, compare=False)

    def plus(self, answer: str) -> Passwords:
        """The same with one more password, and nobody to ask again."""
        return Passwords((*self.known, answer))

    def locked_reason(self) -> str:
        """Why a file that wants a password was not read."""
        if not self.known:
            return tr("文件有密码保护，没有给出密码。", "password protected, and no password was given.")
        count = len(self.known)
        return tr(
            f"文件有密码保护，给出的 {count} 个密码都不符。",
            f"password protected, and none of the {count} passwords given opens it.",
        )


def locked_hint() -> str:
    """What to do about a file that wants a password."""
    return tr(
        "请用 --password 给出下载时设置的密码（可重复），或写入 ecrecon.toml 的 passwords / password_file，"
        "或设环境变量 ECRECON_PASSWORD；也可以用密码解开后放入未加密的文件。",
        "give the password of the download with --password (repeatable), as passwords or password_file in "
        "ecrecon.toml, or as ECRECON_PASSWORD; or open it by hand and hand in the plain file.",
    )
