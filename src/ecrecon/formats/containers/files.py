"""Which files a run looks at."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ecrecon.earlier_run import written_by_us
from ecrecon.errors import InputError
from ecrecon.messages import tr


@dataclass(frozen=True)
class InputFile:
    """One file. `display`: path relative to the folder given (a file given itself: its name), POSIX, NFC.

    `leaves_root`: a symbolic link inside a given folder that leads out of it, or nowhere; opening it gives a refusal.
    """

    path: Path
    display: str
    leaves_root: bool = False


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
        if not path.exists():
            raise InputError(
                tr(f"找不到文件或文件夹：{path}", f"no such file or folder: {path}"),
                tr("请检查路径。", "check the path."),
            )
        for file in _walk(path) if path.is_dir() else [InputFile(path, _display(path.name))]:
            identity = file.path.absolute() if file.leaves_root else file.path.resolve()
            known = found.get(identity)
            if known is None or _preference(file) > _preference(known):
                found[identity] = file
    return sorted(_tell_apart(list(found.values())), key=lambda file: file.display)


def _preference(file: InputFile) -> tuple[int, str]:
    return (file.display.count("/"), file.display)


def _walk(root: Path) -> Iterator[InputFile]:
    """Files below `root`; links to folders are not followed (inside the root they would be found anyway)."""
    real_root = root.resolve()
    for folder, subfolders, names in os.walk(root):
        here = Path(folder)
        ours = written_by_us(here, [*names, *subfolders])
        subfolders[:] = sorted(name for name in subfolders if not name.startswith(".") and name not in ours)
        links = [name for name in subfolders if (here / name).is_symlink()]
        for name in [*(name for name in names if name not in ours), *links]:
            path = here / name
            display = _display(path.relative_to(root).as_posix())
            if path.is_symlink():
                target = path.resolve()
                if not target.exists() or not target.is_relative_to(real_root):
                    yield InputFile(path, display, leaves_root=True)
                    continue
            if path.is_file():
                yield InputFile(path, display)


def _display(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _tell_apart(files: list[InputFile]) -> list[InputFile]:
    """Give files of the same display path as many parent folders as make them different.

    Names in one folder that differ only by their Unicode form get a number.
    """
    names = [file.display for file in files]
    for depth in range(2, max((len(file.path.absolute().parts) for file in files), default=0) + 1):
        counts = Counter(names)
        if len(counts) == len(names):
            break
        longer = (_display(_last_parts(file, depth)) for file in files)
        names = [new if counts[name] > 1 else name for name, new in zip(names, longer, strict=True)]
    seen: Counter[str] = Counter()
    told: list[InputFile] = []
    for file, name in sorted(zip(files, names, strict=True), key=lambda pair: str(pair[0].path)):
        seen[name] += 1
        told.append(replace(file, display=name if seen[name] == 1 else f"{name}#{seen[name]}"))
    return told


def _last_parts(file: InputFile, depth: int) -> str:
    parts = file.path.absolute().parts
    return Path(*parts[-max(depth, file.display.count("/") + 1) :]).as_posix()
