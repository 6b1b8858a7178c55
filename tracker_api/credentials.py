"""Passwords of devices: made here, shown once, stored as hashes.

Two of each: bcrypt, which nats-server compares and we do for brokers that ask, and PBKDF2 as
Mosquitto's file of passwords has it.
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64encode
from dataclasses import dataclass, field

import bcrypt

#: Work factor 2**4, bcrypt's least: the passwords are 144 random bits, which no slow hash
#: needs to protect, and the broker checks one at every connect of every terminal.
ROUNDS = 4

#: Mosquitto's own number; as above, the passwords need no slow hash.
PBKDF2_ROUNDS = 101
_SALT = 12  #: bytes, as its own tool has it

#: A hash of nothing that anybody has, to compare with where there is none: as slow as another.
NOBODY = bcrypt.hashpw(secrets.token_bytes(18), bcrypt.gensalt(ROUNDS)).decode()


@dataclass(frozen=True, slots=True)
class Credential:
    """A password and what may be stored of it."""

    password: str = field(repr=False)
    hash: str  #: bcrypt
    pbkdf2: str = field(repr=False)  #: as ``mosquitto_passwd`` writes it


def new_credential() -> Credential:
    """A password of 24 characters (144 random bits) with its hashes."""
    password = secrets.token_urlsafe(18)
    hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(ROUNDS)).decode()
    return Credential(password, hashed, mosquitto_hash(password))


def mosquitto_hash(password: str) -> str:
    """``$7$rounds$salt$hash``: PBKDF2 of HMAC-SHA512, 64 bytes, of Mosquitto 2."""
    salt = secrets.token_bytes(_SALT)
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, PBKDF2_ROUNDS)
    parts = ("", "7", str(PBKDF2_ROUNDS), b64encode(salt).decode(), b64encode(derived).decode())
    return "$".join(parts)
