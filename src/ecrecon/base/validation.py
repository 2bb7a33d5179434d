"""What is wrong in a configuration file, in one sentence per fault: the key, what stands there, what fits, the nearest."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ecrecon.base.errors import ConfigError
from ecrecon.base.resources import configs_dir
from ecrecon.base.texts import language, tr

ModelT = TypeVar("ModelT", bound=BaseModel)

_WANTED = {
    "string": "文本，例如 \"abc\"", "int": "整数", "float": "数字", "bool": "true 或 false", "date": "日期，例如 2026-10-01",
    "list": "列表，例如 [\"a\", \"b\"]", "dict": "表，例如 { a = \"b\" }", "model": "表，例如 { a = \"b\" }",
}  # fmt: skip


_LIMITS = {
    "greater_than_equal": "写的是 {value}，应不小于 {limit}", "less_than_equal": "写的是 {value}，应不大于 {limit}",
    "too_short": "至少要有 {limit} 项", "too_long": "最多 {limit} 项",
}  # fmt: skip
LONGEST_QUOTE = 60


def shipped_settings(name: str, model: type[ModelT]) -> ModelT:
    """The shipped file configs/`name` as `model`; raise ConfigError when it does not fit."""
    path = configs_dir() / name
    return validated(read_toml(path), model, path.name)


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of a TOML file in UTF-8; raise ConfigError, with line and column, when it cannot be read.

    Decimal fractions stay decimal. An integer of thousands of digits and tables nested thousands deep are faults.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"), parse_float=Decimal)
    except (OSError, ValueError, RecursionError) as error:
        raise unreadable_toml(path, error) from None


def validated(data: dict[str, Any], model: type[ModelT], name: str, hint: str = "") -> ModelT:
    """Parsed TOML as `model`; raise ConfigError that names the file `name`, each wrong key and the nearest known one."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise ConfigError(f"{name}: {explain_validation(error, model)}", hint) from None


def explain_validation(error: ValidationError, model: type[BaseModel]) -> str:
    """All validation errors in one line each, with the nearest known key where a key is unknown."""
    return tr("；", "; ").join(_one(dict(item), model) for item in error.errors())


def _one(item: dict[str, Any], model: type[BaseModel]) -> str:
    where = ".".join(str(step) for step in item["loc"])
    if item["type"] == "extra_forbidden":
        near = nearest(str(item["loc"][-1]), _all_keys(model))
        return tr(f"未知的键 {where!r}", f"unknown key {where!r}") + near
    said = item["msg"].removeprefix("Value error, ")
    if language() == "zh":
        said = _chinese(item, said)
    return f"{where or tr('文件', 'file')}: {said}"


def shown(value: object) -> str:
    """A value as a message quotes it: as it was written, one line, cut where it is long."""
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE] + " …"


def _chinese(item: dict[str, Any], said: str) -> str:
    """The common faults in Chinese; a sentence of our own validators is in the language of the run already."""
    kind, _, rest = item["type"].partition("_")
    if item["type"] == "missing":
        return "缺少这个键"
    if item["type"] == "literal_error":
        return f"写的是 {shown(item['input'])}，应为 {item['ctx']['expected'].replace(' or ', ' 或 ')}"
    if kind in _WANTED and rest:
        return f"写的是 {shown(item['input'])}，应为 {_WANTED[kind]}"
    limit = next(
        (item["ctx"][key] for key in ("ge", "le", "min_length", "max_length") if key in item.get("ctx", {})), None
    )
    if limit is not None and item["type"] in _LIMITS:
        return _LIMITS[item["type"]].format(limit=limit, value=shown(item["input"]))
    return said


def nearest(word: str, known: Iterable[str]) -> str:
    """`, did you mean 'x'?` with the nearest of `known`, or nothing."""
    near = difflib.get_close_matches(word, sorted(known), 1)
    return tr(f"，最接近的是 {near[0]!r}", f", did you mean {near[0]!r}?") if near else ""


def unreadable_toml(path: Path, error: Exception) -> ConfigError:
    """The error for a TOML file that cannot be read; `error` names line and column."""
    if isinstance(error, UnicodeDecodeError):
        return ConfigError(
            tr(f"{path.name} 不是 UTF-8 编码（第 {error.start + 1} 个字节起），可能存成了 GBK 或 UTF-16",
               f"{path.name} is not UTF-8 (from byte {error.start + 1} on); it may have been saved as GBK or UTF-16"),
            tr("用记事本打开，“另存为”时编码选 UTF-8", "open it in an editor and save it as UTF-8"),
        )  # fmt: skip
    if isinstance(error, OSError):
        return ConfigError(
            tr(f"{path} 读不了：{error.strerror or error}", f"{path} cannot be read: {error.strerror or error}"),
            tr("检查路径和权限；应为 TOML 文本文件", "check path and permissions; it should be a TOML text file"),
        )
    if isinstance(error, RecursionError):
        error = ValueError(tr("括号嵌套太深", "brackets nested too deep"))
    return ConfigError(
        tr(f"{path.name} 不是可读的 TOML 文件：{error}", f"{path.name}: not a readable TOML file: {error}"),
        tr("检查该处的引号和括号，文件须为 UTF-8", "check quotes and brackets there; the file must be UTF-8"),
    )


def _all_keys(model: type[BaseModel], seen: frozenset[type[BaseModel]] = frozenset()) -> set[str]:
    """Every key of `model` and of the models inside it."""
    keys: set[str] = set()
    for name, info in model.model_fields.items():
        keys.add(info.alias or name)
        for inner in _models_in(info.annotation):
            if inner not in seen:
                keys |= _all_keys(inner, seen | {model})
    return keys


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in getattr(annotation, "__args__", ()) for m in _models_in(part)]
