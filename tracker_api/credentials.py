"""Passwords of devices: made here, shown once, stored as a hash."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import bcrypt

#: Work factor 2**4, bcrypt's least: the passwords are 144 random bits, which no slow hash
#: needs to protect, and the broker checks one at every connect of every terminal.
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Credential:
    """A password and what may be stored of it."""

    password: str
    hash: str


def new_credential() -> Credential:
    """A password of 24 characters (144 random bits) with its bcrypt hash."""
    password = secrets.token_urlsafe(18)
    return Credential(password, bcrypt.hashpw(password.encode(), bcrypt.gensalt(ROUNDS)).decode())
