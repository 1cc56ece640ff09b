// One POST to the refresh endpoint, and what its answer means: a token, the end, or "try again later".

import { objectIn, problemIn, tokenIn } from "./api-answer.js";
import { cookiePost } from "./cookie-post.js";
import { within } from "./waiting.js";

// The server takes an answer older than its REFRESH_DEADLINE of 15 s for lost. The difference is for clocks that run apart.
const DEADLINE = 12_000;
// Nothing else signs a person out: a proxy's 401, a lost CSRF cookie or a busy server is not the end of a session.
const ENDINGS = ["session_ended", "refresh_token_reused", "refresh_token_missing"];

/** @type {RequestRefresh} */
export const requestRefresh = async (base, around, clock, signal) => {
  const late = new Error("No answer in time");
  const sentAt = around.now();
  try {
    return await within(around.timers, DEADLINE, late, [signal], async (bound) => {
      const response = await around.fetch(cookiePost(new URL("/api/v1/refresh", base), around, { signal: bound }));
      const verdict = await judge(response);
      // A timer stands still while the device sleeps; the answer is as dead as if it had fired.
      if (around.now() - sentAt > DEADLINE) throw late;
      clock.read(response);
      return verdict;
    });
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "delayed", code: error === late ? "no_answer" : "unreachable", retryAfter: null };
  }
};

/** @param {Response} response @returns {Promise<Verdict>} */
async function judge(response) {
  if (response.ok) {
    const answer = tokenIn(await objectIn(response));
    return answer ? { kind: "renewed", answer } : { kind: "delayed", code: "malformed_answer", retryAfter: null };
  }
  const problem = await problemIn(response);
  const isEnd = problem.status === 401 && ENDINGS.includes(problem.code);
  return isEnd ? { kind: "ended", problem } : { kind: "delayed", code: problem.code, retryAfter: problem.retryAfter };
}
