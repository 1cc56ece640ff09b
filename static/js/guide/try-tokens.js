// Calls about tokens: with one, without one, with a forged one, and for a new one.

import { ALONE, answered, asReader, refusedWith, saidIn } from "./answers.js";

const YEAR = 31_536_000;

/** @type {Record<string, Try>} */
export const tries = {
  async sessions(reader) {
    const { body, told } = await asReader(reader, "/api/v1/sessions");
    const sessions = /** @type {Session[]} */ (body.sessions ?? []);
    const count = sessions.length === 1 ? "one open session" : `${sessions.length} open sessions`;
    return {
      ...told, kind: "good", sentence: `The token was accepted, and the server found ${count}.`,
      facts: sessions.slice(0, 8).map(({ device, current }) => [current ? "This one" : "Another", device]),
    };
  },

  async protected(reader) {
    const { body, told } = await asReader(reader, "/api/v1/protected");
    const { client } = await reader();
    const form = client.claims().bound ? "Authorization: DPoP …, and a proof made for this call" : "Authorization: Bearer …";
    return { ...told, kind: "good", sentence: saidIn(body), facts: [["With", form]] };
  },

  async missing() {
    const answer = await answered(await fetch("/api/v1/protected", ALONE));
    return { ...answer.told, kind: "info", sentence: refusedWith(answer, "token_missing") };
  },

  async forged() {
    const headers = { Authorization: `Bearer ${forge()}` };
    const answer = await answered(await fetch("/api/v1/protected", { ...ALONE, headers }));
    return { ...answer.told, kind: "info", sentence: refusedWith(answer, "invalid_token") };
  },

  async renew(reader) {
    const { client } = await reader();
    const before = Object(client.claims().claims);
    await client.renew();
    const { claims, bound } = client.claims();
    const after = Object(claims);
    const sentence = after.rtc === before.rtc
      ? "A new access token, and the same refresh token: it is too young to be replaced."
      : "A new access token, and the next refresh token of the chain, in the cookie.";
    return {
      kind: "good", sentence, request: `POST /api/v${bound ? 2 : 1}/refresh`, status: 200,
      facts: [["rtc", changed(before.rtc, after.rtc)], ["jti", changed(before.jti, after.jti)]],
    };
  },
};

/** @param {unknown} before @param {unknown} after */
const changed = (before, after) => before === after ? `${after}, as before` : `${before} → ${after}`;

/** The claims shown, with a year to live and more rights, and no signature. */
function forge() {
  /** @param {string} name */
  const shown = (name) => document.querySelector(`[data-value="${name}"]`)?.textContent ?? "";
  const now = Math.floor(Date.now() / 1000);
  const names = ["iss", "aud", "sub", "client_id", "sid", "jti"];
  const claims = {
    ...Object.fromEntries(names.map((name) => [name, shown(name)])),
    iat: now, nbf: now, exp: now + YEAR, auth_time: now, amr: ["pwd"], rtc: 1, scope: "admin:write",
  };
  return `${inBase64({ alg: "none", kid: shown("kid"), typ: "at+jwt" })}.${inBase64(claims)}.`;
}

/** @param {object} part */
const inBase64 = (part) => btoa(JSON.stringify(part)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
