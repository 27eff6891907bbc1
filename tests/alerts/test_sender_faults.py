"""Every fault of issue D against a real SMTP server and both databases: nothing lost, one copy at most repeated, with the same Message-ID."""

import socket
import ssl
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest

from newsroom import people, story
from scripted_smtp import Script, certificate, smtp_server
from wirefeed.store import outbox
from wirefeed.store.database import open_store

THREE = """
people:
  - {id: ann, address: ann@example.org, zone: Asia/Almaty}
  - {id: bob, address: bob@example.org, zone: Asia/Almaty}
  - {id: cat, address: cat@example.org, zone: Asia/Almaty}
groups:
  - {id: desk, members: [ann, bob, cat]}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def wire(newsroom, store):
    """A newsroom on each database with a scripted server: wire(people text, **settings) -> (room, script)."""
    script, port = Script(), free_port()

    def make(text: str = "", **settings):
        made = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", **settings}
        return newsroom(database=store, recipients=people(text) if text else None, **made), script

    with smtp_server(script, port):
        yield make


def states(room):
    return sorted((row.recipient, row.state) for row in room.rows("messages"))


def drain(room, script, wanted, **step):
    """Run the sender as the minutes go by until it has nothing more to do."""
    for _ in range(12):
        room.send(timeout=2.0)
        if len(script.accepted) >= wanted and all(row.state != "pending" for row in room.rows("messages")):
            return
        room.later(**(step or {"minutes": 7}))
    raise AssertionError(f"not delivered: {[(row.state, row.last_error) for row in room.rows('messages')]}")


def test_a_good_server_gets_one_transaction_a_recipient(wire):
    room, script = wire(THREE)
    room.decide(story())
    assert room.send().sent == 3
    assert sorted(script.transactions) == [["ann@example.org"], ["bob@example.org"], ["cat@example.org"]]
    assert len(set(script.ids())) == 3
    assert room.ends() == {"sent": 1}


@pytest.mark.parametrize(("where", "answer"), [
    ("greeting", "421 4.3.2 shutting down"), ("mail", "451 4.3.0 later"), ("rcpt", "421 4.7.0 too many"), ("rcpt", "450 4.2.1 busy"),
    ("rcpt", "451 4.7.1 greylisted, come back"), ("rcpt", "452 4.2.2 mailbox full"), ("data", "451 4.3.0 try again"), ("data", "452 4.3.1 no space"),
])
def test_temporary_answers_are_tried_again_and_delivered_once(wire, where, answer):
    room, script = wire()
    if where == "rcpt":
        script.rcpt["*"] = [answer, answer]
    else:
        getattr(script, where).extend([answer, answer])
    room.decide(story())
    first = room.send()
    assert (first.sent, first.dead) == (0, 0)
    drain(room, script, 1)
    assert len(script.accepted) == 1
    assert states(room) == [("ann", "sent")]


@pytest.mark.parametrize("moment", ["before DATA", "during DATA"])
def test_a_drop_before_acceptance_delivers_exactly_once(wire, moment):
    room, script = wire(THREE)
    script.drop.append(moment)
    room.decide(story())
    drain(room, script, 3)
    assert sorted(script.transactions) == [["ann@example.org"], ["bob@example.org"], ["cat@example.org"]]


def test_a_drop_after_the_final_dot_repeats_one_copy_with_the_same_message_id(wire):
    room, script = wire(public_url="https://desk.example.org")  # with signed links in it
    script.drop.append("after the dot")
    room.decide(story())
    drain(room, script, 2)
    assert len(script.accepted) == 2
    assert script.ids()[0] == script.ids()[1]
    assert script.accepted[0].as_bytes() == script.accepted[1].as_bytes()


def test_a_server_that_never_answers_the_dot_times_out_and_is_tried_again(wire):
    room, script = wire()
    script.slow.append(4.0)
    room.decide(story())
    assert room.send(timeout=1.0).later == 1
    assert "no answer in time" in room.rows("messages")[0].last_error
    drain(room, script, 2)
    assert script.ids()[0] == script.ids()[1]


def test_connection_refused_closes_the_channel_keeps_the_rows_and_delivers_when_the_server_is_back(newsroom, store):
    port, script = free_port(), Script()
    room = newsroom(database=store, recipients=people(THREE), smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    room.decide(story())
    report = room.send()
    assert report.sent == report.dead == 0
    assert states(room) == [("ann", "pending"), ("bob", "pending"), ("cat", "pending")]
    assert sum(row.attempts for row in room.rows("messages")) == 1, "the others were not even tried"
    assert room.send().closed.keys() == {"mail"}
    with smtp_server(script, port):
        drain(room, script, 3)
    assert len(script.accepted) == 3
    with store.begin() as db:
        assert outbox.channel_state(db, "mail") == {}


def test_550_for_one_of_three_is_that_recipients_dead_letter_alone_and_can_be_put_back(wire):
    room, script = wire(THREE)
    script.rcpt["bob@example.org"] = ["550 5.1.1 no such user"]
    room.decide(story())
    report = room.send()
    assert (report.sent, report.dead) == (2, 1)
    assert states(room) == [("ann", "sent"), ("bob", "dead"), ("cat", "sent")]
    dead = next(row for row in room.rows("messages") if row.state == "dead")
    assert "no such user" in dead.last_error
    assert room.ends() == {"sent": 1}, "somebody got it"
    room.later(days=2)
    assert room.send().sent == 0, "nobody retries a dead letter by itself"
    with room.store.begin() as db:
        assert outbox.retry(db, [dead.id], room.now) == 1
    assert room.send().sent == 1


@pytest.mark.parametrize(("where", "answer"), [
    ("mail", "550 5.7.1 sender rejected"), ("mail", "553 sender not allowed"), ("rcpt", "530 5.7.0 authentication required"),
])
def test_what_concerns_our_sender_or_log_in_stops_the_channel_and_is_nobodys_dead_letter(wire, where, answer):
    room, script = wire(THREE)
    if where == "mail":
        script.mail.append(answer)
    else:
        script.rcpt["*"] = [answer]
    room.decide(story())
    report = room.send()
    assert (report.sent, report.dead) == (0, 0)
    assert states(room) == [("ann", "pending"), ("bob", "pending"), ("cat", "pending")]
    with room.store.begin() as db:
        assert outbox.channel_state(db, "mail")["stopped"] is True
        ids = outbox.retry_ids(db, None)
        outbox.set_channel(db, "mail", None, room.now)
        outbox.retry(db, ids, room.now)
    assert room.send().sent == 3


def test_policy_refusals_of_several_recipients_stop_the_channel_but_of_one_are_that_recipients(wire):
    room, script = wire(THREE)
    for name in ("ann", "bob", "cat"):
        script.rcpt[f"{name}@example.org"] = ["550 5.7.1 spam"]
    room.decide(story())
    room.send()
    assert states(room) == [("ann", "pending"), ("bob", "pending"), ("cat", "pending")]
    with room.store.begin() as db:
        assert outbox.channel_state(db, "mail")["stopped"] is True
    drain(room, script, 3, minutes=20)

    script.rcpt["ann@example.org"] = ["550 5.7.1 not you"] * 5
    room.decide(story("s2", seen=room.now))
    for _ in range(6):
        room.send()
        room.later(minutes=15)
    assert [state for recipient, state in states(room) if recipient == "ann"] == ["dead", "sent"]
    assert len(script.accepted) == 5


def test_wrong_password_stops_the_channel_and_a_changed_one_delivers(newsroom, store):
    port, script = free_port(), Script()
    login = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "smtp_username": "wire"}
    room = newsroom(database=store, smtp_password="old", **login)
    with smtp_server(script, port, password="new"):
        room.decide(story())
        report = room.send()
        assert (report.sent, report.dead) == (0, 0)
        assert "log-in refused" in room.rows("messages")[0].last_error
        room.settings = room.settings.model_copy(update={"smtp_password": type(room.settings.smtp_password)("new")})
        assert room.send().sent == 0, "a stopped channel is left alone for a while: repeated log-ins lock accounts"
        room.later(minutes=20)
        assert room.send().sent == 1


def test_tls_that_is_not_offered_or_not_trusted_stops_the_channel_and_a_trusted_one_delivers(newsroom, store, tmp_path):
    cert, key = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    port, script = free_port(), Script()
    room = newsroom(database=store, smtp_host="127.0.0.1", smtp_port=port, smtp_security="starttls")
    room.decide(story())
    with smtp_server(script, port):
        assert room.send().sent == 0
        assert "not offered" in room.rows("messages")[0].last_error
    room.later(minutes=20)
    with smtp_server(script, port, tls=context):
        assert room.send().sent == 0
        assert "certificate" in room.rows("messages")[0].last_error.lower()
        room.later(minutes=20)
        room.settings = room.settings.model_copy(update={"ca_bundle": cert})
        assert room.send().sent == 1


def test_two_senders_at_once_send_each_message_once(newsroom, store, database_url):
    port, script = free_port(), Script()
    room = newsroom(database=store, recipients=people(THREE), smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    for number in range(10):
        room.decide(story(f"s{number}", seen=room.now))
    reports = []

    def sender() -> None:
        mine = open_store(database_url)
        from wirefeed.alerts.outbox import send_due
        reports.append(send_due(mine, room.settings, room.recipients, room.rules, lambda: room.now))
        mine.close()

    with smtp_server(script, port):
        threads = [threading.Thread(target=sender) for _ in range(3)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(60)
    assert len(reports) == 3
    assert len(script.accepted) == 30
    assert len(set(script.ids())) == 30
    assert sum(report.sent for report in reports) == 30


CHILD = """
import sys
from datetime import UTC, datetime
from newsroom import people, ruleset
from wirefeed.alerts.outbox import send_due
from wirefeed.settings import Settings
from wirefeed.store.database import open_store
url, data, port, now = sys.argv[1:]
settings = Settings(data=data, config=data + "/config", smtp_host="127.0.0.1", smtp_port=int(port), smtp_security="none")
send_due(open_store(url), settings, people(), ruleset(), lambda: datetime.fromisoformat(now))
"""


def test_kill_9_between_data_and_commit_repeats_one_copy_with_the_same_message_id(newsroom, store, database_url, tmp_path):
    port, script, hold = free_port(), Script(), threading.Event()
    room = newsroom(database=store, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    room.decide(story("a"), story("b"))
    script.on_data = lambda: hold.wait(20)
    with smtp_server(script, port):
        child = subprocess.Popen([sys.executable, "-c", CHILD, database_url, str(tmp_path / "data"), str(port), room.now.isoformat()],
                                 cwd=Path(__file__).parent.parent)
        try:
            assert script.got_data.wait(60), "the child never got to DATA"
        finally:
            child.kill()
            child.wait(10)
        hold.set()
        script.on_data = lambda: None
        room.send()
        assert len(script.accepted) == 2, "the killed one's lease still holds; the other message has left"
        room.later(minutes=6)
        assert room.send().sent == 1
    ids = script.ids()
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert states(room) == [("ann", "sent"), ("ann", "sent")]


def test_a_clock_that_goes_back_holds_nothing_up(wire):
    room, script = wire()
    room.decide(story())
    room.later(hours=-3)
    assert room.send().sent == 1, "a message from the future is due"
    script.rcpt["*"] = ["451 later"]
    room.later(hours=3)
    room.decide(story("s2", seen=room.now))
    room.send()
    room.later(days=-1)
    assert room.send().sent == 1, "a back-off of more than a day was never set: the clock has moved"


def test_a_lease_from_before_the_clock_went_back_is_over(wire):
    room, _script = wire()
    room.decide(story())
    with room.store.begin() as db:
        assert outbox.lease_next(db, "dead sender", room.now, 300.0) is not None
    room.later(days=-2)
    with room.store.begin() as db:
        assert outbox.lease_next(db, "me", room.now, 300.0) is not None


def test_a_database_server_that_is_stopped_in_the_middle_and_started_again_loses_nothing(newsroom):
    """Not only its connections: the server itself goes down at once, as in a power cut, and recovers from its log."""
    import psycopg

    from postgresql_server import as_postgres, postgresql_server, programs
    from wirefeed.errors import Unreachable

    folder = programs()
    if folder is None:
        pytest.skip("PostgreSQL is not installed (Debian: postgresql)")
    with postgresql_server(folder, "wirefeed") as own:
        address = f"postgresql+psycopg://wirefeed@127.0.0.1:{own}/postgres"
        with psycopg.connect(address.replace("+psycopg", "")) as admin:
            data = str(admin.execute("SHOW data_directory").fetchone()[0])
        control = (str(folder / "pg_ctl"), "-D", data, "-w")
        store = open_store(address)
        store.migrate()
        port, script = free_port(), Script()
        room = newsroom(database=store, recipients=people(THREE), smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
        room.decide(story())
        script.on_data = lambda: as_postgres(Path(data).parent, *control, "-m", "immediate", "stop")
        with smtp_server(script, port):
            with pytest.raises(Unreachable, match="database"):
                room.send()
            with pytest.raises(Unreachable, match="database"):
                room.send()  # still down
            script.on_data = lambda: None
            as_postgres(Path(data).parent, *control, "-l", f"{Path(data).parent}/log", "-o", f"-p {own} -c unix_socket_directories={Path(data).parent}", "start")
            room.later(minutes=6)
            assert room.send().sent == 3
        assert len(script.accepted) == 4, "one copy is repeated"
        assert len(set(script.ids())) == 3
        assert states(room) == [("ann", "sent"), ("bob", "sent"), ("cat", "sent")]
        store.close()


def test_a_database_restart_between_acceptance_and_commit_loses_nothing(newsroom, request, tmp_path):
    import psycopg

    from wirefeed.errors import Unreachable

    server = request.getfixturevalue("postgresql")
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute('DROP DATABASE IF EXISTS "restart" WITH (FORCE)')
        admin.execute('CREATE DATABASE "restart"')
    store = open_store(server.rsplit("/", 1)[0] + "/restart")
    store.migrate()
    port, script = free_port(), Script()
    room = newsroom(database=store, smtp_host="127.0.0.1", smtp_port=port, smtp_security="none")
    room.decide(story())

    def cut() -> None:  # what a restart does to us: every connection is gone in the middle of our work
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute("UPDATE pg_database SET datallowconn = false WHERE datname = 'restart'")
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'restart'")

    script.on_data = cut
    with smtp_server(script, port):
        with pytest.raises(Unreachable, match="database"):
            room.send()
        script.on_data = lambda: None
        with psycopg.connect(server, autocommit=True) as admin:
            admin.execute("UPDATE pg_database SET datallowconn = true WHERE datname = 'restart'")
        room.now += timedelta(minutes=6)
        assert room.send().sent == 1
    assert len(script.accepted) == 2
    assert len(set(script.ids())) == 1
    store.close()
