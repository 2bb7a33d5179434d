"""What we say is of one language: Chinese of ours in no English run, English sentences in no Chinese one.

Chinese that comes from the files (names of shops, columns, raw types, goods) stays as it is printed there.
"""

from __future__ import annotations

import csv
import json
import re
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from tests.cli.call import call

from ecrecon.base.resources import configs_dir
from ecrecon.base.variances import VARIANCES

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "sample_bills" / "2026-10"
HAN = re.compile(r"[\u3400-\u9fff]+")
SENTENCE = re.compile(r"\b[a-z]{2,}(?: [a-z]{2,}){4,}\b")
COMMANDS = (
    ("match", "SAMPLE", "--out", "out"), ("match", "SAMPLE", "--period", "2019-01"), ("match", "nowhere"), ("audit", "SAMPLE"),
    ("audit", "SAMPLE", "--json"), ("formats", "list"), ("formats", "show", "alipay.a6"), ("formats", "show", "nothing.here"),
    ("formats", "identify", "SAMPLE"), ("vouchers", "--from", "out", "--target", "no-such-target"),
    ("trace", "nothing", "--from", "out"), ("diff", "out", "out"), ("match", "SAMPLE", "--as-of", "someday"),
)  # fmt: skip


def printed(folder: Path) -> str:
    """All text of the files of a folder and their names."""
    parts = []
    for path in sorted(folder.rglob("*")):
        parts.append(str(path.relative_to(folder)))
        office = path.is_file() and path.read_bytes()[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
        if path.suffix in (".xlsx", ".xls") and office:
            book = CalamineWorkbook.from_path(str(path))
            parts += book.sheet_names
            parts += [
                str(c) for name in book.sheet_names for row in book.get_sheet_by_name(name).to_python() for c in row
            ]
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                for entry in archive.infolist():
                    raw = archive.read(entry)
                    names = (entry.filename, entry.filename.encode("cp437", "ignore").decode("gb18030", "ignore"))
                    parts += [*names, raw.decode("gb18030", "ignore"), raw.decode("utf-8", "ignore")]
        elif path.is_file():
            raw = path.read_bytes()
            parts += [raw.decode(name, "ignore") for name in ("utf-8", "gb18030")]
    return "\n".join(parts)


def by_law() -> str:
    """Names that are Chinese in every language: lines of statutory forms, accounts, the raw words of layouts."""
    return "\n".join(
        path.read_text("utf-8") for path in sorted(configs_dir().rglob("*.toml")) if "posting" in path.parts
    )


def layout_columns() -> str:
    """Columns and words that layouts name, as a finding may quote them; not their titles, notes and reasons."""
    texts = []
    for path in sorted((configs_dir() / "platforms").glob("*.toml")):
        data = tomllib.loads(path.read_text("utf-8"))
        head = data.pop("profile")
        assert not HAN.search(
            " ".join(
                [head["title_en"], *head.get("notes_en", []), head.get("reason_en", ""), head.get("refuse_en", "")]
            )
        )
        texts.append(json.dumps(data, ensure_ascii=False))
    shared = [path.read_text("utf-8") for path in sorted((configs_dir() / "platforms" / "shared").glob("*.toml"))]
    return "\n".join(texts + shared)


@pytest.fixture(scope="module")
def known() -> str:
    return printed(SAMPLE) + by_law() + layout_columns()


def said(language: str, tmp_path: Path) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that a person or a machine reads."""
    for words in COMMANDS:
        arguments = [str(SAMPLE) if word == "SAMPLE" else word for word in words]
        answer = call(*arguments, "--lang", language)
        for line in (answer.out + answer.err).splitlines():
            yield " ".join(words), line
    out = tmp_path / "out"
    for path in sorted(out.glob("*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                for name, cell in row.items():
                    yield f"{path.name} {name}", cell or ""
    yield from walk(json.loads((out / "summary.json").read_text("utf-8")), "summary.json")
    book = CalamineWorkbook.from_path(str(out / "report.xlsx"))
    for name in book.sheet_names:
        yield "workbook", name
        for row in book.get_sheet_by_name(name).to_python():
            for cell in row:
                yield f"workbook {name}", str(cell)
    page = re.sub(r"<style.*?</style>", "", (out / "report.html").read_text("utf-8"), flags=re.DOTALL)
    for text in re.split(r"<[^>]*>", page):
        yield "page", text


def walk(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield from walk(part, f"{where}.{key}")
    elif isinstance(value, list):
        for part in value:
            yield from walk(part, where)
    elif isinstance(value, str):
        yield where, value


def test_an_english_run_says_nothing_in_chinese_of_its_own(tmp_path: Path, known: str) -> None:
    odd = {
        (where, text[:120]) for where, text in said("en", tmp_path) for part in HAN.findall(text) if part not in known
    }
    assert not odd, "\n".join(f"{where}: {text}" for where, text in sorted(odd)[:40])


def test_a_chinese_run_says_no_sentence_in_english(tmp_path: Path) -> None:
    odd = {(where, text[:120]) for where, text in said("zh", tmp_path) if SENTENCE.search(text)}
    assert not odd, "\n".join(f"{where}: {text}" for where, text in sorted(odd)[:40])


def test_each_type_has_one_advice_in_each_language() -> None:
    for variance in VARIANCES.values():
        assert HAN.search(variance.advice_zh) and not HAN.search(variance.advice_en + variance.definition), (
            variance.code
        )
        assert not SENTENCE.search(variance.advice_zh), variance.code
