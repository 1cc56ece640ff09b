// What Latchkey says about calls: what became of one, and what to do.

import { waitInWords } from "../elements/wait-words.js";

const TELL = "Tell an administrator, and give the number of the request.";
const ASK_AGAIN = "It may have been taken away meanwhile. Reload this page.";
/** @type {Record<string, [became: string, advice: string]>} */
const CODES = {
  connection_off: ["refused: turned off", ASK_AGAIN],
  connection_not_found: ["refused: no such connection", ASK_AGAIN],
  insufficient_scope: ["refused: not allowed", ASK_AGAIN],
  call_not_allowed: ["refused: not allowed", "Choose a method and a path that are listed above."],
  parameter_not_allowed: ["refused: named the key’s parameter", "Take it out of the query."],
  quota_used: ["refused: no calls left", ""],
  calls_at_once: ["refused: too many at once", ""],
  connections_busy: ["refused: server busy", ""],
  call_too_large: ["refused: body too large", "Send less, or ask an administrator for more."],
  address_refused: ["not made: address refused", TELL],
  upstream_unreachable: ["service not reached", `Try again in a moment. ${TELL}`],
  upstream_slow: ["service too slow", `Try again in a moment. ${TELL}`],
  upstream_broken: ["service broke off", `Try again in a moment. ${TELL}`],
  answer_encoded: ["answer was compressed", TELL],
  answer_too_large: ["cut: answer too large", "Ask the service for less, or an administrator for more."],
  call_too_long: ["cut: took too long", "Ask the service for less, or an administrator for more."],
  use_ended: ["cut: right to use it ended", ASK_AGAIN],
};

/** What to do about a refusal; empty where its message says it. @type {AdviceFor} */
export const adviceFor = ({ code, retryAfter }) => (
  retryAfter ? `Try again in ${waitInWords(retryAfter)}.` : CODES[code]?.[1] ?? ""
);

/** @type {PastCallInWords} */
export const pastCallInWords = ({ status, error }) => {
  const became = error && (CODES[error]?.[0] ?? error);
  if (became) return { words: [status, became].filter(Boolean).join(", "), state: "danger" };
  if (status === null) return { words: "no answer", state: "danger" };
  return { words: `${status}`, state: status < 300 ? "done" : status < 400 ? "none" : "danger" };
};
