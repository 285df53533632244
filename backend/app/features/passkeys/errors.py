"""What can go wrong with passkeys."""

from app.core.errors import Invalid, NotFound, Rejected, Unauthenticated


class PasskeyRefused(Unauthenticated):
    """What a passkey has signed does not prove who is asking."""

    code = "passkey_refused"
    detail = "This passkey could not be verified"


class PasskeyNotAccepted(Invalid):
    """A new passkey is malformed, or was not made for this site and this request."""

    code = "passkey_not_accepted"
    detail = "This passkey could not be verified"

    def __init__(self) -> None:
        """Blame the field that holds it."""
        super().__init__(field="credential")


class RegistrationGone(Rejected):
    """The options that the passkey was made with are too old, or have been used."""

    code = "registration_expired"
    detail = "This took too long; ask for new options and try again"


class PasskeyTaken(Rejected):
    """The passkey is registered already, with this account or another one."""

    code = "passkey_taken"
    detail = "This passkey is registered already"


class TooManyPasskeys(Rejected):
    """The account has as many passkeys as an account may have."""

    code = "too_many_passkeys"


class PasskeyNotFound(NotFound):
    """The account has no such passkey."""

    code = "passkey_not_found"
    detail = "Passkey not found"
