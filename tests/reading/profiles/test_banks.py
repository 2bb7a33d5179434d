"""What all bank profiles have in common: one category table, no private names, the sign of 借 and 贷."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.golden.goldens import FOLDER, profiles, sample_read, samples

from ecrecon.reading.load import load
from ecrecon.settings.profiles import Profile, normal_name

BANKS = [profile for profile in profiles() if profile.profile.platform == "bank"]
SAMPLES = [path for path in samples() if path.parent.name.startswith("bank.")]
PEOPLE = ("张三", "李四", "王五")


def test_there_are_banks() -> None:
    assert len(BANKS) >= 19


@pytest.mark.parametrize("profile", BANKS, ids=lambda p: p.id)
def test_all_banks_use_the_table_of_banks(profile: Profile) -> None:
    assert "bank" in profile.profile.use
    assert profile.profile.kind == "bank"
    assert profile.controls.balance, "every statement prints a running balance"


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_no_person_stays_in_a_frame_and_organisations_do(sample: Path) -> None:
    frame = sample_read(sample).frame
    assert frame is not None
    text = frame.write_csv()
    assert not [name for name in PEOPLE if name in text]
    assert set(frame.filter(category="withdrawal")["channel"].cast(str)) <= {
        "支付宝（中国）网络技术有限公司",
        "财付通支付科技有限公司",
        "PAYONEER HK LTD",
    }


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda p: p.relative_to(FOLDER).as_posix())
def test_a_payout_is_money_in(sample: Path) -> None:
    frame = sample_read(sample).frame
    assert frame is not None
    payouts = frame.filter(category="withdrawal")
    assert payouts.height
    assert (payouts["amount_minor"] > 0).all()


def test_translation_behind_a_name_is_dropped() -> None:
    assert normal_name("交易类型[ Transaction Type ]") == "交易类型"
    assert normal_name("客户申请号[ Online Banking Transaction Ref. (Customer Ref.No.) ]") == "客户申请号"
    assert normal_name("amount [net]") == "amount[net]"
    assert normal_name("借／贷") == normal_name("借/贷") and normal_name("优惠①：费率折扣") == "优惠①:费率折扣"
    assert normal_name("金额[元]") == "金额[元]"


def test_accounts_of_one_file_are_told_apart(tmp_path: Path) -> None:
    source = FOLDER / "bank.treasury" / "accounts.csv"
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    lines = [line for line in lines if not line.startswith("账号")]
    lines[-1] = lines[-1].replace("11000000000000000008", "11000000000000000009")
    path = tmp_path / "two.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    parsed = load([path], profiles(), workers=1)
    assert [one.source.account for one in parsed] == ["11000000000000000008", "11000000000000000009"]
    assert [one.source.rows for one in parsed] == [1, 1]
    assert [one.source.income_minor for one in parsed] == [100000, 0]
    assert len({one.source.coverage for one in parsed}) == 1  # a quiet account is covered as well
    assert all(one.findings.is_empty() for one in parsed)
