"""Are two readings equal in every field?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from ecrecon.base.sources import Parsed
from ecrecon.reading.load import FileRead


def assert_same(one: Sequence[Parsed], other: Sequence[Parsed]) -> None:
    """Sources field by field (zones of times, too), frames and findings with their types and order."""
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        for field in fields(left.source):
            mine, its = getattr(left.source, field.name), getattr(right.source, field.name)
            assert mine == its, field.name
            assert type(mine) is type(its), field.name
            if isinstance(mine, datetime):
                assert mine.tzinfo is its.tzinfo
        assert left.findings.schema == right.findings.schema
        assert left.findings.equals(right.findings)
        assert (left.frame is None) == (right.frame is None)
        if left.frame is not None and right.frame is not None:
            assert left.frame.schema == right.frame.schema
            assert left.frame.equals(right.frame)


def assert_same_files(one: Sequence[FileRead], other: Sequence[FileRead]) -> None:
    """The same of whole files."""
    assert len(one) == len(other)
    for left, right in zip(one, other, strict=True):
        assert left.locked == right.locked
        assert_same(left.parsed, right.parsed)
