"""What can go wrong with signing in by way of a provider."""

from app.core.errors import NotFound, Rejected, Unavailable


class NotConfigured(NotFound):
    """This site knows no provider."""

    code = "oidc_not_configured"
    detail = "This site has no provider to sign in with"


class ProviderUnavailable(Unavailable):
    """The provider does not answer, or not as a provider does."""

    code = "provider_unavailable"
    detail = "The provider to sign in with does not answer as it should; try again in a moment"


class VisitUnknown(Rejected):
    """Nobody has left for the provider from this browser, or not within the last minutes."""

    code = "visit_unknown"
    detail = "This sign-in is over, took too long or was begun in another browser; begin again"


class ProviderRefused(Rejected):
    """The provider does not sign this person in, or they did not want it to."""

    code = "provider_refused"
    detail = "The provider has not signed you in"


class BadAnswer(Rejected):
    """What the provider says cannot be believed: it is forged, old or meant for somebody else."""

    code = "provider_answer_invalid"
    detail = "The provider's answer cannot be believed"


class AddressUnproven(Rejected):
    """The provider does not vouch for an e-mail address of this person."""

    code = "address_unproven"
    detail = "The provider does not confirm your e-mail address; confirm it there first"


class AccountExists(Rejected):
    """An account has this address, and nobody has linked it to the provider."""

    code = "account_exists"
    detail = "There is an account with this e-mail; sign in to it, then link it to the provider"


class AddressDiffers(Rejected):
    """The provider knows this person by another address than the account."""

    code = "address_differs"
    detail = "The provider knows you by another e-mail address than your account's"


class IdentityTaken(Rejected):
    """The person at the provider is linked to another account already."""

    code = "identity_taken"
    detail = "This identity is linked to another account"


class LastWayIn(Rejected):
    """Without this identity, nobody could sign in to the account."""

    code = "last_way_in"
    detail = "Set a password or add a passkey first: without this you could not sign in any more"


class IdentityNotFound(NotFound):
    """The account has no identity with this id."""

    code = "identity_not_found"
    detail = "Identity not found"
