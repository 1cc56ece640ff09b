// The session's CSRF value for a page of another origin: the server tells it to those it lists.

import { objectIn } from "./api-answer.js";

/** @param {Request} post @param {Surroundings} around @returns {Promise<string>} empty without a session */
export async function askForCsrfValue({ url, credentials, cache, redirect, signal }, around) {
  // Signing in needs none, and there may be no session yet.
  if (url.endsWith("/login")) return "";
  const request = new Request(new URL("/api/v1/csrf", url), { credentials, cache, redirect, signal });
  return String((await objectIn(await around.fetch(request))).csrf_token ?? "");
}
