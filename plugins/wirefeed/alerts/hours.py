"""Local clocks: quiet hours, digest time and days away, in each recipient's own zone and through changes to summer time. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From ``start`` to ``end`` in local time; over midnight when start is later. Equal times mean none."""

    start: time
    end: time


def local(now: datetime, zone: str) -> datetime:
    """The moment on the recipient's own clock."""
    return now.astimezone(ZoneInfo(zone))


def at(day: date, clock: time, zone: str) -> datetime:
    """UTC of a local clock time. A time that summer time skips becomes the first one after the gap; of a repeated one, the first."""
    found = datetime.combine(day, clock, ZoneInfo(zone)).astimezone(UTC)
    if found.astimezone(ZoneInfo(zone)).time() != clock:  # inside the gap: fold=0 reads it with the old offset, which lands behind the gap
        return found.astimezone(UTC)
    return found


def quiet_until(now: datetime, quiet: QuietHours | None, zone: str) -> datetime | None:
    """When the quiet hours that hold now will end (UTC); None outside of them."""
    if quiet is None or quiet.start == quiet.end:
        return None
    here = local(now, zone)
    clock = here.time().replace(tzinfo=None)
    if quiet.start < quiet.end:
        inside, day = quiet.start <= clock < quiet.end, here.date()
    else:
        inside = clock >= quiet.start or clock < quiet.end
        day = here.date() + timedelta(days=1) if clock >= quiet.start else here.date()
    if not inside:
        return None
    end = at(day, quiet.end, zone)
    return end if end > now else None


def digest_window(now: datetime, clock: time, zone: str) -> str:
    """The local date (ISO) of the newest digest time that has passed."""
    here = local(now, zone)
    day = here.date() if at(here.date(), clock, zone) <= now else here.date() - timedelta(days=1)
    return day.isoformat()


def next_full(now: datetime, minutes: int) -> datetime:
    """The next multiple of ``minutes`` of the hour after now, strictly later."""
    start = now.replace(minute=0, second=0, microsecond=0)
    step = timedelta(minutes=minutes)
    return start + step * ((now - start) // step + 1)
