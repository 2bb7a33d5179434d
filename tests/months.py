"""A month that several tests look at: read and judged once, booked as often as they ask.

What the accountant chooses for the books (standard, VAT status, policies) is read by the stages from `sales` on alone;
`tests/booking/targets/test_whole_months.py` compares with a whole run.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ecrecon.judging.receipt.case import Case
from ecrecon.pipeline import RunSettings, find_config, read_workspace
from ecrecon.pipeline.chain import Run, walk
from ecrecon.pipeline.stages import STAGES
from ecrecon.settings.workspace import Workspace

SAMPLE = Path(__file__).parents[1] / "sample_bills" / "2026-10"
BETWEEN_SIDES = {
    "sold_not_recorded": "X05", "paid_not_shipped": "X06", "payout_not_in_bank": "X07", "bank_not_in_payout": "X08",
    "recorded_not_on_platform": "X10",
}  # fmt: skip
IN_BILLS = {
    "missing_receipt": "X02", "short_receipt": "A02", "double_receipt": "A05", "refund_not_in_bill": "R01",
    "refund_not_in_book": "R02", "coupon_missing": "C06", "receipt_without_reference": "X04",
}  # fmt: skip
COMPANY_FAULTS = (
    *BETWEEN_SIDES, "paid_not_shipped@own_a", "payout_not_in_bank@own_b", "payout_not_in_bank@wx_a", *IN_BILLS,
)  # fmt: skip
POST = [stage.name for stage in STAGES].index("sales")


def judged(folder: Path, period: str | None = None) -> Run:
    """The month in `folder`, reconciled and not booked yet."""
    config = find_config((folder,), None)
    settings = RunSettings(paths=(folder,), workspace=read_workspace(config), config=config, period=period)
    return walk(Run([settings]), STAGES[:POST])


def booked(before: Run, workspace: Workspace, through: str = STAGES[-1].name) -> Run:
    """The judged month under the books of `workspace`, up to the stage `through`; every law of those stages is proved."""
    case = replace(before[Case], workspace=workspace)  # what the report says is in force
    last = [stage.name for stage in STAGES].index(through)
    given = before.having(replace(before[RunSettings], workspace=workspace), case)
    return walk(given, STAGES[POST : last + 1])


def confirmed(month: Run) -> Workspace:
    """The workspace of the month, with sales when the buyer confirms."""
    given = month[RunSettings].workspace
    return given.model_copy(
        update={"posting": given.posting.model_copy(update={"policy": {"revenue_point": "confirmed"}})}
    )
