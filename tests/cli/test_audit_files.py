"""`audit` over files that came twice."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.test_xiaohongshu_shop import usual_month
from tests.reading.containers.build import PDD
from typer.testing import CliRunner

from ecrecon.cli.main import app
from ecrecon.pipeline import RunSettings
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import AUDIT_STAGES
from ecrecon.pipeline.values import Ledger, OrderBooks

GOLDEN = Path(__file__).resolve().parents[1] / "golden"


def test_rows_without_a_date_in_two_downloads_are_findings_and_stop_nothing(tmp_path: Path) -> None:
    text = PDD.replace(",2026-05-09 20:00:00,", ",,")
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(text, encoding="gb18030")
    result = CliRunner().invoke(app, ["audit", str(tmp_path), "--json"])
    assert [source["rows"] for source in json.loads(result.stdout)["sources"]] == [2, 2]
    assert result.exit_code == 1


def test_sheets_and_pockets_of_one_file_are_named(tmp_path: Path) -> None:
    shop = usual_month()
    shop.write(tmp_path, "order")
    result = CliRunner().invoke(app, ["audit", str(tmp_path)])
    heads = [line.strip() for line in result.stdout.splitlines() if " xiaohongshu.x1 " in line]
    assert [head.rpartition(" · ")[2] for head in heads] == [
        "xiaohongshu:red_a", "xiaohongshu:red_a:alipay", "xiaohongshu:red_a:wechat",
    ]  # fmt: skip
    assert all(" · 货款 · " in head for head in heads)
    assert result.exit_code == 0


def test_a_file_that_repeats_its_row_thousands_of_times_is_one_frame_of_findings(tmp_path: Path) -> None:
    lines = (GOLDEN / "alipay.a1" / "full_16_columns.csv").read_bytes().split(b"\n")
    at = next(place for place, line in enumerate(lines) if line.startswith(b"157"))
    (tmp_path / "a.csv").write_bytes(b"\n".join([*lines[:at], *[lines[at]] * 20_000, *lines[at:]]))
    run = walk(Run([RunSettings((tmp_path,))]), AUDIT_STAGES)
    repeated = [frame for frame in run[OrderBooks].findings if frame.height and frame["code"][0] == "F09"]
    assert [frame.height for frame in repeated] == [20_000]
    assert run[Ledger].sources[0].rows == 20_006
