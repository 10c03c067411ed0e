"""Appointments: offer times, take a wish, read it back, book after a yes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from agents.agreement import agreed
from agents.language.offers import fits
from agents.language.reading import Intent, WhenSaid
from agents.providers.script_brain import parting
from agents.providers.script_brain.reply import Reply
from agents.thread import Proposal, Topic
from agents.tools.diary import Diary, Fit
from agents.tools.specs import Tool
from agents.tools.wishes import among, exact, free_for


def propose(reply: Reply) -> Reply:
    """From the questions to the offer; a time they already named is taken up."""
    reply.say(reply.brief.script.booking.propose)
    when = reply.brief.reading.when
    if reply.brief.diary is not None and when is not None and when.offer is None:
        return _wish(reply, reply.brief.diary, when)
    if reply.brief.diary is not None and reply.thread.wish is not None:
        return _read_back(reply, reply.brief.diary, reply.thread.wish)
    return offer(reply)


def offer(reply: Reply, times: tuple[datetime, ...] | None = None) -> Reply:
    """Offer free times; when there are none, a colleague arranges it."""
    booking = reply.brief.script.booking
    diary = reply.brief.diary
    if times is None and diary is not None:
        times = diary.spread(booking.offers)
    return reply.offer(times) if times else parting.by_a_colleague(reply, booking.none_free)


def choose(reply: Reply) -> Reply:
    """They answer an offer."""
    reading = reply.brief.reading
    diary = reply.brief.diary
    offers = reply.thread.offers
    if diary is None:
        return offer(reply)
    if reading.when is not None:
        return _wish(reply, diary, reading.when)
    if reading.has(Intent.NO):
        return _none_suits(reply)
    if reading.has(Intent.YES) or reading.has(Intent.WANTS_APPOINTMENT):
        if len(offers) == 1 or (offers and reply.thread.tries > 0):
            return _read_back(reply, diary, offers[0])
        return reply.ask(Topic.TIME)
    return parting.clarify(reply)


def confirm(reply: Reply) -> Reply:
    """They answer the read-back. Only an undivided yes books."""
    reading = reply.brief.reading
    proposal = reply.thread.proposal
    diary = reply.brief.diary
    if proposal is None or diary is None:
        return offer(reply)
    if reading.when is not None and not _same(reading.when, proposal, reply):
        return _wish(reply, diary, reading.when)
    if reading.has(Intent.NO):
        return reply.drop_times().ask(Topic.TIME, reply.brief.script.booking.ask_when)
    if agreed(reply.brief, Topic.CONFIRM):
        return _book(reply, diary, proposal)
    if reading.has(Intent.YES) or reading.when is not None:
        return reply.ask(Topic.CONFIRM)
    return parting.clarify(reply)


def _same(when: WhenSaid, proposal: Proposal, reply: Reply) -> bool:
    """Whether the time they mention is the one that was read back."""
    if when.offer is not None:
        return among(reply.thread.offers, when) == proposal.starts_at
    return fits(when, proposal.starts_at.astimezone(reply.brief.zone))


def _book(reply: Reply, diary: Diary, proposal: Proposal) -> Reply:
    booking = reply.brief.script.booking
    if diary.fit(proposal.starts_at) is not Fit.FREE:
        reply.say(booking.refused)
        return offer(reply, diary.nearest(proposal.starts_at, booking.offers))
    reply.do(Tool.BOOK_APPOINTMENT, starts_at=proposal.starts_at.isoformat())
    reply.thread = replace(reply.thread, proposal=None, offers=())
    return reply.say(booking.booked, time=proposal.said).ask(Topic.MORE)


def _none_suits(reply: Reply) -> Reply:
    """None of the offers: ask for a wish; a second no, and nothing is booked."""
    if not reply.thread.offers:
        return parting.let_go(reply)
    return reply.drop_times().ask(Topic.TIME, reply.brief.script.booking.ask_when)


def _wish(reply: Reply, diary: Diary, when: WhenSaid) -> Reply:
    """A wish: an offer, a time of their own, or a day to choose from."""
    offers = reply.thread.offers
    picked = among(offers, when)
    if picked is not None:
        return _read_back(reply, diary, picked)
    if when.offer is not None:
        return reply.ask(Topic.TIME)
    days = tuple(start.astimezone(diary.zone).date() for start in offers)
    if reply.thread.proposal is not None:
        days = (reply.thread.proposal.starts_at.astimezone(diary.zone).date(), *days)
    if not days:
        days = tuple(start.date() for start in diary.spread(1))
    wished = exact(when, diary.zone, days)
    if wished is not None:
        return _read_back(reply, diary, wished)
    return _on_that_day(reply, diary, when)


def _on_that_day(reply: Reply, diary: Diary, when: WhenSaid) -> Reply:
    booking = reply.brief.script.booking
    times = free_for(diary, when, booking.offers)
    if times:
        return offer(reply, times)
    if when.day is None:
        return offer(reply.say(booking.not_free))
    if when.day > diary.last_day or when.day < diary.now.astimezone(diary.zone).date():
        return offer(reply.say(booking.too_far))
    closed = booking.hours.on(when.day) is None
    noon = datetime.combine(when.day, datetime.min.time(), tzinfo=diary.zone) + timedelta(hours=12)
    reply.say(booking.closed if closed else booking.not_free)
    return offer(reply, diary.nearest(noon, booking.offers))


def _read_back(reply: Reply, diary: Diary, start: datetime) -> Reply:
    """Read a free time back; for any other, say why not and offer the nearest."""
    booking = reply.brief.script.booking
    fit = diary.fit(start)
    if fit is Fit.FREE:
        said = reply.wording.when(start)
        reply.thread = replace(reply.thread, proposal=Proposal(start, said)).ask(Topic.CONFIRM)
        reply.do(Tool.READ_BACK, starts_at=start.isoformat(), said=said)
        return reply.say(booking.confirm, time=said)
    why_not = {
        Fit.TAKEN: booking.not_free,
        Fit.CLOSED: booking.closed,
        Fit.TOO_FAR: booking.too_far,
        Fit.TOO_SOON: booking.not_free,
    }
    if fit is Fit.TOO_SOON and start < diary.now:
        why_not[fit] = booking.too_far
    if fit in why_not:
        reply.say(why_not[fit])
    return offer(reply, diary.nearest(start, booking.offers))
