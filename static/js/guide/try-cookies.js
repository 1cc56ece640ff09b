// Calls about cookies: what a script sees of them, and what is refused to whoever has them alone.

import { csrfValue } from "../auth-client/cookie-post.js";
import { answered, refusedWith } from "./answers.js";

/** @type {Record<string, Try>} */
export const tries = {
  async seen() {
    const names = document.cookie.split("; ").map((pair) => pair.split("=", 1)[0] ?? "").filter(Boolean);
    const sentence = names.length
      ? "That is all that a script can read here, ours or another’s. The refresh token is not among it."
      : "Nothing: no cookie of this server is readable here.";
    return { kind: "good", sentence, facts: names.map((name) => ["Readable", name]) };
  },

  async csrf() {
    const response = await fetch("/api/v1/refresh", { method: "POST", cache: "no-store" });
    const answer = await answered(response, "POST");
    return { ...answer.told, kind: "info", sentence: refusedWith(answer, "csrf_failed", "refresh_token_missing") };
  },

  async unproven(reader) {
    const { client } = await reader();
    if (!client.claims().bound) {
      return {
        kind: "warning", sentence: "Your session is bound to no key, so this would have worked. Nothing was sent.",
      };
    }
    const headers = { "X-CSRF-TOKEN": csrfValue(document.cookie) };
    const response = await fetch("/api/v1/refresh", { method: "POST", cache: "no-store", headers });
    const answer = await answered(response, "POST");
    const after = await client.fetch("/api/v1/protected");
    return {
      ...answer.told, kind: "info", sentence: refusedWith(answer, "invalid_dpop_proof"),
      facts: [["You, after it", after.ok ? "still signed in" : `refused with ${after.status}`]],
    };
  },
};
