"""Wires the desk of complaints, with the rating of finished cases and the public page of promises."""

from __future__ import annotations

from bot.console.complaint_pages import complaints_console
from bot.desks.complaints.desk import ComplaintDesk
from bot.desks.complaints.form import complaint_form
from bot.desks.complaints.news import ComplaintNews
from bot.desks.complaints.pages import REPORT_PAGE, complaint_pages
from bot.desks.complaints.personal import PersonalComplaints
from bot.desks.complaints.routes import own_complaints_router, reports_router, staff_complaints_router
from bot.desks.complaints.service import ComplaintService
from bot.desks.complaints.talk import ComplaintCases, ComplaintsInChat
from bot.desks.complaints.words import load_complaint_words
from bot.files.words import load_file_words
from bot.ground import Ground
from bot.learning.cases import CaseRatings
from bot.limits import Bucket
from bot.people.own import own_person
from bot.rooms.room import Room
from bot.settings import REPOSITORY
from knowledge.rules.calendar.working_days import read_working_days

# Nobody can be told apart there, so all anonymous senders share one measure.
_ANONYMOUS, _WINDOW_S = 30, 60.0


def complaints_room(ground: Ground) -> Room:
    """Enquiries, suggestions, complaints, reports, reviews."""
    words, ratings = load_complaint_words(ground.zone), CaseRatings(ground.store, ground.clock)
    news = ComplaintNews(ground.outbox, words, ratings)
    calendar = read_working_days(REPOSITORY / "knowledge" / "rules" / "calendar" / "days.yaml")
    service = ComplaintService(
        ground.store, ground.clock, ground.secrets, ground.files, news, words, ratings, calendar, ground.zone
    )
    desk = ComplaintDesk(ground.store, ground.clock, ground.audit, ground.files, news, words, ratings, ground.zone)
    bucket = Bucket(_ANONYMOUS, _WINDOW_S)
    base = (ground.settings.public_url or f"http://{ground.settings.host}:{ground.settings.port}").rstrip("/")
    return Room(
        "complaints",
        ticks=(desk.tick,),
        routers=lambda doors: (
            own_complaints_router(service, own_person(doors.people, doors.sessions)),
            reports_router(service, bucket),
            staff_complaints_router(desk, doors.access),
            complaint_pages(desk, service, load_file_words(), bucket),
            complaints_console(doors.frame, desk, ratings, doors.access),
        ),
        extras=(ComplaintsInChat(service, ratings),),
        personal=(PersonalComplaints(ground.files),),
        forms=(complaint_form(service, base + REPORT_PAGE),),
        cases=(ComplaintCases(service),),
    )
