"""When nearly all feeds everywhere fail to connect it is our own network. Pure."""

from collections.abc import Set
from datetime import datetime, timedelta

NETWORK_META = "network-down"
SHARE = 0.9
ENOUGH = 4  # different hosts; fewer tell nothing
DOWN_FOR = timedelta(minutes=15)  # how long another shard's judgement is believed


def our_network_is_down(unreached: Set[str], answered: Set[str], judged_at: datetime | None, now: datetime) -> bool:
    """``unreached``: hosts that could not be connected to in this run; ``answered``: hosts that said anything at all.

    ``judged_at`` is when any shard last found the network down: a shard with few hosts believes it if nobody answered it either.
    """
    failed = unreached - answered
    if not failed:
        return False
    share = len(failed) / len(failed | answered)
    if len(failed | answered) >= ENOUGH:
        return share >= SHARE
    return not answered and judged_at is not None and now - judged_at <= DOWN_FOR
