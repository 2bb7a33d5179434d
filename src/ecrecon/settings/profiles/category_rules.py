"""What a line is in accounting terms: `[category]` and the conditions of its rules."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ecrecon.settings.profiles.words import CategoryName, Regex, Texts, Word


class Condition(Word):
    """A test of one field's text in a rule."""

    equals: Texts | None = None
    contains: Texts | None = None
    prefix: Texts | None = None
    regex: Regex | None = None


class Rule(Word):
    """`when = { field = {...}, sign = "+" }`, `is = category`: all tests of a rule must hold; the first rule wins."""

    when: dict[str, Condition | Literal["+", "-"]]
    is_: CategoryName = Field(alias="is")

    @property
    def tests(self) -> dict[str, Condition]:
        """Field name -> condition, without the sign."""
        return {k: v for k, v in self.when.items() if isinstance(v, Condition)}

    @property
    def sign(self) -> str | None:
        """`+`, `-` or None."""
        value = self.when.get("sign")
        return value if isinstance(value, str) else None


class CategoryTable(BaseModel):
    """`[category]`: `order` names rule lists and field maps; the first answer wins."""

    model_config = ConfigDict(extra="allow", frozen=True)
    order: list[str]
    rules: dict[str, list[Rule]] = Field(default_factory=dict)
    maps: dict[str, dict[str, CategoryName]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _sort_out(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        lists = {k: v for k, v in data.items() if isinstance(v, list) and k != "order"}
        maps = {k: v for k, v in data.items() if isinstance(v, dict)}
        return {"order": data.get("order", []), "rules": lists, "maps": maps}

    @model_validator(mode="after")
    def _order_known(self) -> CategoryTable:
        known = set(self.rules) | set(self.maps)
        for name in self.order:
            if name not in known:
                raise ValueError(f"category.order names {name!r}, which is neither a rule list nor a map here")
        unused = sorted(known - set(self.order))
        if unused:
            raise ValueError(f"category.{unused[0]} is never used: add it to category.order")
        return self
