"""HTTP of firms: a person's own in the web chat, the firm's own system, staff."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from bot.errors import InvalidInputError
from bot.people.access import Access
from bot.people.firms import schemas
from bot.people.firms.checks import read_grants
from bot.people.firms.claims import ClaimService
from bot.people.firms.links import JoinLinks, qr_svg
from bot.people.firms.mandates import MandateService
from bot.people.firms.model import MANDATE_RIGHTS, Grants, Invitation, Right
from bot.people.firms.schemas import FirmId
from bot.people.firms.service import FirmService
from bot.people.model import Key, Person, Role, Scope, StaffSession
from bot.people.own import own_person
from bot.people.service import PeopleService, WebSessions


def _read(rights: schemas.RightsGiven, *, allowed: frozenset[Right] = frozenset(Right)) -> Grants:
    grants, faults = read_grants(rights, allowed=allowed)
    if faults:
        raise InvalidInputError(faults)
    return grants


def _new(one: Invitation, links: JoinLinks, response: Response) -> schemas.InvitationPublic:
    # Shown this once: kept nowhere, also not under an Idempotency-Key.
    response.headers["Cache-Control"] = "no-store"
    link = links.link(one.code or "")
    return schemas.invitation_public(one, link, qr_svg(link or one.code or ""))


def own_firms_router(
    firms: FirmService, mandates: MandateService, links: JoinLinks, people: PeopleService, sessions: WebSessions
) -> APIRouter:
    """Routes of a web chat's own person. The conversation's id is the bearer token."""
    router = APIRouter(prefix="/v1/me", tags=["firms"])
    Own = Annotated[Person, Depends(own_person(people, sessions))]

    @router.get("/firms")
    async def read_firms(person: Own) -> list[schemas.MembershipPublic]:
        """The firms that one belongs to."""
        return [
            schemas.MembershipPublic(firm=schemas.firm_public(m.firm), member=schemas.member_public(m.member))
            for m in await firms.memberships(person)
        ]

    @router.get("/acting/{right}")
    async def read_acting(person: Own, right: Right) -> list[schemas.ActingPublic]:
        """The firms for which one may act in a function now, by membership or mandate."""
        return [schemas.acting_public(firm) for firm in await firms.acting(person, right)]

    @router.post("/firms/join")
    async def join(person: Own, code: schemas.JoinCode) -> schemas.MembershipPublic:
        """Join a firm with a one-time code. Five wrong codes in an hour are enough."""
        joined = await firms.join(person, code.code)
        return schemas.MembershipPublic(
            firm=schemas.firm_public(joined.firm), member=schemas.member_public(joined.member)
        )

    @router.delete("/firms/{firm_id}", status_code=204)
    async def leave(person: Own, firm_id: FirmId) -> None:
        """Leave a firm. The last admin names another one first (409, state `last-admin`)."""
        await firms.leave(person, firm_id)

    @router.get("/firms/{firm_id}/members")
    async def read_members(person: Own, firm_id: FirmId) -> list[schemas.MemberPublic]:
        """Who belongs to the firm, admins first."""
        return [schemas.member_public(member) for member in await firms.members(person, firm_id)]

    @router.put("/firms/{firm_id}/members/{member_id}/rights")
    async def change_rights(
        person: Own, firm_id: FirmId, member_id: FirmId, change: schemas.RightsChange
    ) -> schemas.MemberPublic:
        """Replace what a member may do."""
        grants = {} if change.admin else _read(change.rights)
        return schemas.member_public(await firms.change_rights(person, firm_id, member_id, grants, admin=change.admin))

    @router.delete("/firms/{firm_id}/members/{member_id}", status_code=204)
    async def take_out(person: Own, firm_id: FirmId, member_id: FirmId) -> None:
        """Take a member out; what they could do ends at once."""
        await firms.take_out(person, firm_id, member_id)

    @router.get("/firms/{firm_id}/invitations")
    async def read_invitations(person: Own, firm_id: FirmId) -> list[schemas.InvitationPublic]:
        """Open invitations, newest first, without their codes."""
        return [schemas.invitation_public(one) for one in await firms.invitations(person, firm_id)]

    @router.post("/firms/{firm_id}/invitations", status_code=201)
    async def invite(
        person: Own, firm_id: FirmId, wish: schemas.InvitationCreate, response: Response
    ) -> schemas.InvitationPublic:
        """A one-time code with its link and QR code, shown this once; it lasts seven days."""
        grants = {} if wish.admin else _read(wish.rights)
        made = await firms.invite(person, firm_id, wish.label, grants, admin=wish.admin)
        return _new(made, links, response)

    @router.delete("/firms/{firm_id}/invitations/{invitation_id}", status_code=204)
    async def withdraw(person: Own, firm_id: FirmId, invitation_id: FirmId) -> None:
        """Take an open invitation back."""
        await firms.withdraw(person, firm_id, invitation_id)

    @router.get("/firms/{firm_id}/mandates")
    async def read_mandates(person: Own, firm_id: FirmId) -> list[schemas.MandatePublic]:
        """Offered and active mandates of the firm, as client or broker."""
        return [schemas.mandate_public(one) for one in await mandates.mandates(person, firm_id)]

    @router.post("/firms/{firm_id}/mandates", status_code=201)
    async def offer(person: Own, firm_id: FirmId, wish: schemas.MandateCreate) -> schemas.MandatePublic:
        """Give a broker a mandate; it holds once the broker has taken it."""
        grants = _read(wish.rights, allowed=MANDATE_RIGHTS)
        return schemas.mandate_public(
            await mandates.offer(person, firm_id, wish.broker, grants, wish.valid_from, wish.valid_until)
        )

    @router.post("/mandates/{mandate_id}/accept")
    async def accept(person: Own, mandate_id: FirmId) -> schemas.MandatePublic:
        """Take a mandate, as the broker."""
        return schemas.mandate_public(await mandates.accept(person, mandate_id))

    @router.delete("/mandates/{mandate_id}")
    async def end(person: Own, mandate_id: FirmId) -> schemas.MandatePublic:
        """End a mandate at once, from either side; the broker declines one that it has not taken."""
        return schemas.mandate_public(await mandates.end(person, mandate_id))

    return router


def firms_router(claims: ClaimService, links: JoinLinks, access: Access) -> APIRouter:
    """Routes of the firm's own system and of staff."""
    router = APIRouter(prefix="/v1/firms", tags=["firms"])
    Approver = Annotated[StaffSession, Depends(access.staff(Role.APPROVER))]
    Owner = Annotated[Key, Depends(access.key(Scope.CLEARANCE))]

    @router.post("/own/admin-code", status_code=201)
    async def own_admin_code(
        key: Owner, wish: schemas.OwnAdminCodeCreate, response: Response
    ) -> schemas.InvitationPublic:
        """A one-time code for the firm's first admin, asked for by its own system."""
        return _new(await claims.own_admin_code(key, wish.label), links, response)

    @router.post("/admin-codes", status_code=201)
    async def admin_code(who: Approver, wish: schemas.AdminCodeCreate, response: Response) -> schemas.InvitationPublic:
        """A one-time code for a firm's first admin, after a look at its papers; it lasts three days."""
        made = await claims.first_admin_code(wish.credit_code, wish.name, wish.label, by=who.staff)
        return _new(made, links, response)

    @router.get("/recoveries")
    async def read_recoveries(who: Approver) -> list[schemas.RecoveryPublic]:
        """Recoveries that wait for a decision or for the new admin, oldest first."""
        return [schemas.recovery_public(one) for one in await claims.open_recoveries()]

    @router.post("/recoveries", status_code=201)
    async def request_recovery(who: Approver, wish: schemas.RecoveryCreate) -> schemas.RecoveryPublic:
        """Ask for a new admin of a firm whose admins are gone; another member of staff decides."""
        made = await claims.request_recovery(
            wish.credit_code, wish.label, wish.reason, replaces=wish.replaces, by=who.staff
        )
        return schemas.recovery_public(made)

    @router.post("/recoveries/{recovery_id}/approve", status_code=201)
    async def approve_recovery(who: Approver, recovery_id: FirmId, response: Response) -> schemas.InvitationPublic:
        """Agree, as another person than who asked: the new admin's one-time code, shown this once."""
        return _new(await claims.approve_recovery(recovery_id, by=who.staff), links, response)

    @router.post("/recoveries/{recovery_id}/refuse", status_code=204)
    async def refuse_recovery(who: Approver, recovery_id: FirmId, refusal: schemas.RecoveryRefusal) -> None:
        """Say no."""
        await claims.refuse_recovery(recovery_id, refusal.why, by=who.staff)

    @router.get("/{credit_code}")
    async def look_up(who: Approver, credit_code: str) -> schemas.FirmStaffView:
        """A firm with its members; the look is recorded."""
        firm, members, open_ones = await claims.look_up(credit_code, by=who.staff)
        return schemas.FirmStaffView(
            firm=schemas.firm_public(firm),
            members=[schemas.member_public(member) for member in members],
            recoveries=[schemas.recovery_public(one) for one in open_ones],
        )

    return router
