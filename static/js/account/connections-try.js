// The trial of a connection: a form, and the call that it describes, written out as one types.

import { AuthError } from "../auth-client/index.js";
import { sizeInWords, timeInWords } from "./connections-readable.js";
import { addressIn, faultIn, headersOf, inWriting, isAllowed, scriptFor, startOf, takesBody } from "./connections-call.js";
import { pastCallInWords } from "./connections-errors.js";
import { rowOf } from "./rows.js";
import { byId, cloneOf, fill, showRows, slot } from "./slots.js";
import { upgrade } from "./upgrade.js";

/** @type {Record<string, string>} what a field begins with */
const BEGINNINGS = { accept: "*/*", "content-type": "application/json" };
/** @type {WeakMap<HTMLElement, Trial>} by their forms */
export const trials = new WeakMap();

/** @type {Act} */
export const open = async (button, { call }) => {
  /** @type {UsedConnection} */
  const connection = await call("GET", `connections/${rowOf(button).id}`);
  // Meanwhile the person may have gone to another view.
  if (!button.isConnected) return;
  const root = cloneOf("trial-template");
  const form = /** @type {HTMLFormElement} */ (root.querySelector("form"));
  trials.set(form, { connection, stop: null });
  fill(root, { name: connection.name, limits: limitsInWords(connection) });
  showChoices(root, connection);
  showCalls(root, connection.calls);
  form.oninput = () => write(form);
  const place = slot(byId("view"), "trial");
  place.replaceChildren(root);
  write(form);
  await upgrade(place);
  byId("trial").focus();
  byId("trial").scrollIntoView();
};

/** @type {Act} */
export const close = async () => {
  const form = byId("trial-form");
  const name = trials.get(form)?.connection.name;
  slot(byId("view"), "trial").replaceChildren();
  /** @type {HTMLElement | null} */ (document.querySelector(`[data-id="${name}"] button`))?.focus();
};

/** @param {ParentNode} root @param {PastCall[]} calls */
export function showCalls(root, calls) {
  const list = slot(root, "calls");
  list.replaceChildren();
  showRows(list, "call-template", calls.map((each) => ({
    ...each,
    id: each.request_id,
    written: `${each.method} ${each.path}`,
    became: pastCallInWords(each).words,
    took: timeInWords(each.milliseconds),
    size: sizeInWords(each.answered_bytes),
  })));
  calls.forEach((each, place) => {
    /** @type {HTMLElement} */ (list.children[place]).dataset.state = pastCallInWords(each).state;
  });
  slot(root, "no-calls").hidden = calls.length > 0;
}

/** @type {CallIn} */
export const callIn = (form) => {
  const { method, typed, headers, body } = typedIn(form);
  const fault = faultIn(typed);
  if (fault) throw new AuthError({ code: "not_callable", message: "", fields: { path: fault } });
  const odd = Object.keys(headers).find((name) => /[^\x20-\x7e]/.test(headers[name] ?? ""));
  if (odd) throw new AuthError({ code: "not_callable", message: `Use plain letters, digits and signs in ${odd}.` });
  return { method, ...addressIn(typed), headers, body };
};

/** @param {Connection} connection */
function limitsInWords({ limits }) {
  const { answer_seconds: head, call_seconds: whole, calls_at_once: calls } = limits;
  const sizes = `${sizeInWords(limits.most_sent)} sent and ${sizeInWords(limits.most_answered)} answered`;
  const atOnce = calls === 1 ? "1 call" : `${calls} calls`;
  return `At most ${sizes}, ${head} s until the answer begins, ${whole} s in all; ${atOnce} at once.`;
}

/** @param {ParentNode} root @param {Connection} connection */
function showChoices(root, { methods, paths, request_headers: listed }) {
  const select = slot(root, "methods");
  select.append(...methods.map((name) => new Option(name)));
  const path = /** @type {HTMLInputElement} */ (root.querySelector("#trial-path"));
  path.value = startOf(paths[0] ?? "");
  showRows(slot(root, "paths"), "pattern-template", paths.map((pattern) => ({ id: pattern, pattern })));
  const names = [...new Set(["accept", "content-type", ...listed.map((name) => name.toLowerCase())])];
  showRows(slot(root, "headers"), "header-template", names.map((name) => (
    { id: name, label: name, value: BEGINNINGS[name] ?? "" }
  )));
}

/** @param {HTMLFormElement} form */
function typedIn(form) {
  /** @param {string} id */
  const valueOf = (id) => /** @type {HTMLInputElement} */ (form.querySelector(`#trial-${id}`)).value;
  const method = valueOf("method");
  /** @type {Record<string, string>} sent by name, so that what is written out is what is sent */
  const headers = { "accept-language": navigator.languages.join(", ") };
  for (const field of slot(form, "headers").children) {
    headers[/** @type {HTMLElement} */ (field).dataset.id ?? ""] = field.querySelector("input")?.value ?? "";
  }
  // What the browser would send of itself.
  headers.accept ||= "*/*";
  headers["content-type"] ||= "text/plain;charset=UTF-8";
  const body = takesBody(method) ? valueOf("body") : "";
  return { method, typed: valueOf("path"), headers: headersOf(headers, Boolean(body)), body };
}

/** @param {HTMLFormElement} form */
function write(form) {
  const { connection } = /** @type {Trial} */ (trials.get(form));
  const { method } = typedIn(form);
  const view = byId("view");
  slot(form, "body-field").hidden = !takesBody(method);
  slot(form, "headers").querySelector("[data-id=content-type]")?.toggleAttribute("hidden", !takesBody(method));
  let [written, script, judged] = ["", "", ""];
  try {
    const call = callIn(form);
    written = inWriting(connection, call);
    script = scriptFor(location.origin, connection.name, call);
    const isPossible = isAllowed(connection, method, call.path);
    if (!isPossible) judged = "It would not be made: this connection does not allow that path.";
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    judged = error.problem.fields?.path ?? error.message;
  }
  for (const [name, text] of Object.entries({ written, script, judged })) {
    const place = slot(view, name);
    if (place.textContent !== text) place.textContent = text;
  }
}
