"""The wire shapes of passkeys.

What browsers make and take is spelled as browsers do (Web Authentication Level 3, sections 5.1.8
to 5.1.10): `PublicKeyCredential.parseCreationOptionsFromJSON()` takes the options as they are, and
`credential.toJSON()` is what comes back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.core.schemas import AnswerModel, RequestModel, example
from app.core.text import Line
from app.models import Passkey

LONGEST_CREDENTIAL_ID = 1364  # 1023 bytes are the most that the standard lets an id have.

Name = Annotated[str, Line(1, 100)]


def _base64url(longest: int) -> Any:  # noqa: ANN401 - a FieldInfo, as Pydantic types it
    return Field(
        min_length=1,
        max_length=longest,
        pattern=r"^[A-Za-z0-9_-]+={0,2}$",
        description="Bytes in base64url.",
    )


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Who we are to authenticators: the host that passkeys belong to, and the pages that ask."""

    id: str
    name: str
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey, with recovery codes if it is the account's first second factor."""

    passkey: Passkey
    recovery_codes: list[str] | None


class _OfBrowser(BaseModel):
    """What a browser makes; it may say more than we know of, and that is left out."""

    model_config = ConfigDict(strict=True, frozen=True, alias_generator=to_camel)

    def as_json(self) -> dict[str, Any]:
        """Return it as the browser spelled it."""
        return self.model_dump(by_alias=True, exclude_none=True)


class AttestationResponse(_OfBrowser):
    """What an authenticator says of a new passkey."""

    client_data: Annotated[str, _base64url(8192)] = Field(alias="clientDataJSON")
    attestation_object: Annotated[str, _base64url(32_768)]
    transports: list[Annotated[str, Field(max_length=50)]] | None = Field(None, max_length=20)


class AssertionResponse(_OfBrowser):
    """What an authenticator signs for somebody who signs in."""

    client_data: Annotated[str, _base64url(8192)] = Field(alias="clientDataJSON")
    authenticator_data: Annotated[str, _base64url(8192)]
    signature: Annotated[str, _base64url(4096)]
    user_handle: Annotated[str, _base64url(100)] | None = None


class _Credential(_OfBrowser):
    id: Annotated[str, _base64url(LONGEST_CREDENTIAL_ID)]
    raw_id: Annotated[str, _base64url(LONGEST_CREDENTIAL_ID)]
    type: Literal["public-key"]


class NewCredential(_Credential):
    """A `RegistrationResponseJSON`."""

    response: AttestationResponse


class SignedCredential(_Credential):
    """An `AuthenticationResponseJSON`."""

    response: AssertionResponse


class PasskeyCreate(RequestModel):
    """A passkey that a browser has made with the options that it was given."""

    model_config = example(
        {
            "name": "Anna's phone",
            "credential": {
                "id": "kYq2vD0nT3mRw1xZ",
                "rawId": "kYq2vD0nT3mRw1xZ",
                "type": "public-key",
                "response": {
                    "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0",
                    "attestationObject": "o2NmbXRkbm9uZWdhdHRTdG10oA",
                    "transports": ["internal", "hybrid"],
                },
            },
        }
    )

    name: Name
    credential: NewCredential = Field(description="What `credential.toJSON()` returned.")


class PasskeyUpdate(RequestModel):
    """A new name for a passkey."""

    model_config = example({"name": "Anna's old phone"})

    name: Name


class PasskeyRead(AnswerModel):
    """A passkey, as its owner tells it from the others."""

    model_config = example(
        {
            "id": 7,
            "name": "Anna's phone",
            "transports": ["internal", "hybrid"],
            "created_at": "2026-11-21T09:30:00Z",
            "last_used_at": None,
        }
    )

    id: int
    name: str
    transports: list[str] = Field(description="How it is reached, as far as the browser knew.")
    created_at: datetime
    last_used_at: datetime | None


class PasskeyCreated(PasskeyRead):
    """A new passkey, with recovery codes if it is the first second factor."""

    recovery_codes: list[str] | None = Field(description="Shown this once.")

    @classmethod
    def of(cls, registered: Registered) -> Self:
        """Return what its owner is told once."""
        read = PasskeyRead.model_validate(registered.passkey)
        return cls(**read.model_dump(), recovery_codes=registered.recovery_codes)


class PasskeySignIn(RequestModel):
    """A passkey's answer to a challenge, by somebody who signs in."""

    model_config = example(
        {
            "credential": {
                "id": "kYq2vD0nT3mRw1xZ",
                "rawId": "kYq2vD0nT3mRw1xZ",
                "type": "public-key",
                "response": {
                    "clientDataJSON": "eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0",
                    "authenticatorData": "SZYN5YgOjGh0NBcPZHZgW4_krrmihjLHmVzzuoMdl2MFAAAAAQ",
                    "signature": "MEUCIQDx",
                    "userHandle": "Nw",
                },
            }
        }
    )

    credential: SignedCredential = Field(description="What `credential.toJSON()` returned.")


class _Options(AnswerModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel)


class CredentialParameter(_Options):
    """An algorithm that we can verify (COSE)."""

    type: Literal["public-key"]
    alg: int


class CredentialDescriptor(_Options):
    """A passkey that there is already."""

    type: Literal["public-key"]
    id: str
    transports: list[str] = Field(default_factory=list)


class RelyingPartyRead(_Options):
    """Whom a passkey is for."""

    id: str
    name: str


class PasskeyUser(_Options):
    """Whose passkey it is, as the browser shows and keeps it."""

    id: str
    name: str
    display_name: str


class AuthenticatorSelection(_Options):
    """What we want of an authenticator."""

    resident_key: Literal["required"]
    require_resident_key: Literal[True]
    user_verification: Literal["required"]


class CreationOptions(_Options):
    """What `PublicKeyCredential.parseCreationOptionsFromJSON()` takes."""

    model_config = example(
        {
            "rp": {"id": "example.com", "name": "Galley"},
            "user": {"id": "Nw", "name": "anna", "displayName": "Anna Liffey"},
            "challenge": "qK5x0J9mYc3h2dYw1vXo7tQpL8sRZbNf4gTjEaUiWkM",
            "pubKeyCredParams": [{"type": "public-key", "alg": -7}],
            "timeout": 300000,
            "excludeCredentials": [],
            "authenticatorSelection": {
                "residentKey": "required",
                "requireResidentKey": True,
                "userVerification": "required",
            },
            "attestation": "none",
        }
    )

    rp: RelyingPartyRead
    user: PasskeyUser
    challenge: str = Field(description="Good for five minutes, and once.")
    pub_key_cred_params: list[CredentialParameter]
    timeout: int = Field(description="In milliseconds.")
    exclude_credentials: list[CredentialDescriptor]
    authenticator_selection: AuthenticatorSelection
    attestation: Literal["none"]


class RequestOptions(_Options):
    """What `PublicKeyCredential.parseRequestOptionsFromJSON()` takes."""

    model_config = example(
        {
            "challenge": "qK5x0J9mYc3h2dYw1vXo7tQpL8sRZbNf4gTjEaUiWkM",
            "timeout": 300000,
            "rpId": "example.com",
            "allowCredentials": [],
            "userVerification": "required",
        }
    )

    challenge: str = Field(description="Good for five minutes, and once.")
    timeout: int = Field(description="In milliseconds.")
    rp_id: str
    allow_credentials: list[CredentialDescriptor] = Field(
        description="Empty: the authenticator knows whose passkeys it has for this site."
    )
    user_verification: Literal["required"]
