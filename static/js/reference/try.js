// The form under a call: keeps the command beside it true, and makes the call with the reader's own token.

import { codeIn } from "../auth-client/api-answer.js";
import { showOutcome } from "../guide/outcome.js";
import { objectIn, readable, readText } from "./answer.js";
import { addressOf, bodyOf, faultIn, quoted } from "./call.js";
import { meetOnce } from "./meet.js";

/** @type {ReadyForm} */
export const ready = (form, who) => {
  const around = /** @type {HTMLElement} */ (form.closest("[data-call]"));
  const write = () => {
    const call = filledIn(form);
    say(around, "address", quoted(location.origin + addressOf(call)));
    say(around, "body", bodyOf(call.type, call.body));
  };
  form.addEventListener("input", write);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
    if (button.ariaBusy === "true") return;
    button.ariaBusy = "true";
    void make(filledIn(form), around, who).finally(() => (button.ariaBusy = "false"));
  });
  write();
};

/** @type {FilledIn} */
const filledIn = (form) => {
  const { method = "GET", path = "", type = "" } = form.dataset;
  /** @type {Record<string, string>} */
  const parts = {};
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-part]"))) {
    parts[input.dataset.part ?? ""] = input.value;
  }
  /** @param {string} name */
  const valueOf = (name) => /** @type {HTMLInputElement | null} */ (form.querySelector(`[data-${name}]`))?.value ?? "";
  return { method, pattern: path, parts, query: queryIn(form) || valueOf("query"), body: valueOf("body").trim(), type };
};

/** The query as it is filled in. @param {HTMLFormElement} form */
const queryIn = (form) => {
  const query = new URLSearchParams();
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("[data-query-name]"))) {
    const value = input.value.trim();
    if (value) query.append(input.dataset.queryName ?? "", value);
  }
  return query.toString();
};

/** @type {Make} */
export const make = async (call, around, who) => {
  const place = slot(around, "answer");
  slot(around, "text").hidden = true;
  const fault = faultIn(call.parts);
  if (fault) return showOutcome(place, { kind: "danger", sentence: fault });
  try {
    const client = await meetOnce(who);
    /** @type {RequestInit} */
    const init = { method: call.method, cache: "no-store" };
    if (call.body) Object.assign(init, { body: call.body, headers: { "Content-Type": call.type } });
    const begun = performance.now();
    const response = await client.fetch(spokenBy(client, addressOf(call)), init);
    const { text, isCut } = await readText(response);
    const took = `${Math.round(performance.now() - begun)} ms`;
    show(around, { call, response, text, isCut, took, isBound: client.claims().bound });
  } catch (error) {
    const told = error instanceof TypeError ? "The server could not be reached. Check the connection." : "";
    showOutcome(place, { kind: "danger", sentence: told || /** @type {Error} */ (error).message });
  }
};

/** In the version that the token is for; a bound one the client itself sends to v2. @type {SpokenBy} */
const spokenBy = (client, address) => client.claims().bound ? address : address.replace(/^\/api\/v2\//, "/api/v1/");

/** @type {Show} */
const show = (around, { call, response, text, isCut, took, isBound }) => {
  const { pathname, search } = new URL(response.url);
  const { message, detail = message } = objectIn(text);
  const sentence = response.ok ? "The server did as it was asked." : detail;
  showOutcome(slot(around, "answer"), {
    kind: response.ok ? "good" : "warning",
    sentence: typeof sentence === "string" ? sentence : "It was not done.",
    request: `${call.method} ${pathname}${search}`,
    status: response.status,
    code: codeIn(response),
    facts: [
      ["With", isBound
        ? "Authorization: DPoP …, and a proof: your session is bound to a key"
        : "Authorization: Bearer …: your session is bound to no key"],
      ["Took", took],
      ["Request id", response.headers.get("X-Request-ID") ?? ""],
    ],
  });
  // Beside what is announced: it may be long.
  say(around, "text", `${readable(text)}${isCut ? "\n… and more, which is not shown." : ""}`);
  slot(around, "text").hidden = !text;
};

/** @param {ParentNode} root @param {string} name */
const slot = (root, name) => /** @type {HTMLElement} */ (root.querySelector(`[data-slot=${name}]`));

/** @param {ParentNode} root @param {string} name @param {string} text */
function say(root, name, text) {
  slot(root, name).textContent = text;
}
