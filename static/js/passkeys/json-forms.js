// Options and credentials as JSON (Web Authentication Level 3, section 5.1), by the browser or, where it cannot, by us.

/** @param {string} text base64url */
export const bytesOf = (text) => (
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0))
);

/** @param {ArrayBuffer} buffer */
export const textOf = (buffer) => (
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
);

/** @param {PublicKeyCredentialDescriptorJSON[]} [known] @returns {any[]} */
const described = (known = []) => known.map((each) => ({ ...each, id: bytesOf(each.id) }));

/** @type {(options: PublicKeyCredentialCreationOptionsJSON) => PublicKeyCredentialCreationOptions} */
export const creationOptions = (options) => {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  const { challenge, user, excludeCredentials, ...rest } = options;
  return /** @type {any} */ ({
    ...rest,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: described(excludeCredentials),
  });
};

/** @type {(options: PublicKeyCredentialRequestOptionsJSON) => PublicKeyCredentialRequestOptions} */
export const requestOptions = (options) => {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  const { challenge, allowCredentials, ...rest } = options;
  return /** @type {any} */ ({
    ...rest, challenge: bytesOf(challenge), allowCredentials: described(allowCredentials),
  });
};

/** @type {(credential: PublicKeyCredential) => object} */
export const credentialJson = (credential) => {
  try {
    return credential.toJSON();
  } catch {
    // Missing in older browsers; and password managers hand out credentials of their own making, whose method throws.
    return ownJson(credential);
  }
};

/** @param {PublicKeyCredential} credential */
function ownJson({ rawId, response: given, authenticatorAttachment }) {
  /** @type {any} */
  const response = given;
  const id = textOf(rawId);
  /** @type {Record<string, any>} */
  const answer = { clientDataJSON: textOf(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) answer[name] = textOf(response[name]);
  }
  if (response.getTransports) answer.transports = response.getTransports();
  return { id, rawId: id, type: "public-key", authenticatorAttachment, response: answer, clientExtensionResults: {} };
}
