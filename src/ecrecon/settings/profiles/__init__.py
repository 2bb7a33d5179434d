"""Profiles: the closed vocabulary that says in TOML what one file layout is (docs/profiles.md).

Only words of these models are accepted; an unknown word is refused with the nearest known one. There is no arithmetic
and no condition on two rows, on purpose: the one escape is `quirk`, a named function of the interpreter.
"""

from ecrecon.settings.profiles.amounts import AmountTable, FieldSource, FieldSpec, SplitTable
from ecrecon.settings.profiles.category_rules import CategoryTable, Condition, Rule
from ecrecon.settings.profiles.layout import HeaderTable
from ecrecon.settings.profiles.loading import load_profile, load_profiles, profile_data, profile_from
from ecrecon.settings.profiles.order_rules import Reading, StatusTable
from ecrecon.settings.profiles.profile import Profile
from ecrecon.settings.profiles.row_rules import BalanceControl, CountControl, PocketRule, StateRule
from ecrecon.settings.profiles.shared import shortened
from ecrecon.settings.profiles.words import Name, Regex, Texts, Word, normal_name, unsigned

__all__ = [
    "AmountTable",
    "BalanceControl",
    "CategoryTable",
    "Condition",
    "CountControl",
    "FieldSource",
    "FieldSpec",
    "HeaderTable",
    "Name",
    "PocketRule",
    "Profile",
    "Reading",
    "Regex",
    "Rule",
    "SplitTable",
    "StateRule",
    "StatusTable",
    "Texts",
    "Word",
    "load_profile",
    "load_profiles",
    "normal_name",
    "profile_data",
    "profile_from",
    "shortened",
    "unsigned",
]
