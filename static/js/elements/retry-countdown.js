// <retry-countdown seconds>: counts down to the moment at which one may try again.

import { waitInWords } from "./wait-words.js";

// A live region speaks only of what changes after it has become one.
const BECOME_LIVE = 100;

export class RetryCountdown extends HTMLElement {
  #endsAt = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;

  connectedCallback() {
    this.#endsAt = Date.now() + Number(this.getAttribute("seconds")) * 1000;
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  disconnectedCallback() {
    clearInterval(this.#ticking);
  }

  #tick() {
    const text = this.querySelector("[data-slot=text]");
    const left = Math.ceil((this.#endsAt - Date.now()) / 1000);
    if (text === null || Number.isNaN(left)) return clearInterval(this.#ticking);
    if (left > 0) {
      text.textContent = `Try again in ${waitInWords(left)}.`;
      return;
    }
    clearInterval(this.#ticking);
    text.setAttribute("aria-live", "polite");
    setTimeout(() => (text.textContent = "You can try again now."), BECOME_LIVE);
    this.querySelector("[data-slot=again]")?.removeAttribute("hidden");
  }
}
