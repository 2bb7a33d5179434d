"""Learning a layout from a file: what the file proves, what has to be asked, and the profile that follows."""

from __future__ import annotations

from ecrecon.learning.dialogue import parse_answers
from ecrecon.learning.meaning import Meaning, meanings
from ecrecon.learning.model import Column, Decision, Question, Sample
from ecrecon.learning.propose import Proposal, Trial, propose, try_profile
from ecrecon.learning.renamed_columns import propose_from
from ecrecon.learning.start import Start, find_start
from ecrecon.learning.vocabulary import Vocabulary, build_vocabulary
from ecrecon.learning.writing import folder_of, register, registered, write_profile

__all__ = [
    "Column",
    "Decision",
    "Meaning",
    "Proposal",
    "Question",
    "Sample",
    "Start",
    "Trial",
    "Vocabulary",
    "build_vocabulary",
    "find_start",
    "folder_of",
    "meanings",
    "parse_answers",
    "propose",
    "propose_from",
    "register",
    "registered",
    "try_profile",
    "write_profile",
]
