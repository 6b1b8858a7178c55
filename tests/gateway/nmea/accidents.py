"""What can happen to good sentences on their way: seeded generators of bad payloads."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

from tests.gateway.nmea.talker import gga, gll, rmc, sentence

ODD = [
    "",
    "-1",
    "99.9",
    "x",
    "V",
    "N",
    "E",
    "0",
    "0.0",
    "1e3",
    "9999.99",
    "310299",
    "060180",
    ".",
    "12.",
    ".5",
    "000000.000",
    "235960",
    "123456789012345",
    "1234567890123456",
    "6",
    "0000.0",
]


def good(chance: random.Random) -> bytes:
    clock = f"{chance.randrange(24):02d}{chance.randrange(60):02d}{chance.randrange(60):02d}.00"
    lat = f"{chance.randrange(90):02d}{chance.random() * 59.9:07.4f},{chance.choice('NS')}"
    lon = f"{chance.randrange(180):03d}{chance.random() * 59.9:08.5f},{chance.choice('EW')}"
    both = [rmc(clock, lat=lat, lon=lon), gga(clock, lat=lat, lon=lon)]
    more = [
        gll(clock, f"{lat},{lon}"),
        sentence(f"GNZDA,{clock},21,11,2026,00,00"),
        sentence("GNVTG,87.10,T,,M,20.50,N,37.97,K,A"),
        sentence("GNGSA,A,3,01,02,03,04,05,06,,,,,,,1.9,0.9,1.6"),
        sentence(f"GNGNS,{clock},{lat},{lon},AANN,13,0.93,482.5,-16.5,,"),
        sentence("PGRMZ,161,f,3"),
    ]
    return b"".join(chance.sample(both, chance.randint(0, 2)) + chance.sample(more, 1))


def mutated(chance: random.Random) -> bytes:
    """A byte or two changed, dropped, doubled or put in."""
    data = bytearray(good(chance) + good(chance))
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del data[at : at + chance.randint(1, 9)]
            case 2:
                data[at:at] = chance.choice([b"$", b"*", b",", b"\n", b"-", b".", b"9", b"\x00"])
            case 3:
                data[at : at + 3] = b""
            case _:
                data[at:at] = data[at : at + 20]
    return bytes(data)


def unchecked(chance: random.Random) -> bytes:
    """A checksum gone, or cut short."""
    return re.sub(rb"\*..", lambda found: found[0][: chance.randint(0, 2)], good(chance))


def misread(chance: random.Random) -> bytes:
    """Fields exchanged, the checksum made right again."""
    bodies = [line[1:-3].decode() for line in good(chance).split()]
    out = b""
    for body in bodies:
        fields = body.split(",")
        at = chance.randrange(1, len(fields))
        fields[at] = chance.choice(ODD)
        out += sentence(",".join(fields))
    return out


def pair(chance: random.Random) -> bytes:
    """RMC and GGA alone, with and without a fix, now and then one field odd."""
    valid = chance.random() < 0.5
    where = {} if valid or chance.random() < 0.5 else {"lat": ",", "lon": ","}
    state = {} if valid else {"status": chance.choice("AVV"), "tail": chance.choice([",,,N", ""])}
    bare = [rmc(**where, **state), gga(**where, quality=chance.choice("1279" if valid else "0001"))]
    said = []
    for line in chance.sample(bare, 2):
        fields = line[1:-5].decode().split(",")
        if chance.random() < 0.3:
            fields[chance.randrange(len(fields))] = chance.choice(ODD)
        said.append(sentence(",".join(fields)))
    return b"".join(said)


KINDS: dict[str, Callable[[random.Random], bytes]] = {
    "random bytes": lambda chance: chance.randbytes(chance.randrange(200)),
    "mutated": mutated,
    "unchecked": unchecked,
    "misread": misread,
    "torn": lambda chance: good(chance)[chance.randrange(60) :][: chance.randrange(160)],
    "intact": lambda chance: good(chance) + good(chance),
    "bad UTF-8": lambda chance: good(chance)[:70] + b"\xff\xfe\xed\xa0\x80" + good(chance),
}
