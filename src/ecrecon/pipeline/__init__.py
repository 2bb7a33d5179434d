"""One declared table of stages and a small runner: from files to a report object."""

from ecrecon.pipeline.run import Audit, run_audit, run_match
from ecrecon.pipeline.settings import (
    RunSettings,
    collect_passwords,
    facts_folder,
    find_config,
    inside,
    is_file,
    is_folder,
    out_base,
    parse_as_of,
    parse_period,
    read_workspace,
)

__all__ = [
    "Audit",
    "RunSettings",
    "collect_passwords",
    "facts_folder",
    "find_config",
    "inside",
    "is_file",
    "is_folder",
    "out_base",
    "parse_as_of",
    "parse_period",
    "read_workspace",
    "run_audit",
    "run_match",
]
