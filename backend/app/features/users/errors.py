"""What can go wrong with making and changing accounts."""

from app.core.errors import Forbidden, Rejected


class EmailTaken(Rejected):
    """Another account has this e-mail."""

    code = "email_taken"
    detail = "Email already registered"


class UsernameTaken(Rejected):
    """Another account has this username."""

    code = "username_taken"
    detail = "Username already taken"


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
