"""Names of what happens to a waybill, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from fleet.waybills import WaybillState
from shipment.reply.facts import Both

_S = WaybillState

#: Of states, and of the milestones that are none.
NAMES: Mapping[str, Both] = MappingProxyType(
    {
        _S.CREATED: Both("已下单", "Ordered"),
        _S.AWAITING_PICKUP: Both("待揽收", "Awaiting pick-up"),
        _S.ARRIVED_ORIGIN: Both("车辆到达发货地", "Vehicle at the origin"),
        _S.PICKED_UP: Both("已揽收", "Picked up"),
        _S.DEPARTED_ORIGIN: Both("已发出", "Left the origin"),
        _S.IN_TRANSIT: Both("运输中", "In transit"),
        _S.ARRIVED_HUB: Both("到达中转站", "At a hub"),
        _S.DEPARTED_HUB: Both("离开中转站", "Left a hub"),
        _S.ARRIVED_DEST_HUB: Both("到达派送网点", "At the delivery hub"),
        _S.OUT_FOR_DELIVERY: Both("派送中", "Out for delivery"),
        _S.ARRIVED_DESTINATION: Both("到达目的地（待签收）", "At the destination, not signed"),
        _S.DELIVERED: Both("已签收", "Delivered"),
        _S.REFUSED: Both("已拒收", "Refused"),
        _S.COMPLETED: Both("已完成", "Completed"),
        _S.CANCELLED: Both("已取消", "Cancelled"),
        "loaded": Both("装车", "Loaded"),
        "unloaded": Both("卸车", "Unloaded"),
        "received": Both("入库", "Into the warehouse"),
        "released": Both("出库", "Out of the warehouse"),
        "handover": Both("换车", "Handed to another vehicle"),
    }
)


def name_of(kind: str) -> Both:
    """What a state or a milestone is called; a kind that has no name is its own."""
    return NAMES.get(kind, Both(kind, kind))
