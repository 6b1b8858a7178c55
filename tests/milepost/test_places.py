from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from fleet.errors import SettingInvalid
from milepost import places
from milepost.settings import Settings
from milepost.stack import BrokerOptions, PostgresOptions, Running, Stack, StackOptions
from tests.temporary import temporary_folder

SET = Settings(database_url="postgresql://db/x", broker_url="mqtt://broker")


@pytest.fixture(scope="module")
def announced() -> Iterator[tuple[Path, Running]]:
    """The folder of a stack that runs, and where it is."""
    options = StackOptions(PostgresOptions(durable=False, shared_buffers=16), BrokerOptions())
    with temporary_folder() as folder, Stack(folder, options) as stack:
        stack.announce()
        yield folder, stack.where()


def test_what_is_set_is_taken_and_nothing_looked_for(tmp_path: Path) -> None:
    settings = SET.model_copy(update={"state": tmp_path / "no such folder"})
    assert places.with_database(settings) is settings
    assert places.with_broker(settings) is settings
    assert places.with_broker(settings, operator=True) is settings


def test_without_anything_the_sentence_says_what_to_do_and_where_was_looked(
    tmp_path: Path,
) -> None:
    settings = Settings(state=tmp_path / "state")
    with pytest.raises(SettingInvalid) as database:
        places.with_database(settings)
    with pytest.raises(SettingInvalid) as broker:
        places.with_broker(settings)
    for what, variable, told in (
        ("database", "MILEPOST_DATABASE_URL", database),
        ("broker", "MILEPOST_BROKER_URL", broker),
    ):
        assert str(told.value) == (
            f"there is no {what}: set {variable}, or start the embedded one with `milepost up` "
            f"(nothing runs in {tmp_path / 'state'})"
        )


@pytest.mark.db
@pytest.mark.broker
def test_else_the_embedded_stack_that_runs_is_taken(announced: tuple[Path, Running]) -> None:
    folder, where = announced
    settings = Settings(state=folder)
    assert places.with_database(settings).database_url == where.database_url
    assert places.with_broker(settings).broker_url == where.gateway_url
    assert places.with_broker(settings, operator=True).broker_url == where.operator_url


@pytest.mark.db
@pytest.mark.broker
def test_what_is_set_outranks_what_runs(announced: tuple[Path, Running]) -> None:
    folder, where = announced
    settings = Settings(state=folder, broker_url="mqtt://broker")
    found = places.with_broker(places.with_database(settings))
    assert (found.database_url, found.broker_url) == (where.database_url, "mqtt://broker")
