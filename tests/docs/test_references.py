"""What code and pages point to exists: `docs/page.md "Heading"` in code and data, links and anchors in pages; no other form."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "configs", "benchmarks")
PAGE = r"(?:docs/[\w.-]+|README(?:\.zh-CN)?|CHANGELOG)\.md"
POINTS = re.compile(rf'({PAGE})\s+(?:#\s*)?"([^"\n]+)"')
NAMED = re.compile(r"[A-Za-z0-9_./~$-]*\w\.md\b", re.ASCII)
OTHER_FORMS = re.compile(
    r"\b(?:sections?|rules?|chapters?|points)\s+\d+(?:\.\d+)*\b(?!\s*(?:rows|lines|files|%))"
    r"|§\s*\d|第\s*[\d一二三四五六七八九十]+\s*[节章]"
    r"|\.md,?\s+\d|\b(?:accounting|matching|design|vouchers|style)\s+\d+\.\d+",
    re.IGNORECASE,
)


def tracked(*folders: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", *folders], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\n") if name.endswith((".py", ".toml", ".md"))]


@cache
def texts() -> dict[str, str]:
    """Path -> text of code and shipped data; this file holds the patterns and stands aside."""
    return {
        str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
        for path in tracked(*FOLDERS)
        if path.suffix != ".md" and path.name != Path(__file__).name and path.exists()
    }


def headings(page: Path) -> list[str]:
    """Headings of a page without their marks; what stands in code blocks is none."""
    told, fenced = [], False
    for line in page.read_text(encoding="utf-8").splitlines():
        fenced ^= line.startswith("```")
        if not fenced and (found := re.match(r"#+ (.+)", line)):
            told.append(found[1].replace("`", "").strip())
    return told


def names(page: Path) -> set[str]:
    """What a heading may be called: as it stands, without the remark in brackets at its end, or in one of its two languages."""
    told = {name for heading in headings(page) for name in (heading, re.sub(r" \([^)]*\)$", "", heading))}
    return told | {part for name in told for part in name.split(" / ")}


def anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_reference_names_a_page_and_a_heading_that_exist() -> None:
    found = [(name, *point) for name, text in texts().items() for point in POINTS.findall(text)]
    assert len(found) > 100
    lost = [hit for hit in found if not (ROOT / hit[1]).exists() or hit[2] not in names(ROOT / hit[1])]
    assert lost == []


def test_code_names_no_page_that_readers_do_not_have() -> None:
    inputs = {"a.md", "README.md", "CHANGELOG.md"}  # `a.md` is a file of a test's folder
    lost = []
    for name, text in texts().items():
        for page in NAMED.findall(text):
            known = page in inputs or (ROOT / page).exists() or (name.startswith("tests/") and _in_docs(page))
            if not known:
                lost.append((name, page))
    assert lost == []


def _in_docs(page: str) -> bool:
    return (ROOT / "docs" / page).exists()


def test_no_other_form_of_reference_is_left() -> None:
    left = [(name, hit[0]) for name, text in texts().items() for hit in OTHER_FORMS.finditer(text)]
    assert left == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("(matching section 2)", True), ("design sections 5 and 7", True), ("formats/README rule 7", True),
        ("pdd.md 3.3", True), ("accounting 5.12", True), ("见第三节", True), ("§4", True),
        ("rules 20 rows", False), ("art. 51(5)", False), ('docs/matching.md "Fees"', False), ("docs/matching.md", False),
    ],
)  # fmt: skip
def test_other_forms_are_seen(text: str, wanted: bool) -> None:
    assert bool(OTHER_FORMS.search(text)) is wanted


@pytest.mark.parametrize("page", [p for p in tracked("docs", "*.md") if p.exists()], ids=lambda p: p.name)
def test_links_of_pages_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    lost = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        name, _, place = target.partition("#")
        other = (page.parent / name) if name else page
        if not other.exists() or (place and place not in {anchor(h) for h in headings(other)}):
            lost.append(target)
    assert lost == []
