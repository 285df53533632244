"""What can go wrong with making and changing accounts."""

from app.core.errors import Forbidden, Invalid, Rejected


class UsernameTaken(Rejected):
    """Another account has this username."""

    code = "username_taken"
    detail = "Username already taken"


BY_INVITATION = "Accounts are made by invitation here: follow the link in the mail that you got"


class RegistrationClosed(Forbidden):
    """Only administrators make accounts here."""

    code = "registration_closed"
    detail = "Registration is closed"


class WrongCurrentPassword(Rejected):
    """A new e-mail or password needs the current password, and this is not it."""

    code = "wrong_current_password"
    detail = "A new e-mail or password needs the right `current_password`"


class LastAdministrator(Rejected):
    """Without this account, nobody could administer the site."""

    code = "last_administrator"
    detail = "The last active administrator can be neither demoted, deactivated nor deleted"


class OwnAccount(Rejected):
    """An administrator's own e-mail and password need the current one, as everybody's do."""

    code = "own_account"
    detail = "Change your own e-mail and password by PATCH /users/me, with `current_password`"


class UnfitHeir(Invalid):
    """Articles can be handed over only to another account that is active and may write."""

    code = "unfit_heir"
    detail = "Articles go to another account that is active and may write; this is none"
