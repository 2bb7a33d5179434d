"""Learning a layout from a file: what the file proves, what has to be asked, and the profile that follows."""

from __future__ import annotations

from ecrecon.formats.learn.dialogue import parse_answers
from ecrecon.formats.learn.drift import propose_from
from ecrecon.formats.learn.meaning import Meaning, meanings
from ecrecon.formats.learn.model import Column, Decision, Question, Sample
from ecrecon.formats.learn.propose import Proposal, propose
from ecrecon.formats.learn.start import Start, find_start
from ecrecon.formats.learn.trial import Trial, try_profile
from ecrecon.formats.learn.words import Vocabulary, build_vocabulary
from ecrecon.formats.learn.writing import folder_of, register, registered, write_profile

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
