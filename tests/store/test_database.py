"""The store on both databases: transactions, leases, small facts."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from wirefeed.errors import ConfigError, Unreachable
from wirefeed.store.database import Store, drop_lease, get_meta, open_store, set_meta, take_lease

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_a_lease_has_one_holder_until_it_runs_out(store: Store) -> None:
    with store.begin() as db:
        assert take_lease(db, "decide", "a", NOW, 30)
        assert not take_lease(db, "decide", "b", NOW + timedelta(seconds=29), 30)
        assert take_lease(db, "decide", "a", NOW + timedelta(seconds=29), 30), "the holder renews"
        assert take_lease(db, "decide", "b", NOW + timedelta(seconds=60), 30), "a dead holder's lease passes on"
        drop_lease(db, "decide", "a")
        assert not take_lease(db, "decide", "a", NOW + timedelta(seconds=61), 30), "only the holder gives it back"


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    def fail() -> None:
        with store.begin() as db:
            set_meta(db, "held", True, NOW)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with store.begin() as db:
        assert get_meta(db, "held", "unset") == "unset"


def test_migrating_twice_is_harmless(store: Store) -> None:
    store.migrate()
    with store.begin() as db:
        set_meta(db, "a", [1], NOW)
        assert get_meta(db, "a") == [1]


def test_a_database_of_a_later_version_is_left_alone_and_says_what_to_do(store: Store) -> None:
    with store.begin() as db:
        db.execute(text("UPDATE wirefeed_schema SET version_num = '9999_of_next_year'"))
    with pytest.raises(Unreachable, match=r"another version of Wirefeed.*9999_of_next_year.*install that version or a later one"):
        store.migrate()
    with store.begin() as db:
        assert db.execute(text("SELECT version_num FROM wirefeed_schema")).scalar() == "9999_of_next_year"


@pytest.mark.parametrize("url", ["mysql://x", "not an address", ""])
def test_other_databases_are_refused_by_name(url: str) -> None:
    with pytest.raises(ConfigError, match="WIREFEED_DATABASE_URL"):
        open_store(url)


def test_an_unreachable_database_is_named_without_its_password() -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1") as caught, open_store("postgresql://u:hidden@127.0.0.1:1/x").begin():
        pass
    assert "hidden" not in str(caught.value)
