"""Two languages, one call: `tr(chinese, english)` returns the text in the language of the run.

Both texts stand side by side where they are used, so neither can be forgotten.
"""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["zh", "en"]
LANGUAGES: tuple[str, ...] = get_args(Language)

_language: Language = "zh"


def set_language(language: Language) -> None:
    """Choose the language of all later texts of this process."""
    global _language  # noqa: PLW0603  one process has one reader
    _language = "en" if language == "en" else "zh"  # a plain word, also where an option's own class was given


def language() -> Language:
    """Return the language in force."""
    return _language


def tr(zh: str, en: str) -> str:
    """Return `zh` or `en`."""
    return zh if _language == "zh" else en
