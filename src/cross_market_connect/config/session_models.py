"""What both ends of a FIX session have agreed on beyond who they are: `[source.session]`, and its faults."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Final, Literal

from pydantic import Field

from cross_market_connect.config.fields import Flag, LocalTime, Milliseconds, Model
from cross_market_connect.config.layers import Table, moment_of, table_of
from cross_market_connect.wire.fix.schedule import EVERY_DAY, SessionSchedule

WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
SECONDS_PER_DAY: Final = 86_400
# What means something together with start and end only.
HOUR_KEYS: Final = ("weekdays", "start_weekday", "end_weekday", "utc_offset_minutes", "new_numbers", "cancel_lead_ms")
# What HKEX's gateway decides, and what a session that begins anew at every log-on cannot use.
RESEND_KEYS: Final = ("next_expected", "resend_range_max", "resend_open_ended")
ORDER_KEYS: Final = ("new_numbers", "next_expected")


class SessionTerms(Model):
    """Hours and sequence numbers of a session. Times are local ones at a fixed distance from UTC."""

    start: LocalTime | None = None
    end: LocalTime | None = None
    weekdays: list[Weekday] | None = Field(default=None, min_length=1, max_length=7)
    start_weekday: Weekday | None = None
    end_weekday: Weekday | None = None
    utc_offset_minutes: int = Field(default=480, strict=True, ge=-840, le=840)
    new_numbers: Flag = True
    cancel_lead_ms: Milliseconds = 5_000
    next_expected: Flag = False
    resend_range_max: int = Field(default=0, strict=True, ge=0, le=1_000_000)
    resend_open_ended: Flag = False

    def schedule(self) -> SessionSchedule | None:
        """The hours; None around the clock."""
        if self.start is None or self.end is None:
            return None
        return SessionSchedule(
            second_of(self.start),
            second_of(self.end),
            EVERY_DAY if self.start_weekday is None else WEEKDAYS.index(self.start_weekday),
            EVERY_DAY if self.end_weekday is None else WEEKDAYS.index(self.end_weekday),
            self.utc_offset_minutes * 60,
            None if self.weekdays is None else [WEEKDAYS.index(day) for day in self.weekdays],
        )


def second_of(moment: datetime.time) -> int:
    """The second of the day."""
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def session_faults(place: str, source: Table) -> Iterator[str]:
    """What contradicts itself in a source's `[source.session]`, or the source."""
    terms = table_of(source, "session")
    place = f"{place}.session"
    for given, missing in (("start", "end"), ("end", "start"), *WEEKLY):
        if given in terms and missing not in terms:
            yield f"{place}.{missing}: missing; expected {given} and {missing} together"
    for key in HOUR_KEYS:
        if key in terms and "start" not in terms and "end" not in terms:
            yield f"{place}.{key}: {terms[key]}; expected none, since there are no hours (start and end)"
    if "weekdays" in terms and "start_weekday" in terms:
        yield f"{place}.weekdays: {terms['weekdays']}; expected none, since start_weekday makes it one session a week"
    if terms.get("resend_range_max") and terms.get("resend_open_ended") is True:
        yield (
            f"{place}.resend_open_ended: True; expected false, since resend_range_max "
            f"({terms['resend_range_max']}) asks for one range after another"
        )
    if source.get("kind") == "fix_quotes":
        for key in ORDER_KEYS:
            if key in terms:
                yield f"{place}.{key}: {terms[key]}; expected none, since quotes begin anew at every log-on"
    if source.get("gateway") == "ocg_c":
        for key in RESEND_KEYS:
            if key in terms:
                yield f"{place}.{key}: {terms[key]}; expected none, since gateway is ocg_c, which decides it"
    yield from lead_faults(place, terms)


WEEKLY: Final = (("start_weekday", "end_weekday"), ("end_weekday", "start_weekday"))


def lead_faults(place: str, terms: Table) -> Iterator[str]:
    """Own orders are cancelled within the session, not before it began."""
    start, end, lead = moment_of(terms.get("start")), moment_of(terms.get("end")), terms.get("cancel_lead_ms")
    if start is None or end is None or not isinstance(lead, int) or "start_weekday" in terms:
        return
    length_s = (second_of(end) - second_of(start)) % SECONDS_PER_DAY or SECONDS_PER_DAY
    if lead >= length_s * 1000:
        yield f"{place}.cancel_lead_ms: {lead}; expected less than the session lasts ({length_s * 1000})"
