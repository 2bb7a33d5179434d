"""What a user can meet is documented: commands, options, exit codes, types, keys, files, stages."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import typer

from ecrecon.base.errors import ExitCode
from ecrecon.base.variances import BY_CODE, DATING, VARIANCES
from ecrecon.cli.main import app
from ecrecon.issuing.targets import load_layouts
from ecrecon.issuing.targets.layout import VALUES, Column, Head, Limits
from ecrecon.pipeline.chain import glossary, table
from ecrecon.pipeline.stages import STAGES
from ecrecon.settings.workspace import Workspace

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def options() -> set[str]:
    found: set[str] = set()
    pending = [typer.main.get_command(app)]
    while pending:
        command = pending.pop()
        pending += list(getattr(command, "commands", {}).values())
        found |= {name for p in command.params for name in p.opts if name.startswith("--")}
    return found - {"--help"}


@pytest.mark.parametrize("readme", READMES)
def test_every_command_option_and_exit_code_is_in_both_readmes(readme: str) -> None:
    page = text(readme)
    for name in (
        "match",
        "audit",
        "formats list",
        "formats show",
        "formats identify",
        "trace",
        "vouchers",
        "verify",
        "diff",
        "init",
    ):
        assert f"ecrecon {name}" in page
    assert [name for name in sorted(options()) if name not in page] == []
    assert [code for code in ExitCode if f"| {int(code)} |" not in page] == []


def keys(model: type, found: set[str]) -> set[str]:
    for name, field in model.model_fields.items():
        found.add(field.alias or name)
        for part in (field.annotation, *getattr(field.annotation, "__args__", ())):
            if hasattr(part, "model_fields"):
                keys(part, found)
    return found


@pytest.mark.parametrize("readme", READMES)
def test_every_workspace_key_is_in_both_readmes(readme: str) -> None:
    page = text(readme)
    assert [key for key in sorted(keys(Workspace, set())) if not re.search(rf"\b{key}\b", page)] == []


def test_every_variance_type_has_its_row() -> None:
    page = text("docs/variances.md")
    for variance in VARIANCES.values():
        assert f"| {variance.code} | {variance.name} | {variance.zh} | {variance.kind} |" in page


def test_every_word_of_target_layouts_is_documented() -> None:
    page = text("docs/targets.md")
    names = (
        {name for model in (Head, Limits, Column) for name in model.model_fields} | set(VALUES) | set(load_layouts())
    )
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []


def test_the_pipeline_page_is_the_stage_table() -> None:
    page = text("docs/pipeline.md")
    assert table(STAGES) in page
    assert glossary(STAGES) in page


def test_both_readmes_have_the_same_shape() -> None:
    shapes = [[len(m) for m in re.findall(r"^(#+) ", text(name), re.M)] for name in READMES]
    assert shapes[0] == shapes[1]
    assert len({text(name).count("```") for name in READMES}) == 1


def test_the_repository_names_no_registry_and_no_machine_path() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    banned = re.compile("pypi" + r"\.org|files\.pythonhosted|/work" + "/main")
    suffixes = {".py", ".md", ".toml", ".txt", ".cfg", ""}
    hits = [
        n for n in listed if n and Path(n).suffix in suffixes and banned.search((ROOT / n).read_text("utf-8", "ignore"))
    ]
    assert hits == []


def test_every_variance_type_says_which_month_tells_it() -> None:
    page = text("docs/variances.md")
    assert set(DATING) == set(BY_CODE)
    for row in DATING.values():
        told = f"| {row.code} | {row.rule} | {row.en} | {row.zh} | {row.becomes_en} | {row.becomes_zh} |"
        assert told in page, told
