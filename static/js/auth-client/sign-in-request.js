// The two calls that begin and end a session.

import { AuthError, failure, objectIn, problemIn, replaced, tokenIn, unreachable } from "./api-answer.js";
import { cookiePost } from "./cookie-post.js";
import { within } from "./waiting.js";

// Longer than a refresh: a sign-in may wait its turn for the password check.
const PATIENCE = 30_000;

/** @param {ClientParts} parts @param {object} credentials @param {AbortSignal} begun */
export async function signIn(parts, credentials, begun) {
  // A late refresh answer would put the old session's cookie over the new one.
  for (const each of parts.renewals) each.cancel(replaced());
  const key = await parts.keyring.take(parts.holder.key());
  const headers = { "Content-Type": "application/json" };
  const response = await post({ ...parts, key }, "login", { headers, body: JSON.stringify(credentials) }, [begun]);
  if (!response.ok) throw new AuthError(await problemIn(response));
  const answer = tokenIn(await objectIn(response), key);
  if (answer === null) throw failure("malformed_answer", "The answer could not be read.");
  begun.throwIfAborted();
  parts.beginEpoch(replaced());
  parts.adopt(answer);
  parts.around.channel.postMessage({ kind: "signed-in" });
  parts.emit({ type: "signed-in", by: "here" });
}

/** @param {ClientParts} parts @param {ProofKey} key @param {Headers} headers with the token, if one was held */
export async function signOut(parts, key, headers) {
  const response = await post({ ...parts, key }, "logout", { headers, keepalive: true }, []);
  // 401 means there was nothing left to end.
  if (!response.ok && response.status !== 401) throw new AuthError(await problemIn(response));
  parts.keyring.drop();
}

/** @param {SessionParts} parts @param {string} path @param {RequestInit} init @param {AbortSignal[]} signals */
function post({ base, around, send, key }, path, init, signals) {
  const failure = unreachable();
  return within(around.timers, PATIENCE, failure, signals, async (signal) => {
    try {
      return await send(await cookiePost(new URL(`/api/v1/${path}`, base), around, { ...init, signal }), key);
    } catch {
      throw failure;
    }
  });
}
