"""Which files a run looks at."""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from ecrecon.base.errors import InputError
from ecrecon.base.run_folder import written_by_us
from ecrecon.base.texts import file_name, tr

Obstacle = Literal["outside", "circle", "folder", "special"]
"""Why a file is not even opened: a link that leads out of the given folder or nowhere, a link that leads to itself, a
folder that cannot be listed, something that is no file (pipe, socket, device)."""


@dataclass(frozen=True)
class InputFile:
    """One file. `display`: path relative to the folder given (a file given itself: its name), POSIX, NFC, nothing hidden.

    `obstacle`: opening it gives a refusal. A folder that cannot be listed stands for whatever is in it.
    """

    path: Path
    display: str
    obstacle: Obstacle | None = None


def find_files(paths: Sequence[Path]) -> list[InputFile]:
    """All files of `paths` (files and folders, searched recursively), sorted by display path, each file once.

    Folders whose name starts with "." are not entered, and what an earlier run wrote (its manifest says so) is no input.
    A file reached twice (a folder and a file inside it, nested
    folders) keeps its longest display path, whatever the order of `paths`. Different files of the same display path
    get as many parent folders in front as tell them apart.
    Raises InputError for a path that does not exist.
    """
    found: dict[Path, InputFile] = {}
    for path in paths:
        if not os.path.lexists(path):
            raise InputError(
                tr(f"找不到文件或文件夹：{path}", f"no such file or folder: {path}"),
                tr("请检查路径。", "check the path."),
            )
        for file in _walk(path) if path.is_dir() else [_given(path)]:
            identity = _identity(file)
            known = found.get(identity)
            if known is None or _preference(file) > _preference(known):
                found[identity] = file
    return sorted(_tell_apart(list(found.values())), key=lambda file: file.display)


def _identity(file: InputFile) -> Path:
    if file.obstacle is None:
        try:
            return file.path.resolve()
        except (OSError, RuntimeError):  # a circle of links
            pass
    return file.path.absolute()


def _preference(file: InputFile) -> tuple[int, str]:
    return (file.display.count("/"), file.display)


def _given(path: Path) -> InputFile:
    return InputFile(path, file_name(path.name), None if _regular(path) else "special")


def _walk(root: Path) -> Iterator[InputFile]:
    """Files below `root`; links to folders are not followed (inside the root they would be found anyway).

    With a list of its own and no recursion: folders nest a thousand deep where somebody wants to harm.
    """
    real_root = root.resolve()
    waiting = [root]
    while waiting:
        here = waiting.pop()
        try:
            with os.scandir(here) as listed:
                entries = sorted(listed, key=lambda entry: entry.name)
            ours = written_by_us(here, [entry.name for entry in entries])
        except OSError:
            yield InputFile(here, _display(here, root) + "/", "folder")
            continue
        for entry in entries:
            path = here / entry.name
            if entry.name in ours:
                continue
            if entry.is_symlink():
                yield from _link(path, _display(path, root), real_root)
            elif entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith("."):
                    waiting.append(path)
            else:
                yield InputFile(path, _display(path, root), None if _regular(path) else "special")


def _link(path: Path, display: str, real_root: Path) -> Iterator[InputFile]:
    """A symbolic link: the file it leads to, if that lies below the root."""
    try:
        target = path.resolve()
        inside = target.exists() and target.is_relative_to(real_root)
    except (OSError, RuntimeError):  # Python up to 3.12 raises RuntimeError for a circle of links
        yield InputFile(path, display, "circle")
        return
    if not inside:
        yield InputFile(path, display, "outside")
    elif not target.is_dir():
        yield InputFile(path, display, None if _regular(path) else "special")


def _regular(path: Path) -> bool:
    """False only for what is known to be no file; opening tells of the rest."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _display(path: Path, root: Path) -> str:
    relative = path.relative_to(root).parts
    return "/".join(map(file_name, relative or (root.absolute().name,)))


def _tell_apart(files: list[InputFile]) -> list[InputFile]:
    """Give files of the same display path as many parent folders as make them different."""
    files = _numbered(files)
    names = [file.display for file in files]
    for depth in range(2, max((len(file.path.absolute().parts) for file in files), default=0) + 1):
        counts = Counter(names)
        if len(counts) == len(names):
            break
        longer = (_last_parts(file, depth) for file in files)
        names = [new if counts[name] > 1 else name for name, new in zip(names, longer, strict=True)]
    seen: Counter[str] = Counter()
    told: list[InputFile] = []
    for file, name in sorted(zip(files, names, strict=True), key=lambda pair: str(pair[0].path)):
        seen[name] += 1
        told.append(replace(file, display=name if seen[name] == 1 else f"{name}#{seen[name]}"))
    return told


def _numbered(files: list[InputFile]) -> list[InputFile]:
    """Names of one folder that differ only by their Unicode form, or by what does not show, get a number."""
    seen: Counter[tuple[Path, str]] = Counter()
    told: list[InputFile] = []
    for file in sorted(files, key=lambda file: str(file.path)):
        place = file.path.parent, file.display
        seen[place] += 1
        told.append(file if seen[place] == 1 else replace(file, display=f"{file.display}#{seen[place]}"))
    return told


def _last_parts(file: InputFile, depth: int) -> str:
    parts = file.path.absolute().parts
    return "/".join(map(file_name, parts[-max(depth, file.display.count("/") + 1) :])).replace("//", "/")
