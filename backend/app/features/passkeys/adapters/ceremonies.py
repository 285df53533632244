"""The ceremonies of Web Authentication (W3C, Level 3, section 7). The only home of py_webauthn."""

from collections.abc import Sequence
from dataclasses import dataclass

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    bytes_to_base64url,
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    parse_attestation_object,
    parse_client_data_json,
)
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.features.passkeys.schemas import (
    CreationOptions,
    NewCredential,
    RelyingParty,
    RequestOptions,
    SignedCredential,
)
from app.models import Passkey, User

MILLISECONDS = 300_000

# We ask for no attestation. A browser then sends none, or what vouches for nobody but itself.
_FORMATS = {"none", "packed"}
_TRANSPORTS = {transport.value: transport for transport in AuthenticatorTransport}
_REQUIRED = UserVerificationRequirement.REQUIRED


class Refused(Exception):
    """What the browser sent is malformed, or proves nothing."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """What there is to know of a passkey that has been verified."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]


def handle_of(account_id: int) -> str:
    """Return how authenticators know an account: by its id, which is public and says nothing."""
    return bytes_to_base64url(str(account_id).encode())


def credential_id(credential: SignedCredential) -> bytes:
    """Return which passkey has signed; raise Refused."""
    try:
        return base64url_to_bytes(credential.raw_id)
    except ValueError:
        raise Refused from None


def challenge_of(credential: NewCredential | SignedCredential) -> str:
    """Return the challenge that was answered; raise Refused.

    A page inside somebody else's is refused too: its visitor may not see who is asking.
    """
    try:
        said = parse_client_data_json(base64url_to_bytes(credential.response.client_data))
    except Exception:  # noqa: BLE001 - anything may be wrong with what a stranger sends
        raise Refused from None
    if said.cross_origin:
        raise Refused
    return bytes_to_base64url(said.challenge)


class Ceremonies:
    """Asks authenticators for passkeys and signatures, and verifies what they answer."""

    def __init__(self, party: RelyingParty) -> None:
        """Take who is asking."""
        self._party = party

    def creation_options(
        self, user: User, challenge: str, known: Sequence[Passkey]
    ) -> CreationOptions:
        """Return what a browser needs to make a passkey: none that it has already.

        The authenticator keeps it, so that signing in needs no username, and sees to it by itself
        that it is its owner who uses it.
        """
        options = generate_registration_options(
            rp_id=self._party.id,
            rp_name=self._party.name,
            user_id=base64url_to_bytes(handle_of(user.id)),
            user_name=user.username,
            user_display_name=user.full_name or user.username,
            challenge=base64url_to_bytes(challenge),
            timeout=MILLISECONDS,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_REQUIRED
            ),
            exclude_credentials=[_descriptor(passkey) for passkey in known],
        )
        return CreationOptions.model_validate(options_to_json_dict(options))

    def request_options(self, challenge: str) -> RequestOptions:
        """Return what a browser needs to have any of this site's passkeys sign."""
        options = generate_authentication_options(
            rp_id=self._party.id,
            challenge=base64url_to_bytes(challenge),
            timeout=MILLISECONDS,
            user_verification=_REQUIRED,
        )
        return RequestOptions.model_validate(options_to_json_dict(options))

    def verify_new(self, credential: NewCredential, challenge: str) -> NewKey:
        """Return the passkey that was made for this challenge (section 7.1); raise Refused.

        A key that nothing can be verified with is refused too: its owner would be locked out.
        """
        try:
            attested = base64url_to_bytes(credential.response.attestation_object)
            form = parse_attestation_object(attested).fmt
            verified = verify_registration_response(
                credential=credential.as_json(),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._party.id,
                expected_origin=list(self._party.origins),
                require_user_verification=True,
            )
            _try_key(verified.credential_public_key)
        except Exception:  # noqa: BLE001 - the library lets KeyError, TypeError and more through
            raise Refused from None
        is_same = verified.credential_id == base64url_to_bytes(credential.raw_id)
        if form not in _FORMATS or not is_same:
            raise Refused
        return NewKey(
            verified.credential_id,
            verified.credential_public_key,
            verified.sign_count,
            [each for each in _TRANSPORTS if each in (credential.response.transports or ())],
        )

    def verify_signed(self, credential: SignedCredential, challenge: str, passkey: Passkey) -> int:
        """Return the count of a signature for this challenge (section 7.2); raise Refused.

        Whether the count is as it should be, the caller knows.
        """
        if credential.response.user_handle != handle_of(passkey.user_id):
            raise Refused
        try:
            verified = verify_authentication_response(
                credential=credential.as_json(),
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=self._party.id,
                expected_origin=list(self._party.origins),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception:  # noqa: BLE001 - likewise
            raise Refused from None
        return verified.new_sign_count


def _try_key(encoded: bytes) -> None:
    decoded_public_key_to_cryptography(decode_credential_public_key(encoded))


def _descriptor(passkey: Passkey) -> PublicKeyCredentialDescriptor:
    transports = [_TRANSPORTS[each] for each in passkey.transports if each in _TRANSPORTS]
    return PublicKeyCredentialDescriptor(id=passkey.credential_id, transports=transports)
