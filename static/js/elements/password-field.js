// <password-field>: shows and hides what is typed, says when Caps Lock is on, and advises on a new password.

import { adviseOn } from "./password-advice.js";

export class PasswordField extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector("input");
    if (input === null) return;
    this.#setUpReveal(input);
    this.#setUpCapsLock(input);
    this.#setUpAdvice(input);
  }

  /** @param {HTMLInputElement} input */
  #setUpReveal(input) {
    const button = this.#find("[data-action=reveal]");
    if (button === null) return;
    /** @param {boolean} shown */
    const show = (shown) => {
      input.type = shown ? "text" : "password";
      button.textContent = shown ? "Hide" : "Show";
      button.setAttribute("aria-label", shown ? "Hide password" : "Show password");
    };
    // The changing name says it all; "Hide, pressed" would say it twice over.
    button.removeAttribute("aria-pressed");
    button.hidden = false;
    show(false);
    button.addEventListener("click", () => show(input.type === "password"));
    // A browser stores, and offers to save, only what leaves as a password.
    input.form?.addEventListener("submit", () => show(false));
  }

  /** @param {HTMLInputElement} input */
  #setUpCapsLock(input) {
    const hint = this.#find("[data-slot=caps]");
    if (hint === null) return;
    /** @param {KeyboardEvent} event */
    const look = (event) => {
      // Autofill sends key events that are none.
      if (event.getModifierState) hint.hidden = !event.getModifierState("CapsLock");
    };
    input.addEventListener("keydown", look);
    input.addEventListener("keyup", look);
    input.addEventListener("blur", () => (hint.hidden = true));
  }

  /** @param {HTMLInputElement} input */
  #setUpAdvice(input) {
    const meter = this.#find("[data-slot=strength]");
    const told = this.#find("[data-slot=strength-words]");
    if (meter === null || told === null) return;
    const shortest = input.minLength > 0 ? input.minLength : 15;
    input.addEventListener("input", () => {
      const { level, words } = adviseOn(input.value, shortest, namesBeside(input));
      meter.hidden = input.value === "";
      meter.dataset.level = String(level);
      told.textContent = words;
    });
  }

  /** @param {string} selector @returns {HTMLElement | null} */
  #find(selector) {
    return this.querySelector(selector);
  }
}

/**
 * The person's own name and address, as far as the form knows them.
 * @param {HTMLInputElement} input
 */
function namesBeside({ form }) {
  const fields = form?.querySelectorAll?.("[name=username], [name=email], [autocomplete=username]") ?? [];
  return [.../** @type {Iterable<HTMLInputElement>} */ (fields)].map(({ value }) => value);
}
