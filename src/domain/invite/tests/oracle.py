"""What another program makes of our invitations: Python's icalendar, which shares no code with us.

Each folder of the directory named by the only argument is a chain of messages in the order in which
they arrive; `expected` says what a calendar shows in the end: `UID start end` in seconds, or nothing.
"""

import pathlib
import sys

from icalendar import Calendar


def instant(prop, zones):
    """The instant of a property, by the VTIMEZONE of its own file and no other knowledge."""
    zone = prop.params.get("TZID")
    if zone is None:
        return int(prop.dt.timestamp())
    wall = prop.dt.replace(tzinfo=None)
    return int(wall.replace(tzinfo=zones[zone]).timestamp())


def deliver(held, text):
    calendar = Calendar.from_ical(text)
    zones = {str(zone["TZID"]): zone.to_tz(lookup_tzid=False) for zone in calendar.walk("VTIMEZONE")}
    for event in calendar.walk("VEVENT"):
        is_off = str(event["STATUS"]) == "CANCELLED"
        assert (str(calendar["METHOD"]) == "CANCEL") == is_off, "method and status differ"
        known = instant(event["DTSTART"], zones)
        # What programs do that have a zone database must be the same.
        assert known == int(event["DTSTART"].dt.timestamp()), f"{event['DTSTART']} in {text}"
        key = str(event["UID"])
        age = (int(event["SEQUENCE"]), event["DTSTAMP"].dt)
        if key not in held or held[key][0] < age:
            shown = None if is_off else (known, instant(event["DTEND"], zones))
            held[key] = (age, shown)


def main():
    chains = sorted(path for path in pathlib.Path(sys.argv[1]).iterdir() if path.is_dir())
    for chain in chains:
        held = {}
        for message in sorted(chain.glob("*.ics")):
            deliver(held, message.read_bytes())
        shown = [f"{uid} {slot[0]} {slot[1]}" for uid, (_, slot) in sorted(held.items()) if slot]
        expected = (chain / "expected").read_text().split("\n")
        assert shown == [line for line in expected if line], f"{chain}: {shown} is not {expected}"
    print(len(chains))


main()
