// Making and using passkeys: options from the server in, a credential for the server out.

import { creationOptions, credentialJson, requestOptions } from "./json-forms.js";

export const canUsePasskeys = () => (
  typeof PublicKeyCredential === "function" && typeof navigator.credentials?.get === "function"
);

/** Whether the browser offers passkeys among the names that it fills in. */
export const canOfferPasskeys = async () => (
  canUsePasskeys() && await PublicKeyCredential.isConditionalMediationAvailable?.().catch(() => false) === true
);

/**
 * Asks for a new passkey. Rejects as the browser does: NotAllowedError when the person declines,
 * InvalidStateError when the device holds one of this account's already.
 *
 * @param {PublicKeyCredentialCreationOptionsJSON} options @param {{ signal?: AbortSignal }} [how]
 */
export async function createPasskey(options, how = {}) {
  const made = await navigator.credentials.create({ publicKey: creationOptions(options), ...how });
  return credentialJson(/** @type {PublicKeyCredential} */ (made));
}

/**
 * Asks for a passkey; with `mediation` "conditional" only among the names that the browser fills in.
 *
 * @param {PublicKeyCredentialRequestOptionsJSON} options
 * @param {{ signal?: AbortSignal, mediation?: CredentialMediationRequirement }} [how]
 */
export async function usePasskey(options, how = {}) {
  const used = await navigator.credentials.get({ publicKey: requestOptions(options), ...how });
  return credentialJson(/** @type {PublicKeyCredential} */ (used));
}
