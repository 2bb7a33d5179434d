"""The settings of a run: what is written down, and the digest of those that decide the result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from ecrecon.base.sources import Source
from ecrecon.judging.receipt.case import Case
from ecrecon.judging.receipt.judge import Judged
from ecrecon.pipeline.booking import posting_in_force
from ecrecon.pipeline.settings import RunSettings

WITHOUT_EFFECT: tuple[str, ...] = ("fail_on", "strict", "language", "out", "posting.targets")
"""Settings that decide where results go, in which words they are told, how the exit code is chosen and in which layouts
vouchers can be exported; no figure of a run changes with them. They stand in the manifest, not in the digest."""


def config_digest(settings: Mapping[str, object]) -> str:
    """SHA-256 of the settings that can change a result; equal for runs that must agree."""
    told = {name: value for name, value in settings.items() if name not in WITHOUT_EFFECT}
    for path in WITHOUT_EFFECT:
        table, _, name = path.rpartition(".")
        part = told.get(table)
        if isinstance(part, Mapping):
            told[table] = {key: value for key, value in part.items() if key != name}
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def settings_in_force(
    settings: RunSettings, case: Case, judged: Judged, sources: Sequence[Source]
) -> dict[str, object]:
    """JSON-able settings of the run: the workspace, terms and readings used; no clock, no absolute path."""
    workspace = json.loads(case.workspace.model_dump_json(by_alias=True))
    readings = [dict(row) for row in judged.readings.iter_rows(named=True)]
    return {
        **workspace,
        **posting_in_force(case.workspace, case.moment.end),
        "fail_on": settings.fail_on,
        "strict": settings.strict,
        "profiles_in_use": sorted({s.profile for s in sources if s.profile}),
        "readings": readings,
    }
