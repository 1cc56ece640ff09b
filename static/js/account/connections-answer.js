// The panel in which an answer is shown: how it goes, its status and headers, and its text as it arrives.

import { AuthError, unreachable } from "../auth-client/index.js";
import { adviceFor } from "./connections-errors.js";
import { createReader, sizeInWords, timeInWords } from "./connections-readable.js";
import { fill, slot } from "./slots.js";

// As much as a page shows of an answer; the rest is counted.
const MOST_SHOWN = 200_000;
const ALWAYS_PASSED = [
  "content-disposition", "content-language", "content-length", "content-type", "etag", "last-modified", "retry-after",
];

export class AnswerPanel {
  bytes = 0;
  isCut = false;
  state = "";
  #raw = "";
  #shown = "";
  #began = performance.now();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.asItCame = /** @type {HTMLInputElement} */ (root.querySelector("#trial-raw"));
    this.asItCame.checked = false;
    this.asItCame.onchange = () => (slot(root, "text").textContent = this.asItCame.checked ? this.#raw : this.#shown);
    for (const name of ["status", "answer-headers", "raw-field", "text-field"]) slot(root, name).hidden = true;
    slot(root, "text").textContent = "";
    fill(root, { request: "" });
    this.say("Waiting for the answer.", "none");
    root.hidden = false;
    root.scrollIntoView({ block: "nearest" });
  }

  /** @type {SayOutcome} */
  say(words, state, advice = "") {
    this.state = state;
    slot(this.root, "outcome").textContent = words;
    slot(this.root, "outcome-state").dataset.state = state;
    fill(this.root, { advice });
  }

  tick() {
    const size = this.bytes ? `${sizeInWords(this.bytes)} in ` : "";
    slot(this.root, "progress").textContent = `${size}${timeInWords(performance.now() - this.#began)}`;
  }

  /** @param {unknown} error */
  fail(error) {
    if (this.bytes > 0) return this.say("The answer broke off.", "danger");
    const { message, code, problem } = error instanceof AuthError ? error : unreachable();
    this.say(message, "danger", adviceFor({ code, retryAfter: problem.retryAfter ?? null }));
  }

  /** Status and headers that were passed on. @param {Response} response @param {string[]} listed */
  showHead({ status, statusText, headers, ok }, listed) {
    const badge = slot(this.root, "status");
    badge.textContent = `${status} ${statusText}`.trim();
    badge.dataset.kind = ok ? "good" : "danger";
    badge.hidden = false;
    fill(this.root, { request: headers.get("X-Request-ID") });
    const names = [...ALWAYS_PASSED, ...listed.map((name) => name.toLowerCase())];
    const passed = [...headers].filter(([name]) => names.includes(name));
    const cells = passed.flatMap(([name, value]) => [cell("dt", name), cell("dd", value)]);
    slot(this.root, "answer-list").replaceChildren(...cells);
    slot(this.root, "answer-headers").hidden = passed.length === 0;
  }

  /** Takes text of that kind as it comes. @param {AnswerKind} kind @returns {(text: string) => void} */
  reader(kind) {
    const read = createReader(kind);
    return (text) => {
      const raw = text.slice(0, MOST_SHOWN - this.#raw.length);
      const readable = read(raw);
      const shown = readable.slice(0, MOST_SHOWN - this.#shown.length);
      this.isCut ||= raw.length < text.length || shown.length < readable.length;
      this.#raw += raw;
      this.#shown += shown;
      slot(this.root, "text").append(this.asItCame.checked ? raw : shown);
      slot(this.root, "text-field").hidden = !this.#raw;
      slot(this.root, "raw-field").hidden = kind === "text" || !this.#raw;
    };
  }
}

/** @param {string} tag @param {string} text */
function cell(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
