"""`audit` over files that came twice."""

from __future__ import annotations

import json
from pathlib import Path

from tests.formats.containers.build import PDD
from typer.testing import CliRunner

from ecrecon.cli.main import app


def test_rows_without_a_date_in_two_downloads_are_findings_and_stop_nothing(tmp_path: Path) -> None:
    text = PDD.replace(",2026-05-09 20:00:00,", ",,")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(text, encoding="gb18030")
    result = CliRunner().invoke(app, ["audit", str(tmp_path), "--json"])
    assert [source["rows"] for source in json.loads(result.stdout)["sources"]] == [2, 2]
    assert result.exit_code == 1
