"""The two ceremonies of passkeys (Web Authentication Level 3, section 7), checked by py_webauthn. Knows no table.

Everything here takes what anybody may send, and answers it with one kind of error. It is loaded with the first passkey
that is used, since the library is large.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import (
    decode_credential_public_key,
    decoded_public_key_to_cryptography,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticationCredential,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from webapp.config import current_settings
from webapp.factors.passkey_challenges import CHALLENGE_LIFETIME
from webapp.factors.passkey_errors import Unverified

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from webapp.accounts.models import Account
    from webapp.factors.models import Passkey

ALGORITHMS: Final = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.EDDSA,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
_LONGEST_CREDENTIAL: Final = 32_768
_LONGEST_ID: Final = 1023
_RSA_BITS: Final = range(2048, 4097)
_LARGEST_EXPONENT: Final = 2**32
_MILLISECONDS: Final = int(CHALLENGE_LIFETIME.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Attested:
    """A credential that was made for us and verified its user."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: str
    is_synced: bool


@dataclass(frozen=True, slots=True)
class Asserted:
    """What a credential said of itself in an answer that verifies."""

    sign_count: int
    is_synced: bool


def rp_id() -> str:
    """The name that passkeys are made for: the host of PUBLIC_URL."""
    return urlsplit(current_settings().public_url).hostname or ""


def creation_options(account: Account, challenge: bytes, known: Iterable[Passkey]) -> dict[str, Any]:
    """PublicKeyCredentialCreationOptionsJSON for a discoverable credential that verifies its user."""
    options = generate_registration_options(
        rp_id=rp_id(),
        rp_name=current_settings().app_name,
        user_id=account.id.encode(),
        user_name=account.username,
        user_display_name=account.display_name,
        challenge=challenge,
        timeout=_MILLISECONDS,
        attestation=AttestationConveyancePreference.NONE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_described(known),
        supported_pub_key_algs=ALGORITHMS,
    )
    return options_to_json_dict(options)


def request_options(challenge: bytes, allowed: Iterable[Passkey] = ()) -> dict[str, Any]:
    """PublicKeyCredentialRequestOptionsJSON; with none allowed by name, the person chooses among all of ours."""
    options = generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        timeout=_MILLISECONDS,
        allow_credentials=_described(allowed),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json_dict(options)


def read_attestation(credential: Mapping[str, Any] | str) -> tuple[RegistrationCredential, bytes]:
    """The answer to `creation_options`, and the challenge it claims to answer. Raises Unverified."""
    with _Reading():
        parsed = parse_registration_credential_json(_bounded(credential))
        return parsed, _challenge_in(parsed.response.client_data_json)


def read_assertion(credential: Mapping[str, Any] | str) -> tuple[AuthenticationCredential, bytes]:
    """The answer to `request_options`, and the challenge it claims to answer. Raises Unverified."""
    with _Reading():
        parsed = parse_authentication_credential_json(_bounded(credential))
        return parsed, _challenge_in(parsed.response.client_data_json)


def verify_attestation(credential: RegistrationCredential, challenge: bytes) -> Attested:
    """Raises Unverified, also for a key that no answer could be checked with later."""
    with _Reading():
        _require_top_level(credential.response.client_data_json)
        verified = verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=current_settings().public_url,
            require_user_verification=True,
            supported_pub_key_algs=ALGORITHMS,
        )
        _require_usable(verified.credential_public_key)
        if verified.credential_id != credential.raw_id or len(verified.credential_id) > _LONGEST_ID:
            raise Unverified
        transports = sorted({each.value for each in credential.response.transports or ()})
        return Attested(
            verified.credential_id,
            verified.credential_public_key,
            verified.sign_count,
            " ".join(transports),
            verified.credential_backed_up,
        )


def verify_assertion(credential: AuthenticationCredential, challenge: bytes, public_key: bytes) -> Asserted:
    """Raises Unverified. The counter is the store's to compare, in one statement with its change."""
    with _Reading():
        _require_top_level(credential.response.client_data_json)
        verified = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=current_settings().public_url,
            credential_public_key=public_key,
            credential_current_sign_count=0,
            require_user_verification=True,
        )
        return Asserted(verified.new_sign_count, verified.credential_backed_up)


class _Reading:
    """Turns every error into Unverified: forged bytes make the library raise whatever it trips over, such as KeyError.

    Nothing but bytes is looked at within, so none of these says anything else than that the bytes are wrong.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, Exception) and not isinstance(error, Unverified):
            raise Unverified from error


def _bounded(credential: Mapping[str, Any] | str) -> dict[str, Any]:
    text = credential if isinstance(credential, str) else json.dumps(dict(credential))
    if len(text) > _LONGEST_CREDENTIAL:
        raise Unverified
    found: dict[str, Any] = json.loads(text)
    return found


def _challenge_in(client_data_json: bytes) -> bytes:
    return parse_client_data_json(client_data_json).challenge


def _require_top_level(client_data_json: bytes) -> None:
    """No page of ours is shown within another's (section 7.2, step 13)."""
    if parse_client_data_json(client_data_json).cross_origin:
        raise Unverified


def _require_usable(public_key: bytes) -> None:
    """A key on its curve; an RSA key that is neither weak nor made to keep us busy."""
    key = decoded_public_key_to_cryptography(decode_credential_public_key(public_key))
    if isinstance(key, RSAPublicKey) and (
        key.key_size not in _RSA_BITS or key.public_numbers().e > _LARGEST_EXPONENT
    ):
        raise Unverified


def _described(passkeys: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=each.credential_id,
            transports=[AuthenticatorTransport(name) for name in each.transports.split()],
        )
        for each in passkeys
    ]
