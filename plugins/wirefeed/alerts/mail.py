"""[IO] The way out for mail: SMTP, one transaction a recipient, or files in a folder while no server is set.

Which fault is whose: what concerns one address is that recipient's; what concerns our log-in, our sender or the connection's security stops
the channel and keeps the rows; what may pass is tried again. The map of answers is in ``judge``.
"""

import hashlib
import html
import os
import re
import smtplib
import ssl
from datetime import datetime
from pathlib import Path

from wirefeed.alerts.channel import Letter, Result
from wirefeed.alerts.mime import mime
from wirefeed.alerts.recipients import Recipient
from wirefeed.errors import InputRefused
from wirefeed.settings import Settings

TIMEOUT = 30.0  # seconds an SMTP step; a transaction has about six
_LOGIN = (530, 534, 535, 538)


class FolderChannel:
    """Mails as .eml files; the same message always has the same name."""

    def __init__(self, folder: Path, sender: str) -> None:
        self.folder = folder
        self.sender = sender

    def send(self, letter: Letter) -> Result:
        """Write the file; a full or read-only disk closes the channel for now."""
        path = self.folder / f"{letter.date:%Y%m%dT%H%M%S}-{letter.kind}-{letter.id[:12]}.eml"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            new = path.with_suffix(f".{os.getpid()}.new")
            new.write_bytes(mime(letter, self.sender).as_bytes())
            new.replace(path)
        except OSError as error:
            return Result("closed", f"{path}: {error.strerror or error}")
        return Result("accepted")

    def close(self) -> None:
        """Nothing is open."""
        return None


class SmtpChannel:
    """One connection, reused for many transactions; a broken one is opened anew for the next message."""

    def __init__(self, settings: Settings, timeout: float = TIMEOUT) -> None:
        self.settings = settings
        self.timeout = timeout
        self._server: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> Result:
        """One SMTP transaction."""
        fault = self._open() if self._server is None else None
        if fault is not None:
            return fault
        assert self._server is not None
        server, step = self._server, "MAIL FROM"
        body = mime(letter, self.settings.mail_from).as_bytes()
        try:
            options = [f"size={len(body)}"] if server.has_extn("size") else []
            code, answer = server.mail(_bare(self.settings.mail_from), options)
            if code < 300:
                step = "RCPT TO"
                code, answer = server.rcpt(letter.recipient.address)
            if code < 300:
                step = "DATA"
                code, answer = server.data(body)
        except smtplib.SMTPDataError as error:
            code, answer = error.smtp_code, error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            return Result("later", f"{step}: {_said(error)}")
        if code < 300:
            return Result("accepted", _text(answer))
        if code == 421:
            self._drop()
        else:
            self._reset()
        return judge(step, code, _text(answer))

    def _open(self) -> Result | None:
        settings = self.settings
        where = f"{settings.smtp_host}:{settings.smtp_port}"
        context = ssl.create_default_context(cafile=str(settings.ca_bundle) if settings.ca_bundle else None)
        server: smtplib.SMTP | None = None
        try:
            if settings.smtp_security == "tls":
                server = smtplib.SMTP_SSL(settings.smtp_host, settings.smtp_port, timeout=self.timeout, context=context)
            else:
                server = smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=self.timeout)
            server.ehlo_or_helo_if_needed()
            if settings.smtp_security == "starttls":
                server.starttls(context=context)
                server.ehlo()
            if settings.smtp_username:
                server.login(settings.smtp_username, settings.smtp_password.get_secret_value())
        except smtplib.SMTPAuthenticationError as error:
            return self._failed(server, "closed" if 400 <= error.smtp_code < 500 else "stopped", f"{where}: log-in refused: {_said(error)}")
        except (smtplib.SMTPNotSupportedError, ssl.SSLError) as error:
            return self._failed(server, "stopped", f"{where}: {'TLS' if isinstance(error, ssl.SSLError) else 'not offered'}: {_said(error)}")
        except smtplib.SMTPResponseException as error:
            return self._failed(server, "stopped" if error.smtp_code >= 500 else "closed", f"{where}: {_said(error)}")
        except (OSError, smtplib.SMTPException) as error:
            return self._failed(server, "closed", f"{where}: {_said(error)}")
        self._server = server
        return None

    def _failed(self, server: smtplib.SMTP | None, end: str, reason: str) -> Result:
        if server is not None:
            server.close()
        return Result("stopped" if end == "stopped" else "closed", reason)

    def _reset(self) -> None:
        try:
            if self._server is not None:
                self._server.rset()
        except (OSError, smtplib.SMTPException):
            self._drop()  # the next message opens a new connection; this one's answer is known

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server = None

    def close(self) -> None:
        """Take leave, if the server is still there."""
        if self._server is not None:
            try:
                self._server.quit()
            except (OSError, smtplib.SMTPException):
                self._server.close()  # it has hung up first: what was sent was answered already
            self._server = None


def judge(step: str, code: int, answer: str) -> Result:
    """Whose fault a refusal is (RFC 5321 reply codes, RFC 3463 enhanced ones)."""
    reason = f"{step}: {code} {answer}"
    enhanced = re.match(r"([245])\.(\d{1,3})\.(\d{1,3})", answer)
    subject = enhanced[2] if enhanced else ""
    if code == 421:
        return Result("closed", reason)
    if 400 <= code < 500:
        return Result("later", reason)
    if code in _LOGIN:
        return Result("stopped", reason)
    if code == 552 or (enhanced and (subject, enhanced[3]) in (("3", "4"), ("2", "3"))):  # this one message is too big
        return Result("refused", reason)
    if step == "MAIL FROM":
        return Result("stopped", reason)
    if subject == "7":
        return Result("later", f"{step}: policy {code} {answer}", policy=True)
    return Result("refused", reason)


def channel(settings: Settings, timeout: float = TIMEOUT) -> "SmtpChannel | FolderChannel":
    """SMTP where a server is set, else the folder."""
    return SmtpChannel(settings, timeout) if settings.smtp_host else FolderChannel(settings.outbox, settings.mail_from)


def _bare(sender: str) -> str:
    found = re.search(r"<([^<>]+)>", sender)
    return found[1] if found else sender.strip()


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join(text.split())[:400]


def _said(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    if isinstance(error, TimeoutError) or str(error).endswith("timed out"):
        return "no answer in time"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return f"connection lost ({error})"
    return str(error) or type(error).__name__


def trial_letter(address: str, settings: Settings, now: datetime) -> Letter:
    """What `wirefeed mail test` sends. Raises InputRefused when the address is none."""
    if not re.fullmatch(r"[^\s@<>]+@[^\s@<>]+", address):
        raise InputRefused(f"{address!r} is no mail address")
    text = f"This is a test of Wirefeed's way out, from {settings.mail_from}.\n"
    return Letter(hashlib.sha256(f"test {address} {now.isoformat()}".encode()).hexdigest()[:40], Recipient("test", address), "test", "routine",
                  "Wirefeed test mail", text, f"<!doctype html><html><body><p>{html.escape(text)}</p></body></html>", now)
