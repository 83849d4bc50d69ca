"""The law: rules with dated versions, their reading from files, and what they refuse."""

from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.law.model import (
    APPLIES_BY_WORDS,
    CHECKED_WORDS,
    Bracket,
    ChargeRate,
    Ladder,
    Late,
    LawBook,
    LevyBasis,
    Rule,
    RuleVersion,
    Rung,
    require_kind,
)
from caseflow.domain.law.parsing import parse_law
from caseflow.domain.law.refusals import (
    DateMissing,
    FineOutOfRange,
    LawRefusal,
    NoBracket,
    NoLawInForce,
    NoLimitThen,
    NotThisKind,
    Repeal,
    StraddlingDecision,
    UnknownRule,
)

__all__ = [
    "APPLIES_BY_WORDS",
    "CHECKED_WORDS",
    "Bracket",
    "ChargeRate",
    "Checked",
    "Citation",
    "DateMissing",
    "FineOutOfRange",
    "Ladder",
    "Late",
    "LawBook",
    "LawRefusal",
    "LevyBasis",
    "NoBracket",
    "NoLawInForce",
    "NoLimitThen",
    "NotThisKind",
    "Repeal",
    "Rule",
    "RuleVersion",
    "Rung",
    "StraddlingDecision",
    "UnknownRule",
    "parse_law",
    "require_kind",
]
