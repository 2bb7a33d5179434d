"""Files read in processes are read as in this one, whatever becomes of a process."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cli.samples import BILL, BILL_NAME, ORDERS, ORDERS_NAME
from tests.golden.goldens import profiles
from tests.store import dying
from tests.store.same import assert_same, assert_same_files

from ecrecon.base.errors import ConfigError
from ecrecon.base.texts import set_language
from ecrecon.quarantine.office import Passwords
from ecrecon.reading.containers import find_files
from ecrecon.reading.load import side_by_side
from ecrecon.store import Engine, StoredReader, parse_engine, workers
from ecrecon.store.engine import Task

pytestmark = pytest.mark.slow
ANY = Engine(workers=2, worth=0)


@pytest.fixture
def month(tmp_path: Path) -> Path:
    folder = tmp_path / "month"
    for name, text in (("a", BILL), ("dies", BILL.replace("13.80", "14.80")), ("c", BILL.replace("13.80", "x"))):
        path = folder / name / BILL_NAME
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="gb18030")
    (folder / ORDERS_NAME).write_text(ORDERS, encoding="gb18030")
    (folder / "cut.zip").write_bytes(b"PK\x03\x04 half")
    (folder / "leads-nowhere.csv").symlink_to(tmp_path / "nothing.csv")
    return folder


def tasks(month: Path, target: Path) -> list[Task]:
    target.mkdir()
    files = [file for file in find_files([month]) if file.obstacle is None]
    return [Task(file.path, file.display, target / str(place)) for place, file in enumerate(files)]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_two_processes_read_what_one_reads(month: Path, language: str) -> None:
    set_language(language)  # type: ignore[arg-type]
    try:
        files = find_files([month])
        assert_same_files(StoredReader(engine=ANY)(files, profiles(), Passwords()), side_by_side(files, profiles()))
    finally:
        set_language("zh")


def test_a_worker_that_dies_changes_nothing(month: Path, tmp_path: Path) -> None:
    todo = tasks(month, tmp_path / "target")
    assert all(workers.execute(todo, profiles(), 2, dying.at_the_first_attempt))
    read = side_by_side([file for file in find_files([month]) if file.obstacle is None], profiles())
    assert_same_files([workers.stored(task.target) for task in todo], read)


def test_a_file_that_every_worker_dies_of_costs_itself_alone(month: Path, tmp_path: Path) -> None:
    todo = tasks(month, tmp_path / "target")
    done = workers.execute(todo, profiles(), 2, dying.at_every_attempt)
    assert [task.display for task, one in zip(todo, done, strict=True) if not one] == [f"dies/{BILL_NAME}"]


def test_such_a_file_is_told_by_name(month: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "serve", dying.at_every_attempt)
    files = find_files([month])
    read = dict(
        zip([file.display for file in files], StoredReader(engine=ANY)(files, profiles(), Passwords()), strict=True)
    )
    told = read[f"dies/{BILL_NAME}"].parsed[0]
    assert told.source.kind == "unreadable"
    assert "两次中止" in told.source.reason
    assert told.findings["code"].to_list() == ["F01"]
    whole = dict(zip([file.display for file in files], side_by_side(files, profiles()), strict=True))
    assert_same(read[f"a/{BILL_NAME}"].parsed, whole[f"a/{BILL_NAME}"].parsed)


def test_of_large_files_one_is_read_at_a_time(month: Path, tmp_path: Path) -> None:
    todo = [Task(task.path, task.display, task.target, large=True) for task in tasks(month, tmp_path / "target")]
    assert all(workers.execute(todo, profiles(), 3))


@pytest.mark.parametrize(
    "text", ["", "local:0", "local:x", "local:99999", "dask://host:8786", "ray", "local:-1", "local:２"]
)
def test_another_engine_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError):
        parse_engine(text)


def test_engines_that_there_are() -> None:
    assert parse_engine("local:2").workers == 2
    assert parse_engine("local:1").workers == 1
    assert parse_engine(None).workers == 1
    assert parse_engine("local").workers >= 1
