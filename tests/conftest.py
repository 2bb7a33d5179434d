"""Every test leaves Chinese behind. Hypothesis without deadlines and without luck: the same examples on every machine,
however busy it is; `HYPOTHESIS_PROFILE=explore` searches anew on every run. Months that several files of tests look at are
simulated, read and judged once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if "PYTEST_XDIST_WORKER" in os.environ:
    # One worker per core: threads beside it only take turns. `tests/cli/test_same_bytes.py` holds what they may not change.
    os.environ.setdefault("POLARS_MAX_THREADS", "1")

from ecrecon.base.texts import set_language

if TYPE_CHECKING:
    from ecrecon.pipeline.chain import Run

_PATIENT = [HealthCheck.too_slow]
settings.register_profile("steady", deadline=None, derandomize=True, database=None, suppress_health_check=_PATIENT)
settings.register_profile("explore", deadline=None, suppress_health_check=_PATIENT)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


@pytest.fixture(autouse=True)
def _chinese_again() -> Iterator[None]:
    yield
    set_language("zh")


@pytest.fixture(scope="session")
def sample_month() -> Run:
    """The sample month of the repository, judged."""
    from tests.months import SAMPLE, judged

    return judged(SAMPLE)


@pytest.fixture(scope="session")
def clean_company(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Shops of every platform with ERP and bank, judged; its truth lies beside the folder of its bills."""
    from benchmarks.simulator import clean_month
    from benchmarks.simulator.output import write
    from tests.months import judged

    folder = tmp_path_factory.mktemp("clean_company") / "month"
    write(clean_month(variant="full", seed=4, orders=800, sides=("erp", "bank")), folder)
    return judged(folder)


@pytest.fixture(scope="session")
def faulty_company(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The same with an ERP whose records print no cost, another bank, and faults in bills and between the sides."""
    from benchmarks.simulator.faults import faulty_month
    from benchmarks.simulator.output import write
    from tests.months import COMPANY_FAULTS, judged

    folder = tmp_path_factory.mktemp("faulty_company") / "month"
    sides = ("erp_jackyun", "bank_cmb")
    write(faulty_month(list(COMPANY_FAULTS), variant="full", seed=4, orders=800, sides=sides), folder)
    return judged(folder)


@pytest.fixture(scope="session", params=[("5", "clean"), ("11", "faults")], ids=["clean", "faults"])
def sold_month(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A month of two shops, booked with sales when the goods were confirmed."""
    from benchmarks.simulator.__main__ import main as simulate
    from tests.months import booked, confirmed, judged

    seed, scenario = request.param
    folder = tmp_path_factory.mktemp("sold") / "month"
    simulate(["month", "--out", str(folder), "--seed", seed, "--orders", "1200", "--scenario", scenario])
    month = judged(folder)
    return booked(month, confirmed(month))
