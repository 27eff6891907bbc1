"""A real SMTP server (aiosmtpd) that misbehaves as told: refuses at a step, hangs up at a moment, dawdles."""

import asyncio
import email
import email.policy
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult


class Script:
    """What the server does next, and what it has accepted. Each answer of a list is used once; then it behaves."""

    def __init__(self) -> None:
        self.mail: list[str] = []
        self.rcpt: dict[str, list[str]] = {}  # by address, "*" for all
        self.data: list[str] = []  # answers to the final dot
        self.drop: list[str] = []  # "before DATA", "during DATA", "after the dot"
        self.slow: list[float] = []  # seconds before the answer to the final dot
        self.greeting: list[str] = []
        self.accepted: list[Any] = []
        self.transactions: list[list[str]] = []  # recipients of each
        self.on_data: Callable[[], None] = lambda: None
        self.got_data = threading.Event()

    def subjects(self) -> list[str]:
        return [str(mail["Subject"]) for mail in self.accepted]

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for mail in self.accepted]

    # aiosmtpd's hooks
    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.mail:
            return self.mail.pop(0)
        envelope.mail_from = address
        return "250 2.1.0 sender ok"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        for key in (address, "*"):
            if self.rcpt.get(key):
                return self.rcpt[key].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 recipient ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.data:
            return self.data.pop(0)
        self.transactions.append(list(envelope.rcpt_tos))
        self.accepted.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        self.got_data.set()
        await asyncio.get_running_loop().run_in_executor(None, self.on_data)
        if self.slow:
            await asyncio.sleep(self.slow.pop(0))
        if "after the dot" in self.drop:
            self.drop.remove("after the dot")
            server.transport.abort()
        return "250 2.0.0 queued"


class _Server(SMTP):
    async def _handle_client(self) -> None:
        script = self.event_handler
        if script.greeting:
            await self.push(script.greeting.pop(0))
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:
        script = self.event_handler
        if "before DATA" in script.drop:
            script.drop.remove("before DATA")
            self.transport.abort()
            return
        if "during DATA" in script.drop:
            script.drop.remove("during DATA")
            await self.push("354 go on")
            await self._reader.read(100)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Server(self.handler, **self.SMTP_kwargs)


@contextmanager
def smtp_server(script: Script, port: int, *, tls: ssl.SSLContext | None = None, password: str | None = None, refusal: str = "") -> Iterator[int]:
    """The server on 127.0.0.1 until the block ends; with ``password`` it wants a log-in (user "wire")."""
    more: dict[str, Any] = {}
    if tls is not None:
        more["tls_context"] = tls
    if password is not None:
        def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
            good = data.login == b"wire" and data.password == password.encode()
            return AuthResult(success=good, handled=False, message=None if good else refusal or "535 5.7.8 wrong password")
        more |= {"authenticator": check, "auth_required": True, "auth_require_tls": False}
    controller = _Controller(script, hostname="127.0.0.1", port=port, **more)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key, as PEM files."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=2))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256()))
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return cert_file, key_file
