"""What a channel is given and what it answers. Mail and webhook implement it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from wirefeed.alerts.recipients import Recipient


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message: for mail the parts, for webhooks the data. ``id`` is the message row's; times aware UTC."""

    id: str
    recipient: Recipient
    kind: str
    severity: str
    subject: str
    text: str
    html: str
    date: datetime
    references: tuple[str, ...] = ()  # ids of earlier messages of the thread, oldest first
    list_id: str = "alerts"
    unsubscribe: str = ""  # address for a one-click POST; "" without a public address of ours
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """How a hand-over ended.

    accepted; later: try this message again; refused: this recipient's dead letter; closed: the channel is out of reach for now;
    stopped: the channel refuses us (log-in, TLS, sender) and somebody must act. ``policy``: a 5.7.x answer to a recipient.
    """

    end: Literal["accepted", "later", "refused", "closed", "stopped"]
    reason: str = ""
    policy: bool = False
    retry_after: float | None = None  # seconds


class Channel(Protocol):
    """A way out. ``send`` never raises for the other side's faults."""

    def send(self, letter: Letter) -> Result:
        """Hand one message over to one recipient."""

    def close(self) -> None:
        """End what is open."""
