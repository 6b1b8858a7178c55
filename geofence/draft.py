"""One fence as somebody's file has it, made a draft of ours; every fault names its field.

All forms of file give the same: properties under the names of the API (``radius_m``, ``role``),
as JSON values or as text, and a GeoJSON geometry.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from fleet.fences import Confidence, Datum, FenceTerms, Hours, Role, StopRule
from geofence.rings import Fault, Unusable
from geofence.shapes import read_outline
from geofence.terms import Given, check, default_radius, terms

#: What a code of a fence or a site may be: it stands in paths and in names of files.
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
#: A name: no control characters, no halves of characters.
NAME = re.compile(r"[^\x00-\x1f\x7f\ud800-\udfff]{1,100}")

_YES, _NO = ("true", "yes", "1", "是"), ("false", "no", "0", "否")

#: Properties that are read; any other is reported as ignored.
FIELDS = frozenset(
    {
        "code",
        "name",
        "name_zh",
        "name_en",
        "site",
        "parent",
        "role",
        "radius_m",
        "node_level",
        "margin_m",
        "dwell_in_s",
        "dwell_out_s",
        "stop_rule",
        "hours",
        "confidence",
        "datum",
        "entered_in",
    }
)
#: Properties that our own export writes and an import has no use for.
DERIVED = frozenset(
    {
        "shape",
        "version",
        "valid_from",
        "valid_to",
        "author",
        "reason",
        "recorded_at",
        "zone",
    }
)

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Raw:
    """One fence of a file, not judged yet."""

    line: int  #: of the file; of GeoJSON the number of the feature, from 1
    properties: Mapping[str, object]
    geometry: object  #: GeoJSON


@dataclass(frozen=True, slots=True)
class FenceDraft:
    """A fence to be made."""

    code: str
    name_zh: str
    name_en: str
    site: str | None  #: code; None: a site of its own, with the fence's code and names
    parent: str | None  #: code of the fence it lies in
    terms: FenceTerms


def draft(raw: Raw, datum: Datum) -> FenceDraft | Fault:
    """The fence that ``raw`` describes, or the first thing that is wrong with it.

    Args:
        raw: what the file says.
        datum: what its positions were entered in.
    """
    try:
        return _draft(raw, datum)
    except Unusable as unusable:
        return unusable.fault


def _draft(raw: Raw, datum: Datum) -> FenceDraft:
    said = {name: value for name, value in raw.properties.items() if not _is_blank(value)}
    code = _code(said, "code")
    if code is None:
        raise Unusable("code", "missing: without it the fence cannot be found again")
    _check_datum(said, datum)
    role = _word(said, "role", Role) or Role.OTHER
    radius = _number(said, "radius_m")
    kind = raw.geometry.get("type") if isinstance(raw.geometry, Mapping) else None
    if radius is None and kind == "Point":
        radius = default_radius(role)
    outline = read_outline(raw.geometry, radius, datum)
    if isinstance(outline, Fault):
        raise Unusable(outline.where, outline.why)
    given = _given(said, datum)
    fault = check(given)
    if fault is not None:
        raise Unusable(fault.where, fault.why)
    name = _name(said, "name") or code
    name_zh, name_en = _name(said, "name_zh"), _name(said, "name_en")
    return FenceDraft(
        code=code,
        name_zh=name_zh or name_en or name,
        name_en=name_en or name_zh or name,
        site=_code(said, "site"),
        parent=_code(said, "parent"),
        terms=terms(outline, role, **given),
    )


def _given(said: Mapping[str, object], datum: Datum) -> Given:
    """The terms that are said, the others left out."""
    entered = _word(said, "entered_in", Datum) if datum is Datum.WGS84 else None
    found: dict[str, object] = {
        "node_level": _flag(said, "node_level"),
        "margin": _number(said, "margin_m"),
        "dwell_in": _number(said, "dwell_in_s"),
        "dwell_out": _number(said, "dwell_out_s"),
        "stop_rule": _word(said, "stop_rule", StopRule),
        "hours": _hours(said),
        "confidence": _word(said, "confidence", Confidence),
        "datum": entered or datum,
    }
    given: Given = {name: value for name, value in found.items() if value is not None}  # type: ignore[assignment]  # its keys are those of Given
    return given


def _is_blank(value: object) -> bool:
    """Whether a cell or property says nothing."""
    return value is None or (isinstance(value, str) and not value.strip())


def _shown(value: object) -> str:
    """A value in a sentence, not longer than a sentence."""
    return repr(value)[:60]


def _check_datum(said: Mapping[str, object], datum: Datum) -> None:
    """Refuse a fence that says it is of another datum than the file is read as."""
    own = _word(said, "datum", Datum)
    if own is not None and own is not datum:
        raise Unusable("datum", f"{own.value}, but the file is read as {datum.value}")


def _text(
    said: Mapping[str, object], field: str, pattern: re.Pattern[str], rule: str
) -> str | None:
    value = said.get(field)
    if value is None:
        return None
    # Numbers are what a spreadsheet or an untyped exporter makes of the code 1001.
    text = str(value).strip() if isinstance(value, str | int) else ""
    if not pattern.fullmatch(text):
        raise Unusable(field, f"{_shown(value)} is not usable: {rule}")
    return text


def _code(said: Mapping[str, object], field: str) -> str | None:
    return _text(said, field, CODE, "1 to 32 of A-Z a-z 0-9 _ . -, letter or digit first")


def _name(said: Mapping[str, object], field: str) -> str | None:
    return _text(said, field, NAME, "1 to 100 characters, none of them a control character")


def _number(said: Mapping[str, object], field: str) -> float | None:
    value = said.get(field)
    if value is None:
        return None
    try:
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            return float(value)
    except (ValueError, OverflowError):
        pass
    raise Unusable(field, f"{_shown(value)} is no number (with a decimal point)")


def _flag(said: Mapping[str, object], field: str) -> bool | None:
    value = said.get(field)
    if value is None or isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _YES or text in _NO:
        return text in _YES
    raise Unusable(field, f"{_shown(value)} is neither true nor false")


def _word(said: Mapping[str, object], field: str, words: type[Word]) -> Word | None:
    value = said.get(field)
    if value is None:
        return None
    try:
        return words(str(value).strip().lower())
    except ValueError:
        listed = ", ".join(words)
        raise Unusable(field, f"{_shown(value)} is none of {listed}") from None


def _hours(said: Mapping[str, object]) -> tuple[Hours, ...] | None:
    value = said.get("hours")
    if isinstance(value, str):
        value = _parsed(value)
    if value is None:
        return None
    if not isinstance(value, list):
        raise Unusable("hours", "expected a list of {days, opens, closes}")
    return tuple(_stretch(number, one) for number, one in enumerate(value))


def _parsed(text: str) -> object:
    """JSON in a cell."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Unusable("hours", "no JSON list of {days, opens, closes}") from None


def _stretch(number: int, given: object) -> Hours:
    """One stretch of hours; ``check`` judges its values."""
    if isinstance(given, Mapping) and set(given) == {"days", "opens", "closes"}:
        days, opens, closes = given["days"], given["opens"], given["closes"]
        if isinstance(days, Sequence) and all(type(one) is int for one in [*days, opens, closes]):
            return Hours(tuple(days), opens, closes)
    raise Unusable(f"hours {number}", "expected whole numbers {days: [0-6], opens, closes}")
