"""docs/architecture.md names the rooms that there are, in the order in which they may use each other; docs/matching.md the words."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from ecrecon.base.categories import ROLES
from ecrecon.base.schema import DOCUMENT_DISPOSITIONS, LINE_DISPOSITIONS, ORDER_DISPOSITIONS

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ecrecon"
FILE_ENDINGS = ("html", "xlsx")  # `report.html` is an output, no module


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def rooms_of_the_page() -> list[list[str]]:
    table = page("architecture.md").split("## Rooms")[1].split("\n## ")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return [re.findall(r"`(\w+)`", row) for row in rows]


def layers() -> list[list[str]]:
    """The layers that import-linter holds, from the top down."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (contract,) = [c for c in contracts if c["type"] == "layers"]
    return [re.findall(r"ecrecon\.(\w+)", layer) for layer in contract["layers"]]


def test_the_rooms_of_the_page_are_the_layers_in_their_order() -> None:
    assert rooms_of_the_page() == layers()


def test_the_rooms_of_the_page_are_the_folders() -> None:
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert {room for row in rooms_of_the_page() for room in row} == folders


def test_what_is_used_from_a_room_exists() -> None:
    """Dotted names in texts of the code, `room.module` or `room.module.NAME`, lead to a module."""
    rooms = {room for row in layers() for room in row}
    lost = []
    for path in sorted(SOURCE.rglob("*.py")):
        for dotted in re.findall(r"``?(?:ecrecon\.)?([a-z_]+(?:\.\w+)+)``?", path.read_text(encoding="utf-8")):
            room, first, *_ = dotted.split(".")
            known = (SOURCE / room / first).is_dir() or (SOURCE / room / f"{first}.py").is_file()
            if room in rooms and first not in FILE_ENDINGS and not known:
                lost.append((path.relative_to(SOURCE).as_posix(), dotted))
    assert lost == []


def test_tests_use_what_is_public() -> None:
    """No test imports a private name of the program or reaches into one of its objects: what it needs has a public form."""
    used = []
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ecrecon"):
                used += [(path.name, alias.name) for alias in node.names if re.match(r"_[a-z]", alias.name)]
            elif isinstance(node, ast.Attribute) and re.match(r"_[a-z]", node.attr):
                own = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls", "os")  # os._exit
                used += [] if own else [(path.name, node.attr)]
    assert used == []


@pytest.mark.parametrize("name", ["architecture.md", "contributing.md"])
def test_places_of_the_page_exist(name: str) -> None:
    for place in re.findall(
        r"`((?:base|booking|pipeline|settings|report|configs|tests|docs|reading)/[\w/.]+)`", page(name)
    ):
        assert "PLATFORM" in place or (ROOT / place).exists() or (SOURCE / place).exists(), place


@pytest.mark.parametrize("name", ["matching.md", "matching.zh-CN.md"])
def test_matching_names_every_disposition_role_and_step(name: str) -> None:
    text = page(name)
    words = {*LINE_DISPOSITIONS, *ORDER_DISPOSITIONS, *DOCUMENT_DISPOSITIONS}
    assert [word for word in sorted(words) if f"`{word}`" not in text] == []
    assert [role for role in ROLES if f"| {role} |" not in text] == []
    steps = {
        step
        for module in (SOURCE / "judging" / "explain").glob("*.py")
        for step in re.findall(
            r'component\(\s*(?:"[A-Z]\d\d"|code|name), "(-?\w+)"', module.read_text(encoding="utf-8")
        )
    }
    assert len(steps) > 8
    assert [step for step in sorted(steps) if not re.search(rf"[|(（] ?{step}[,)） ]", text)] == []


def test_both_pages_on_matching_have_the_same_shape() -> None:
    shapes = []
    for name in ("matching.md", "matching.zh-CN.md"):
        lines = page(name).splitlines()
        marks = [line.split(" ")[0] for line in lines if line.startswith(("#", "| ", "- ", "```"))]
        codes = [re.findall(r"\b[A-Z]\d\d\b|-?\d+\.\d\d", line) for line in lines if line.startswith("| ")]
        shapes.append((marks, codes))
    assert shapes[0] == shapes[1]
