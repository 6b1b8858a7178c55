from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fleet.errors import SettingInvalid
from milepost import settings
from milepost.settings import Settings, as_environment, load, names


def refused(**environment: str) -> str:
    """The sentence with which ``environment`` is refused."""
    with pytest.raises(SettingInvalid) as told:
        load(environment)
    return str(told.value)


def test_nothing_set_gives_the_defaults_whatever_the_process_was_started_with(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MILEPOST_API_PORT", "1234")
    assert load({}) == Settings()
    assert load({}).api_port == 8080
    assert load().api_port == 1234
    assert load({"milepost_api_port": "1234"}) == Settings()


def test_settings_reach_the_part_that_declares_them() -> None:
    loaded = load(
        {
            "MILEPOST_DATABASE_URL": "postgresql://db/x",
            "MILEPOST_DATABASE__POOL_SIZE": "3",
            "MILEPOST_BROKER_URL": "mqtt://broker",
            "MILEPOST_BROKER__KEEPALIVE": "7",
            "MILEPOST_API_HOST": "::1",
            "MILEPOST_API_PORT": "1234",
            "MILEPOST_API_TOKEN": "0123456789abcdef",
            "MILEPOST_API__LIVE__POLL": "0.5",
            "MILEPOST_API__BASEMAP_ORIGINS": '["https://a.example", "https://b.example"]',
            "MILEPOST_AGE__FUTURE": "60",
            "MILEPOST_NMEA__UNCHECKED": "reject",
            "MILEPOST_RETENTION__HISTORY_DAYS": "400",
            "MILEPOST_STACK__BROKER__BENCH": "true",
            "MILEPOST_STATE": "/srv/milepost",
            "PATH": "/bin",
        }
    )
    assert (loaded.at_database.url, loaded.at_database.pool_size) == ("postgresql://db/x", 3)
    assert (loaded.at_broker.url, loaded.at_broker.keepalive) == ("mqtt://broker", 7)
    api = loaded.of_api
    assert (api.host, api.port, api.token) == ("::1", 1234, "0123456789abcdef")
    assert api.live.poll == 0.5
    assert api.basemap_origins == ("https://a.example", "https://b.example")
    gateway = loaded.of_gateway
    assert (gateway.rules.age.future, gateway.rules.nmea.unchecked) == (60, "reject")
    assert gateway.broker == loaded.at_broker
    assert loaded.of_worker.retention.history_days == 400
    assert loaded.of_worker.database == loaded.at_database
    assert loaded.stack.broker.bench
    assert loaded.state == Path("/srv/milepost")


def test_a_misspelt_setting_is_refused_and_the_nearest_named() -> None:
    assert refused(MILEPOST_API_PROT="1") == (
        "MILEPOST_API_PROT is no setting of Milepost; is MILEPOST_API_PORT meant?"
    )
    assert refused(MILEPOST_XYZZY="1") == "MILEPOST_XYZZY is no setting of Milepost"
    assert refused(MILEPOST_AGE='{"future": 1}').startswith("MILEPOST_AGE is no setting")


@pytest.mark.parametrize("short", sorted(settings._SHORT))  # noqa: SLF001 - each of them
def test_the_long_name_of_what_has_a_short_one_is_refused_with_the_short_one(short: str) -> None:
    assert refused(**{short: "1"}) == f"{short} is called {settings._SHORT[short]}"  # noqa: SLF001


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MILEPOST_API_PORT", "x"),
        ("MILEPOST_API_PORT", ""),
        ("MILEPOST_LOG_LEVEL", "loud"),
        ("MILEPOST_AGE__HISTORY", "half a year"),
        ("MILEPOST_AGE__HISTORY", "nan"),
        ("MILEPOST_NMEA__UNCHECKED", "maybe"),
        ("MILEPOST_API__LIVE__POLL", "x"),
        ("MILEPOST_API__BASEMAP_ORIGINS", "https://a.example"),
        ("MILEPOST_API__BASEMAP_ORIGINS", "[1]"),
        ("MILEPOST_STACK__BROKER__BENCH", "perhaps"),
        ("MILEPOST_STACK__BROKER__MAX_PAYLOAD", "1"),
        ("MILEPOST_RETENTION__CHECKPOINT_HOURS", "71"),
        ("MILEPOST_ZONE", "Asia/Atlantis"),
        ("MILEPOST_ZONE", "../etc/passwd"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_the_name_of_its_setting(
    name: str, value: str
) -> None:
    assert refused(**{name: value}).startswith(f"{name}: ")


def test_a_refusal_does_not_repeat_the_value_which_may_be_a_secret() -> None:
    assert "geheim" not in refused(MILEPOST_API_PORT="geheim")


def test_fixes_that_would_be_removed_at_once_are_not_accepted() -> None:
    day = 86_400
    load({"MILEPOST_RETENTION__HISTORY_DAYS": "10", "MILEPOST_AGE__HISTORY": str(10 * day)})
    said = refused(MILEPOST_RETENTION__HISTORY_DAYS="10", MILEPOST_AGE__HISTORY=str(10 * day + 1))
    assert "MILEPOST_RETENTION__HISTORY_DAYS" in said
    assert "MILEPOST_AGE__HISTORY" in said


def test_no_two_settings_have_one_name_and_none_hides_a_short_one() -> None:
    every = [name for name, _, _ in names()]
    assert len(every) == len(set(every))
    assert not set(every) & set(settings._SHORT)  # noqa: SLF001
    assert set(settings._SHORT.values()) <= set(every)  # noqa: SLF001


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "MILEPOST_API_PORT": st.integers(0, 65535).map(str),
            "MILEPOST_API_TOKEN": st.text("abc0", min_size=16, max_size=20),
            "MILEPOST_STATE": st.sampled_from(["/a b", "c/d"]),
            "MILEPOST_AGE__FUTURE": st.floats(0, 1e6).map(str),
            "MILEPOST_API__BASEMAP_ORIGINS": st.sampled_from(["[]", '["https://a"]']),
            "MILEPOST_STACK__BROKER__BENCH": st.sampled_from(["true", "false", "1"]),
            "MILEPOST_NMEA__UNCHECKED": st.sampled_from(["accept", "reject"]),
            "MILEPOST_LOG_LEVEL": st.sampled_from(["debug", "error"]),
            "MILEPOST_API__LIVE__POLL": st.floats(0.1, 9).map(str),
        },
    )
)
def test_a_child_reads_the_settings_that_its_supervisor_has(environment: dict[str, str]) -> None:
    loaded = load(environment)
    written = as_environment(loaded)
    assert load(written) == loaded
    assert set(written) <= set(environment)  # what has its default is not said
