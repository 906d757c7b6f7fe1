"""When a schedule comes next: cron's five fields in a time zone. Pure; libraries are loaded when there is one."""

from __future__ import annotations

from marx.wire.messages import Terms


class BadTimes(ValueError):
    """Fields that are none, a zone that does not exist, or times that never come."""


def next_time_ms(terms: Terms, after_ms: int) -> int:
    """The first time after a moment, and not before `at_ms`. An hour that a clock change repeats counts once.

    Raises BadTimes.
    """
    from datetime import UTC, datetime
    from zoneinfo import ZoneInfo

    from cronsim import CronSim, CronSimError

    after = datetime.fromtimestamp(max(after_ms, terms.at_ms - 1) / 1000, UTC)
    try:
        times = CronSim(terms.cron, after.astimezone(ZoneInfo(terms.zone or "UTC")))
        return round(next(times).timestamp() * 1000)
    except CronSimError as fault:
        raise BadTimes(str(fault)) from None
    except StopIteration:
        raise BadTimes("it never comes") from None
    except (KeyError, OSError, ValueError) as fault:
        raise BadTimes(f"there is no time zone {terms.zone[:64]!r} ({fault})") from None
