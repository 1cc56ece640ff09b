// Holds the access token, which leaves only as a request's Authorization header.

const LEAD = 60_000;
const SPREAD = 0.05;
const NOTHING = { token: "", key: null, scope: "" };

/** @type {CreateTokenHolder} */
export const createTokenHolder = ({ now, random }) => {
  /** @type {HeldToken} */
  let held = NOTHING;
  /** @type {string | null} */
  let subject = null;
  let expiresAt = 0;
  let renewAt = 0;
  let generation = 0;

  return {
    generation: () => generation,
    isUsable: () => now() < expiresAt,
    isDue: () => now() >= renewAt,
    // A browser's timer cannot count further than 24 days.
    msUntilDue: () => Math.min(86_400_000, Math.max(0, renewAt - now())),
    subject: () => subject,
    key: () => held.key,
    adopt(answer) {
      const lifetime = answer.expires_in * 1000;
      // One of less than two minutes is renewed at half time.
      const lead = Math.min(LEAD, lifetime / 2) * (1 + SPREAD * (2 * random() - 1));
      held = answer;
      subject = subjectOf(answer.token);
      expiresAt = now() + lifetime;
      renewAt = expiresAt - lead;
      generation += 1;
    },
    drop() {
      held = NOTHING;
      expiresAt = 0;
    },
    forget() {
      this.drop();
      subject = null;
    },
    attachTo(headers) {
      if (held.token) headers.set("Authorization", `${held.key ? "DPoP" : "Bearer"} ${held.token}`);
      return headers;
    },
    view: () => ({
      signedIn: held.token !== "",
      bound: held.key !== null,
      expiresAt: expiresAt || null,
      expiresInMs: Math.max(0, expiresAt - now()),
      renewsInMs: Math.max(0, renewAt - now()),
      scope: held.scope.split(" ").filter(Boolean),
      header: partOf(held.token, 0),
      claims: partOf(held.token, 1),
      signature: beginningOf(held.token.split(".")[2]),
    }),
  };
};

/** @type {SubjectOf} */
export const subjectOf = (token) => partOf(token, 1)?.sub ?? null;

/** @type {PartOf} */
const partOf = (token, place) => {
  try {
    return JSON.parse(atob((token.split(".")[place] ?? "").replaceAll("-", "+").replaceAll("_", "/")));
  } catch {
    return null;
  }
};

/** Too little to sign with. @param {string} [signature] */
const beginningOf = (signature = "") => ({ start: signature.slice(0, 8), length: signature.length });
