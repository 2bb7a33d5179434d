"""The whole files that mutations start from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LARGEST = 2 * 1024**2


@dataclass(frozen=True)
class Sample:
    """One file. `group`: the folder it stands for (a golden's profile, a shop of the sample month)."""

    path: Path
    name: str
    data: bytes


def samples() -> list[Sample]:
    """Golden samples of every profile, then the files of the sample months; sorted by path."""
    golden = (path for path in (ROOT / "tests" / "golden").glob("*/*") if path.suffix not in (".json", ".py", ".pyc"))
    month = (path for path in (ROOT / "sample_bills").rglob("*") if ".truth" not in path.as_posix())
    found = [path for path in (*golden, *month) if path.is_file() and path.suffix != ".toml"]
    kept = sorted(path for path in found if path.stat().st_size <= _LARGEST)
    return [Sample(path, path.relative_to(ROOT).as_posix(), path.read_bytes()) for path in kept]
