"""What tests of alerts have in common: a laptop's window, and the red button of a vehicle."""

from __future__ import annotations

from typing import Protocol

from playwright.sync_api import Page

#: What a terminal's button sends: an emergency begins now.
_ALARM = """
INSERT INTO device_event (device_id, time, kind, value, received_at)
SELECT b.device_id, clock_timestamp(), 'sos', 'true', clock_timestamp()
FROM vehicle v JOIN binding b ON b.vehicle_id = v.id
WHERE v.plate = '{plate}' AND b.valid_to > clock_timestamp()
"""


class Running(Protocol):
    """What these tests know of the product."""

    @property
    def url(self) -> str: ...

    def execute(self, statement: str) -> None: ...


def on_laptop(page: Page) -> None:
    """The window of the laptops at a control room."""
    page.set_viewport_size({"width": 1366, "height": 768})


def plate_of(page: Page, product: Running, place: int) -> str:
    """Of a vehicle with a device; a test that alarms one takes a place of its own."""
    devices = page.request.get(f"{product.url}/api/v1/devices").json()
    return [str(each["vehicle"]) for each in devices if each["vehicle"]][place]


def press_button(product: Running, plate: str) -> None:
    """The driver calls for help."""
    product.execute(_ALARM.format(plate=plate))
