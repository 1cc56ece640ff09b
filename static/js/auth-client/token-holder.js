// Holds the access token in a closure. It leaves only as the Authorization header of a request.

const LEAD = 60_000;
const SPREAD = 0.05;

/** @param {ServerClock} clock @param {() => number} random @returns {TokenHolder} */
export function createTokenHolder(clock, random) {
  /** @type {string | null} */
  let token = null;
  /** @type {string | null} */
  let subject = null;
  /** @type {string[]} */
  let scope = [];
  let expiresAt = 0;
  let renewAt = 0;
  let generation = 0;

  return {
    generation: () => generation,
    isUsable: () => token !== null && clock.now() < expiresAt,
    isDue: () => clock.now() >= renewAt,
    // A browser's timer cannot count further than 24 days.
    msUntilDue: () => Math.min(86_400_000, Math.max(0, renewAt - clock.now())),
    subject: () => subject,
    adopt(answer) {
      const lifetime = answer.expires_in * 1000;
      // A token shorter than two minutes is renewed at half time, or it would be due as soon as it comes.
      const lead = Math.min(LEAD, lifetime / 2) * (1 + SPREAD * (2 * random() - 1));
      token = answer.token;
      subject = subjectOf(token);
      scope = answer.scope.split(" ").filter(Boolean);
      expiresAt = clock.now() + lifetime;
      renewAt = expiresAt - lead;
      generation += 1;
    },
    drop() {
      token = null;
    },
    forget() {
      token = subject = null;
    },
    attachTo(headers) {
      if (token !== null) headers.set("Authorization", `Bearer ${token}`);
    },
    view() {
      if (token === null) return { signedIn: false, expiresAt: null, expiresInMs: 0, scope: [] };
      return { signedIn: true, expiresAt, expiresInMs: Math.max(0, expiresAt - clock.now()), scope: [...scope] };
    },
  };
}

/**
 * Read to notice that another person signed in, never to decide what is allowed.
 * @param {string} token
 * @returns {string | null} the `sub` claim, or null when the token cannot be read
 */
export function subjectOf(token) {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).sub ?? null;
  } catch {
    return null;
  }
}
