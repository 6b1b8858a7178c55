"""How long what is kept, per jurisdiction: data, each figure with the rule that it follows.

A profile is a starting point for whoever is responsible, and no legal advice: the law of the
place, a contract or a works agreement may ask for more or for less, and a setting outranks each
figure.  Law says "no longer than necessary" far more often than it names a number; where it names
none, the source says whose practice the figure is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

Profile = Literal["cn", "eu"]


class Kept(StrEnum):
    """A kind of data that has a time of its own; the name of its setting is ``<it>_days``."""

    HISTORY = "history"  #: positions, events, orders, trips and their estimates
    PRIVATE = "private"  #: positions of private vehicles between their trips
    RECORD = "record"  #: nodes, visits, waybills with evidence, alerts, queries, exceptions
    CONTACT = "contact"  #: names, telephones, addresses on what is over; who asked
    AUDIT = "audit"  #: the trail
    DEAD_LETTER = "dead_letter"  #: input that became no fix
    SHARE = "share"  #: links and how often they were opened, after their end


@dataclass(frozen=True, slots=True)
class Rule:
    """A time and why."""

    days: int
    source: str  #: the law, standard or practice, in plain words


#: China.  Titles of laws as they are published; PIPL: Personal Information Protection Law.
_CN = {
    Kept.HISTORY: Rule(
        183,
        "half a year, as is the practice of freight platforms; PIPL Art. 19: no longer than needed",
    ),
    Kept.PRIVATE: Rule(
        4, "PIPL Art. 28: whereabouts are sensitive; four days, since a repair reaches back three"
    ),
    Kept.RECORD: Rule(
        1096,
        "Measures for Dynamic Supervision of Road Transport Vehicles Art. 25: violations and their "
        "handling three years; Civil Code Art. 188: claims end after three years",
    ),
    Kept.CONTACT: Rule(365, "PIPL Art. 19: no longer than needed; a year for complaints"),
    Kept.AUDIT: Rule(
        1096,
        "PIPL Art. 56: records of processing three years; Cybersecurity Law Art. 21: logs at least "
        "six months",
    ),
    Kept.DEAD_LETTER: Rule(30, "time to find out why, and to send them in again"),
    Kept.SHARE: Rule(183, "Cybersecurity Law Art. 21: logs at least six months"),
}

#: The European Union.
_EU = {
    Kept.HISTORY: Rule(
        60, "GDPR Art. 5(1)(e); two months is what Luxembourg's CNPD takes for tracked vehicles"
    ),
    Kept.PRIVATE: Rule(
        4, "CNPD: no tracking outside of work; four days, since a repair reaches back three"
    ),
    Kept.RECORD: Rule(
        1096, "CMR Art. 32: claims end after a year, after three for wilful misconduct"
    ),
    Kept.CONTACT: Rule(90, "GDPR Art. 5(1)(c) and (e); three months for complaints"),
    Kept.AUDIT: Rule(366, "GDPR Art. 5(2): to be able to show who looked; a year and a day"),
    Kept.DEAD_LETTER: Rule(
        30, "GDPR Art. 5(1)(e); time to find out why, and to send them in again"
    ),
    Kept.SHARE: Rule(30, "GDPR Art. 5(1)(e); a month for questions about who had a link"),
}

#: What each profile says of each kind.
PROFILES: Mapping[Profile, Mapping[Kept, Rule]] = MappingProxyType(
    {"cn": MappingProxyType(_CN), "eu": MappingProxyType(_EU)}
)

#: What a figure that a setting gives instead is told to rest on.
SET = "as set for this installation"

#: Days that a repair reaches back: private positions go later.
LEAST_PRIVATE = 4


@dataclass(frozen=True, slots=True)
class Retained:
    """What is in force for one kind."""

    kind: Kept
    days: int
    source: str
    profile: Profile
    setting: str  #: the variable that changes it


def in_force(profile: Profile, given: Mapping[Kept, int]) -> tuple[Retained, ...]:
    """The rules of ``profile``, a figure above 0 in ``given`` instead of its own.

    The record is never kept for a shorter time than the history that it was made from: a repair
    would make it anew.
    """
    rules = PROFILES[profile]
    days = {kind: given.get(kind, 0) or rule.days for kind, rule in rules.items()}
    days[Kept.RECORD] = max(days[Kept.RECORD], days[Kept.HISTORY])
    return tuple(
        Retained(
            kind,
            days[kind],
            rule.source if days[kind] == rule.days else SET,
            profile,
            f"MILEPOST_RETENTION__{kind.value.upper()}_DAYS",
        )
        for kind, rule in rules.items()
    )
