"""A layout as TOML, for a person to check and mend."""

from __future__ import annotations

import json

from ecrecon.issuing.targets.layout import Layout, Word


def layout_text(layout: Layout) -> str:
    """The file of a layout; only what differs from the defaults."""
    out = ["[target]", *_keys(layout.target), "", "[limits]", *_keys(layout.limits)]
    for column in layout.column:
        out += ["", "[[column]]", *_keys(column)]
    return "\n".join(out) + "\n"


def _keys(table: Word) -> list[str]:
    set_keys = table.model_dump(exclude_defaults=True, exclude_none=True)
    return [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in set_keys.items()]
