// The two calls that begin and end a session.

import { AuthError, objectIn, problemIn, tokenIn } from "./api-answer.js";
import { cookiePost } from "./cookie-post.js";
import { within } from "./waiting.js";

// Longer than a refresh: a sign-in may wait its turn for the password check.
const PATIENCE = 30_000;

/**
 * @param {URL} base
 * @param {Surroundings} around
 * @param {object} credentials
 * @param {AbortSignal} signal
 * @returns {Promise<{ answer: TokenAnswer, response: Response }>}
 */
export async function sendSignIn(base, around, credentials, signal) {
  const headers = { "Content-Type": "application/json" };
  const init = { headers, body: JSON.stringify(credentials) };
  const response = await send(around, cookiePost(new URL("/api/v1/login", base), around, init), [signal]);
  if (!response.ok) throw new AuthError(await problemIn(response));
  const answer = tokenIn(await objectIn(response));
  if (answer === null) throw new AuthError({ code: "malformed_answer", message: "The answer could not be read." });
  return { answer, response };
}

/** @param {URL} base @param {Surroundings} around @param {Headers} headers with the token, if one was held */
export async function sendSignOut(base, around, headers) {
  const request = cookiePost(new URL("/api/v1/logout", base), around, { headers, keepalive: true });
  const response = await send(around, request, []);
  // 401 means there was nothing left to end.
  if (!response.ok && response.status !== 401) throw new AuthError(await problemIn(response));
}

/** @param {Surroundings} around @param {Request} request @param {AbortSignal[]} signals */
function send(around, request, signals) {
  const unreachable = new AuthError({ code: "unreachable", message: "The server could not be reached." });
  return within(around.timers, PATIENCE, unreachable, signals, (signal) =>
    around.fetch(new Request(request, { signal })).catch(() => {
      throw unreachable;
    }));
}
