// Sends the call of a trial, and reads the answer while it arrives.

import { problemIn } from "../auth-client/index.js";
import { AnswerPanel } from "./connections-answer.js";
import { adviceFor, pastCallInWords } from "./connections-errors.js";
import { decoderFor, kindOf } from "./connections-readable.js";
import { callIn, showCalls, trials } from "./connections-try.js";
import { showQuota } from "./connections.js";
import { byId, slot } from "./slots.js";

const TICK = 200;
// A call is noted when it is over, which may be a moment after its last byte.
const LOOKS = [0, 500, 1_500];

/** @type {Act} */
export const stop = async () => trials.get(byId("trial-form"))?.stop?.abort();

/** @type {Send} */
export const send = async (form, context) => {
  const trial = /** @type {Trial} */ (trials.get(form));
  const call = callIn(form);
  const stopper = new AbortController();
  const stopButton = slot(byId("view"), "stop");
  const answer = new AnswerPanel(slot(byId("view"), "answer-panel"));
  // Whoever leaves the view or closes the trial needs no answer.
  const ticking = setInterval(() => (form.isConnected ? answer.tick() : stopper.abort()), TICK);
  trial.stop = stopper;
  stopButton.hidden = false;
  try {
    await read(await sendCall(call, trial.connection, context, stopper.signal), trial.connection, answer);
  } catch (error) {
    if (stopper.signal.aborted) answer.say("You stopped it.", "todo");
    else answer.fail(error);
  }
  clearInterval(ticking);
  answer.tick();
  trial.stop = null;
  if (document.activeElement === stopButton) form.querySelector("button")?.focus();
  stopButton.hidden = true;
  void showWhatIsNoted(form, context, answer);
};

/** @type {SendCall} */
const sendCall = ({ method, path, query, headers, body }, { name }, { client }, signal) => (
  client.fetch(`/api/v1/connections/${name}${path}${query && `?${query}`}`, { method, headers, signal, ...(body && { body }) })
);

/** @param {Response} response @param {Connection} connection @param {AnswerPanel} answer */
async function read(response, connection, answer) {
  const isRefused = response.headers.has("X-Latchkey-Error");
  answer.showHead(response, isRefused ? [] : connection.answer_headers);
  if (isRefused) {
    const problem = await problemIn(response);
    return answer.say(`Refused by this server. ${problem.message}`, "todo", adviceFor(problem));
  }
  answer.say("Receiving.", "none");
  const type = response.headers.get("Content-Type") ?? "";
  const kind = kindOf(type);
  const decoder = decoderFor(type);
  const put = kind === "bytes" ? () => {} : answer.reader(kind);
  const reader = response.body?.getReader();
  for (let piece = await reader?.read(); piece?.value; piece = await reader?.read()) {
    answer.bytes += piece.value.length;
    put(decoder.decode(piece.value, { stream: true }));
  }
  put(decoder.decode());
  const notes = [
    isRedirect(response.status) && "It redirects, which is not followed.",
    kind === "bytes" && answer.bytes > 0 && "It is no text, and not shown.",
    answer.isCut && "Only its beginning is shown.",
  ];
  answer.say(["Complete.", ...notes].filter(Boolean).join(" "), response.ok ? "done" : "none");
}

/**
 * The call as it was noted: how it ended may be known there alone, and what it left of the quota.
 *
 * @param {HTMLFormElement} form @param {Context} context @param {AnswerPanel} answer
 */
async function showWhatIsNoted(form, { call }, answer) {
  const trial = /** @type {Trial} */ (trials.get(form));
  const known = new Set(trial.connection.calls.map((each) => each.request_id));
  for (const wait of LOOKS) {
    await new Promise((done) => setTimeout(done, wait));
    /** @type {UsedConnection | null} */
    const now = await call("GET", `connections/${trial.connection.name}`).catch(() => null);
    if (!now || !form.isConnected || trial.stop) return;
    showCalls(byId("view"), now.calls);
    const row = document.querySelector(`[data-id="${now.name}"]`);
    if (row) showQuota(row, now.quota);
    trial.connection.calls = now.calls;
    const made = now.calls.find((each) => !known.has(each.request_id));
    if (made) return tellEnd(made, answer);
  }
}

/** @param {PastCall} made @param {AnswerPanel} answer */
function tellEnd(made, answer) {
  // What was refused or stopped has been told of.
  if (answer.state === "todo") return;
  const { status, error } = made;
  if (error) {
    const { words } = pastCallInWords(made);
    answer.say(`The call ended early: ${words}.`, "danger", adviceFor({ code: error, retryAfter: null }));
  } else if (answer.state === "danger" && status && isRedirect(status)) {
    // Not every browser gives it to a script: the client follows no redirect, lest it lead the token away.
    answer.say(`The service answered ${status}: it redirects, which is not followed.`, "none");
  }
}

/** @param {number} status */
const isRedirect = (status) => status >= 300 && status < 400 && status !== 304;
