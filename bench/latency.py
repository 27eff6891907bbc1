"""From a feed's change on a local server to SMTP acceptance: through the CLI's loop and through Airflow.

    python bench/latency.py [--trials 10] [--every 10s]            `wirefeed run --every 10s` in a process of its own
    python bench/latency.py --airflow [--trials 4]                 `make run`: Airflow's scheduler, a tick every two minutes

Each trial publishes one story at a random moment and waits for the one mail about it. Two spans are told: from the change, which holds the wait for
the next poll (on average half of it), and from the poll's request that was answered with the story, which is ours: parse, store, tag, match, decide,
render, send. The promise is the second one, below a minute.
"""

import argparse
import os
import random
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
WORDS = ("patrol convoy checkpoint garrison ridge valley bazaar envoy statement ministry village road river bridge troops guard talks officer "
         "district governor shepherd lorry customs harvest station depot school market clinic antenna tunnel").split()
PATIENCE = 420  # seconds for one mail


def item(number, rng):
    """One story: about nothing that the others are about, with a word that one rule alone looks for."""
    text = " ".join(rng.choices(WORDS, k=40))
    return (f"<item><title>Marker{number} reported at the {' '.join(rng.sample(WORDS, 4))}</title><link>http://publisher.example/{number}</link>"
            f"<guid isPermaLink='false'>bench-{number}</guid><pubDate>{format_datetime(datetime.now(UTC) - timedelta(minutes=1))}</pubDate>"
            f"<description>The word is marker{number}. {text} in Khatlon, Tajikistan.</description></item>")


def feed(items):
    """The whole document, newest first."""
    return (f"<?xml version='1.0'?><rss version='2.0'><channel><title>Bench</title><link>http://publisher.example/</link>{''.join(reversed(items))}"
            f"</channel></rss>").encode()


def site(folder, url, trials):
    """A configuration with one feed and a rule a trial: caps and clusters must not hold anything back."""
    (folder / "rules").mkdir(parents=True)
    (folder / "feeds.yaml").write_text(
        f"feeds:\n  - {{id: bench, url: '{url}', full_text: false, min_interval: 0.05, start_interval: 0.05, max_interval: 0.1}}\n")
    (folder / "recipients.yaml").write_text(
        "people:\n  - {id: ann, address: ann@example.org, quiet_hours: off, digest: off}\ngroups:\n  - {id: desk, members: [ann]}\n")
    for number in range(trials):
        (folder / "rules" / f"marker{number}.yaml").write_text(
            f"{{id: marker{number}, title: Marker {number}, query: 'text:marker{number}', severity: flash, recipients: [ann]}}\n")
    return folder


def free_port():
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def mail_about(script, marker, since):
    """Wait for the mail whose subject names the marker; the moment it was accepted."""
    while time.monotonic() - since < PATIENCE:
        if any(re.search(rf"\b{marker}\b", subject, re.I) for subject in script.subjects()):
            return time.monotonic()
        time.sleep(0.05)
    raise SystemExit(f"no mail about {marker} within {PATIENCE} s; subjects so far: {script.subjects()}")


def measure(server, script, options, rng, process):
    """[(from the change, from the poll)] in seconds."""
    begin = time.monotonic()
    while len(server.asked("/feed")) < 2:  # the first poll is back-log and the rules' first run
        if process.poll() is not None or time.monotonic() - begin > PATIENCE:
            raise SystemExit("no second poll came")
        time.sleep(0.2)
    span, items, rows = 120 if options.airflow else 10, [], []
    for number in range(options.trials):
        time.sleep(rng.uniform(0, span))
        items.append(item(number, rng))
        server.put("/feed", feed(items), etag=f'"{number + 1}"')
        changed = time.monotonic()
        accepted = mail_about(script, f"marker{number}", changed)
        polled = next(request.at for request in server.asked("/feed") if request.at >= changed)
        rows.append((accepted - changed, accepted - polled))
        print(f"  trial {number + 1}: {rows[-1][0]:.1f} s from the change, {rows[-1][1]:.1f} s from the poll", flush=True)
    return rows


def main():
    """Run and print p50 and p95."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--every", default="10s", help="the CLI loop's period")
    parser.add_argument("--airflow", action="store_true")
    options = parser.parse_args()
    from feed_server import FeedServer
    from scripted_smtp import Script, smtp_server

    rng, script = random.Random(11), Script()
    with tempfile.TemporaryDirectory() as folder, FeedServer() as server, smtp_server(script, free_port()) as port:
        root = Path(folder)
        environment = {
            **os.environ, "WIREFEED_DATA": str(root / "data"), "WIREFEED_CONFIG": str(site(root / "site", server.url("/feed"), options.trials)),
            "WIREFEED_SHIPPED_FEEDS": "false", "WIREFEED_TEST_HOSTS": "127.0.0.1", "WIREFEED_MIN_FREE_GB": "0", "WIREFEED_SMTP_HOST": "127.0.0.1",
            "WIREFEED_SMTP_PORT": str(port), "WIREFEED_SMTP_SECURITY": "none", **({"WIREFEED_PORT": str(free_port())} if options.airflow else {})}
        command = [sys.executable, "-m", "demo.run"] if options.airflow else [
            str(Path(sys.executable).parent / "wirefeed"), "run", "--every", options.every]
        server.put("/feed", feed([item("Old", rng)]), etag='"0"')
        with (root / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
            try:
                rows = measure(server, script, options, rng, process)
            except SystemExit:
                sys.stderr.write((root / "log").read_text()[-3000:])
                raise
            finally:
                process.send_signal(signal.SIGINT)
                process.wait(90)
    name = "Airflow, a tick every 2 min" if options.airflow else f"wirefeed run --every {options.every}"
    load = os.getloadavg()[0]
    print(f"{name}; {len(rows)} trials on {os.cpu_count()} cores, load {load:.1f}")
    print(f"{'':<18}{'p50':>8}{'p95':>8}{'worst':>8}  seconds")
    for label, spans in (("from the change", [row[0] for row in rows]), ("from the poll", [row[1] for row in rows])):
        print(f"{label:<18}{statistics.median(spans):>8.1f}{quantile(spans, 0.95):>8.1f}{max(spans):>8.1f}")


def quantile(values, share):
    """By linear interpolation between the ranks."""
    ordered = sorted(values)
    at = share * (len(ordered) - 1)
    low = int(at)
    return ordered[low] + (at - low) * (ordered[min(low + 1, len(ordered) - 1)] - ordered[low])


if __name__ == "__main__":
    main()
