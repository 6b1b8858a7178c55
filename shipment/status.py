"""The words for where goods stand: ours, in two languages, and those of other systems.

One table says it all.  A cell holds the code that we say; after it the codes that we understand
as the same.  What has no code in a system is said as its **parent**; what that has none for
either is not said at all.  A code from outside that is in no cell is understood as its own
parent in that system, where its codes are made so; else nothing is known of it.

Sources: Kuaidi100 and Kdniao as published (main states and sub-states), SF and Yunda route
codes, ASC X12 214 element 1650, UN/ECE Recommendation 24, EPCIS 2.0 business steps, DCSA event
types.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class System(StrEnum):
    """Whose codes."""

    KD100 = "kd100"
    KDNIAO = "kdniao"
    SF = "sf"
    YUNDA = "yunda"
    X12 = "x12"
    REC24 = "rec24"
    EPCIS = "epcis"
    DCSA = "dcsa"


@dataclass(frozen=True, slots=True)
class Status:
    """A row of the table."""

    zh: str
    en: str
    parent: str  #: as which it is said where it has no code; "" none
    codes: tuple[str, ...]  #: in the order of ``System``: what is said, then what is understood


#: What lies over where goods stand.
DELAYED, DAMAGED, LOST = "delayed", "damaged", "lost"
HANDOVER = "handover"

# Word, Chinese, English, parent.
_NAMES = """
created             | 已下单             | Created                         |
awaiting_pickup     | 待揽收             | Awaiting pickup                 | created
arrived_origin      | 车辆到达发货地     | Vehicle at origin               | awaiting_pickup
picked_up           | 已揽收             | Picked up                       |
departed_origin     | 已发出             | Departed                        | in_transit
in_transit          | 运输中             | In transit                      |
arrived_hub         | 到达中转站         | At a hub                        | in_transit
departed_hub        | 离开中转站         | Left a hub                      | in_transit
arrived_dest_hub    | 到达派送网点       | At the last hub                 | arrived_hub
out_for_delivery    | 派送中             | Out for delivery                | in_transit
arrived_destination | 到达目的地（待签收） | At the destination, not signed for | out_for_delivery
delivered           | 已签收             | Delivered                       |
refused             | 已拒收             | Refused                         |
completed           | 已完成             | Completed                       | delivered
cancelled           | 已取消             | Cancelled                       |
delayed             | 延误               | Delayed                         |
damaged             | 破损               | Damaged                         |
lost                | 丢件               | Lost                            |
handover            | 更换车辆           | Handed over to another vehicle  | in_transit
loaded              | 已装车             | Loaded                          | in_transit
unloaded            | 已卸车             | Unloaded                        | arrived_hub
received            | 已入库             | Into the warehouse              | arrived_hub
released            | 已出库             | Out of the warehouse            | in_transit
"""

# Word, then the codes of each ``System``: kd100, kdniao, sf, yunda, x12, rec24, epcis, dcsa.
_CODES = """
created            |101    |       |     |         |XB   |6 |                   |
awaiting_pickup    |102    |10     |     |ACCEPT   |AA   |  |                   |
arrived_origin     |       |       |     |         |X3 X8|  |arriving           |ARRI
picked_up          |103 1  |1      |50 54|GOT      |CP   |13|loading            |LOAD PICK
departed_origin    |1002   |206    |36   |DEPARTURE|AF   |24|departing          |DEPA
in_transit         |0      |2      |     |         |X6   |31|transporting       |
arrived_hub        |       |204    |31   |ARRIVAL  |X4   |1 |arriving           |ARRI
departed_hub       |1002   |       |36   |DEPARTURE|P1   |24|departing          |DEPA
arrived_dest_hub   |1001   |205 201|31   |ARRIVAL  |X4   |1 |arriving           |ARRI
out_for_delivery   |5      |202    |44   |SENT     |X6   |31|departing          |DEPA
arrived_destination|       |       |     |         |X1 X5|1 |arriving           |ARRI
delivered          |3 301  |3 301  |80   |SIGNED   |D1   |21|accepting unloading|
refused            |14 203 |404    |     |REJECTION|A7   |23|                   |
completed          |       |       |     |         |     |14|                   |
cancelled          |210 401|415    |     |         |CA   |7 |void_shipping      |
delayed            |202 208|403    |     |ISSUE    |SD   |20|                   |
damaged            |209    |414    |     |ISSUE    |A9   |18|                   |
lost               |2      |4      |     |ISSUE    |     |36|                   |
handover           |       |       |     |         |J1   |  |                   |
unloaded           |       |       |     |         |     |29|                   |
received           |       |       |     |INBOUND  |     |  |receiving          |
released           |       |       |     |OUTBOUND |     |  |                   |
"""


def _rows(text: str) -> dict[str, tuple[str, ...]]:
    """Columns by the word before them."""
    split = ([cell.strip() for cell in line.split("|")] for line in text.strip().splitlines())
    return {word: tuple(cells) for word, *cells in split}


_NO_CODES = ("",) * len(System)
_SYSTEMS = tuple(System)
_BY_WORD = _rows(_CODES)

#: By ``WaybillState``, ``ScanKind`` and the words above.
TABLE: Mapping[str, Status] = MappingProxyType(
    {
        word: Status(zh, en, parent, _BY_WORD.get(word, _NO_CODES))
        for word, (zh, en, parent) in _rows(_NAMES).items()
    }
)


def names(word: str) -> tuple[str, str]:
    """In Chinese and English; of a word that is in no row the word itself."""
    row = TABLE.get(word)
    return (word, word) if row is None else (row.zh, row.en)


def outward(word: str, system: System) -> str:
    """The code of a status in another system, else that of its parent; "" where there is none."""
    place = _SYSTEMS.index(system)
    row = TABLE.get(word)
    while row is not None:
        said = row.codes[place].split()
        if said:
            return said[0]
        row = TABLE.get(row.parent)
    return ""


def inward(system: System, code: str) -> str:
    """What a code of another system means here; "": nothing is known of it."""
    known = _INWARD[system]
    if code in known:
        return known[code]
    return known.get(_parent(system, code), "")


def _parent(system: System, code: str) -> str:
    """The main state of a sub-state, in systems that number them so."""
    if system is System.KD100:
        return "0" if len(code) > len("101") else code[:1]  # 1001 and following: on the way
    return code[:1] if system is System.KDNIAO else ""


def _understood(place: int) -> dict[str, str]:
    """Status by code: of one that several say, the first row that says it; then other spellings."""
    known: dict[str, str] = {}
    cells = [(word, row.codes[place].split()) for word, row in TABLE.items()]
    for word, codes in cells:
        for code in codes[:1]:
            known.setdefault(code, str(word))
    for word, codes in cells:
        for code in codes[1:]:
            known.setdefault(code, str(word))
    return known


_INWARD: Mapping[System, Mapping[str, str]] = MappingProxyType(
    {system: _understood(place) for place, system in enumerate(System)}
)
