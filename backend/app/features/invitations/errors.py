"""What can go wrong with invitations."""

from app.core.errors import Forbidden, NotFound, Rejected


class MayNotInvite(Forbidden):
    """The action is for those who may invite."""

    code = "may_not_invite"
    detail = "The user doesn't have enough privileges"


class RoleAboveOwn(Forbidden):
    """Nobody raises anybody above themselves."""

    code = "role_above_own"
    detail = "You can give your own role at the most"


class AlreadyInvited(Rejected):
    """Somebody else's invitation of the same address waits for an answer."""

    code = "already_invited"
    detail = "Somebody else has invited this address, and the answer is still open"


class TooManyInvitations(Rejected):
    """So many invitations wait for an answer that the next one has to wait, too."""

    code = "too_many_invitations"


class InvitationNotFound(NotFound):
    """There is no such invitation, or not for this person."""

    code = "invitation_not_found"
    detail = "Invitation not found"


class InvitationInvalid(Rejected):
    """The token was not made by us, or has expired."""

    code = "invitation_invalid"
    detail = "This invitation is not good, or not any more; ask for a new one"


class InvitationRevoked(Rejected):
    """The invitation was taken back or replaced, or whoever sent it may not invite any more."""

    code = "invitation_revoked"
    detail = "This invitation has been taken back; ask for a new one"


class InvitationUsed(Rejected):
    """The invitation has been accepted."""

    code = "invitation_used"
    detail = "This invitation has been accepted already; sign in"
