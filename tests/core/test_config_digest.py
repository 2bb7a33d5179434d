"""The digest of the configuration: every setting that can change a result is in it, nothing else."""

from __future__ import annotations

import json
from datetime import date
from typing import Any, get_args, get_type_hints

import pytest
from pydantic import BaseModel

from ecrecon.pipeline.reporting import WITHOUT_EFFECT, config_digest
from ecrecon.settings.workspace import Bank, ForeignRate, Opening, Rate, Shop, Workspace

OTHER: dict[str, Any] = {
    "company": "另一家", "standard": "sbe", "vat_status": "small", "language": "en", "out": "elsewhere",
    "opening.date": date(2026, 1, 1), "opening.grace_days": 1, "opening.horizon_days": 1,
    "tolerances.group": "0.02", "tolerances.batch": "0.01", "tolerances.cap": "1.00",
    "posting.accounts": {"wallet": "1012"}, "posting.names": {"wallet": "x"}, "posting.word": "收",
    "posting.preparer": "x", "posting.default_accounts": False, "posting.policy": {"revenue_point": "shipped"},
    "posting.fx": [ForeignRate(currency="USD", **{"from": date(2026, 1, 1)}, rate="7.1")],
    "posting.input_vat_categories": [], "posting.receipt_granularity": "line", "posting.ageing_edges": [30],
    "posting.ageing_basis": "due_date", "posting.accrue_fees_from": "2026-01", "posting.chart": "chart.csv",
    "posting.dimensions": {"1122": ["shop"]}, "posting.codes": {"shop": {"a": "1"}}, "posting.targets": ["layouts"],
    "shops": [Shop(name="a", platform="pdd")], "banks": [Bank(name="cmb")], "goods.exempt": ["x"],
    "alerts.variance": "1.00", "alerts.shop": "1.00", "alerts.overdue_days": 1, "alerts.refund_rate": "0.1",
    "alerts.missing_days": 1, "fake_orders": ["1"], "fake_orders_reason": "x", "fake_orders_approver": "x",
    "profiles": ["own"],
}  # fmt: skip
SHOP: dict[str, Any] = {
    "name": "b", "platform": "jd", "paths": ["x/**"], "accounts": ["1"], "settlement_days": 3, "payers": ["x"],
    "erp_names": ["x"], "rates": [Rate(category="commission", rate="0.05")],
    "opening": Opening(grace_days=1), "gross": True, "vat_rate": "0.13",
}  # fmt: skip
UNWRITTEN = {"passwords", "password_file", "facts"}
"""What they open shows in the files of a run; they stand in no output. What is kept in `facts` changes none."""


def settings(workspace: Workspace, **more: object) -> dict[str, object]:
    """What a run puts into the manifest, as far as the configuration decides it."""
    return {**json.loads(workspace.model_dump_json(by_alias=True)), "fail_on": "break", "strict": False, **more}


def keys(model: type[BaseModel], before: str = "") -> set[str]:
    """Every key of the workspace, tables opened; lists of tables stand as one key."""
    found = set()
    for name, field in model.model_fields.items():
        kind = get_type_hints(model)[name]
        key = before + (field.alias or name)
        if isinstance(kind, type) and issubclass(kind, BaseModel) and not get_args(kind):
            found |= keys(kind, f"{key}.")
        else:
            found.add(key)
    return found


def changed(key: str, value: Any) -> Workspace:
    table, _, name = key.rpartition(".")
    if not table:
        return Workspace(**{name: value})
    return Workspace(**{table: {name: value}})


def test_every_key_of_the_workspace_is_tried() -> None:
    assert keys(Workspace) == set(OTHER) | UNWRITTEN
    assert {field.alias or name for name, field in Shop.model_fields.items()} == set(SHOP)


@pytest.mark.parametrize("key", sorted(OTHER))
def test_a_setting_changes_the_digest_where_it_can_change_a_result(key: str) -> None:
    plain, other = settings(Workspace()), settings(changed(key, OTHER[key]))
    assert plain != other
    assert (config_digest(plain) == config_digest(other)) == (key in WITHOUT_EFFECT)


@pytest.mark.parametrize("key", sorted(SHOP))
def test_every_setting_of_a_shop_changes_it(key: str) -> None:
    shop = {"name": "a", "platform": "pdd"}
    plain, other = (settings(Workspace(shops=[Shop(**given)])) for given in (shop, {**shop, key: SHOP[key]}))
    assert config_digest(plain) != config_digest(other)


@pytest.mark.parametrize(("key", "value"), [("fail_on", "never"), ("strict", True), ("language", "en"), ("out", "/x")])
def test_how_a_run_is_told_is_no_part_of_it(key: str, value: object) -> None:
    assert config_digest(settings(Workspace())) == config_digest(settings(Workspace(), **{key: value}))
    assert config_digest(settings(Workspace())) != config_digest(settings(Workspace(), readings=[{"reading": 2}]))
