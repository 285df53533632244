"""Who invites whom, as what: decisions without I/O."""

from app.core.config import Settings
from app.core.policy import Permission, Role
from app.features.invitations.errors import MayNotInvite, RoleAboveOwn
from app.features.mail.schemas import Mail
from app.features.site.schemas import SiteRead
from app.models import Invitation, User

MOST_OPEN = 100


def may_invite_as(user: User, role: Role) -> bool:
    """Say whether this person may make somebody's account with this role."""
    return user.may(Permission.INVITE) and Role(user.role).reaches(role)


def check_may_invite(user: User) -> None:
    """Raise MayNotInvite for whoever may not."""
    if not user.may(Permission.INVITE):
        raise MayNotInvite


def check_role(user: User, role: Role) -> None:
    """Raise MayNotInvite for whoever may not, and RoleAboveOwn for a role above their own."""
    check_may_invite(user)
    if not may_invite_as(user, role):
        raise RoleAboveOwn


def sees_all(user: User) -> bool:
    """Say whether this person sees and revokes the invitations of others."""
    return user.may(Permission.ADMINISTER_USERS)


def may_revoke(user: User, invitation: Invitation) -> bool:
    """Say whether this person may take an invitation back."""
    return invitation.inviter_id == user.id or sees_all(user)


def letter(
    invitation: Invitation, token: str, *, site: SiteRead, settings: Settings, days: int
) -> Mail:
    """Return the mail that brings a token to whoever is invited, for as many days as are left."""
    path = settings.account_path.replace("{action}", "accept-invitation")
    inviter = invitation.inviter
    return Mail(
        template="accept-invitation",
        to=invitation.email,
        locale=site.locale,
        id=f"{invitation.id}-{int(invitation.created_at.timestamp())}",
        values={
            "site_title": site.title,
            "inviter": inviter.full_name or inviter.username,
            "role": invitation.role,
            "days": str(days),
            "link": settings.site_url + path.replace("{token}", token),
        },
    )
