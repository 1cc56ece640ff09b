// One POST to the refresh endpoint, and what its answer means.

import { objectIn, problemIn, tokenIn } from "./api-answer.js";
import { cookiePost } from "./cookie-post.js";
import { within } from "./waiting.js";

// The server takes an answer for lost after 15 s (REFRESH_DEADLINE).
const DEADLINE = 12_000;
// Nothing else signs a person out, such as a proxy's 401.
const ENDINGS = ["session_ended", "refresh_token_reused", "refresh_token_missing"];

/** @type {RequestRefresh} */
export const requestRefresh = async ({ base, around, send, key }, signal, audience) => {
  const late = new Error("late");
  const sentAt = around.now();
  const url = new URL("/api/v1/refresh", base);
  const init = audience && { headers: { "Content-Type": "application/json" }, body: JSON.stringify({ audience }) };
  try {
    return await within(around.timers, DEADLINE, late, [signal], async (bound) => {
      const response = await send(await cookiePost(url, around, { ...init, signal: bound }), key);
      const verdict = await judge(response, audience ? null : key);
      // While the device sleeps, a timer stands still.
      if (around.now() - sentAt > DEADLINE) throw late;
      return verdict;
    });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "delayed", code: error === late ? "no_answer" : "unreachable", retryAfter: null };
  }
};

/** @type {Judge} */
const judge = async (response, key) => {
  if (response.ok) {
    const answer = tokenIn(await objectIn(response), key);
    return answer ? { kind: "renewed", answer } : { kind: "delayed", code: "malformed_answer", retryAfter: null };
  }
  const problem = await problemIn(response);
  const { status, code, retryAfter } = problem;
  if (status === 401 && ENDINGS.includes(code)) return { kind: "ended", problem };
  if (code === "invalid_dpop_proof") return { kind: "unproven", problem, code, retryAfter };
  return code === "invalid_target" ? { kind: "refused", problem } : { kind: "delayed", code, retryAfter };
};
