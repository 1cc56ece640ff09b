// Holds the access token in a closure. It leaves only as the Authorization header of a request.

const LEAD = 60_000;
const SPREAD = 0.05;
const NOTHING = { token: "", key: null, scope: "" };

/** @type {CreateTokenHolder} */
export const createTokenHolder = ({ now, random }) => {
  /** @type {Pick<TokenAnswer, "token" | "key" | "scope">} */
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
      // A token of less than two minutes is renewed at half time, not at once.
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
    },
    view: () => ({
      signedIn: held.token !== "",
      bound: held.key !== null,
      expiresAt: expiresAt || null,
      expiresInMs: Math.max(0, expiresAt - now()),
      scope: held.scope.split(" ").filter(Boolean),
    }),
  };
};

/** To notice another person, never to decide what is allowed. @type {SubjectOf} */
export const subjectOf = (token) => {
  try {
    const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
    return JSON.parse(atob(payload)).sub ?? null;
  } catch {
    return null;
  }
};
