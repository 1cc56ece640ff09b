// <passkey-sign-in data-options [data-autofill] [data-tick]>: shows its form where the browser knows passkeys, and sends it with one.

import { usePasskey, canOfferPasskeys, canUsePasskeys } from "../passkeys/ceremony.js";

const DECLINED = "No passkey was used. Try again, or go on another way.";
const UNREACHABLE = "The server could not be reached. Check the connection.";
/** @type {Record<number, string>} */
const REFUSALS = {
  400: "This page is too old. Reload it, then try again.",
  429: "Too many attempts. Wait a little, then try again.",
};
// An offer is renewed before the server forgets what it asked.
const RENEWED_AFTER = 240_000;

export class PasskeySignIn extends HTMLElement {
  /** The one question that the browser answers at a time. */
  #asking = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #renewal;

  connectedCallback() {
    const form = this.querySelector("form");
    if (form === null || !canUsePasskeys()) return;
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#use(form);
    });
    const tick = /** @type {HTMLInputElement | null} */ (document.getElementById(this.dataset.tick ?? ""));
    form.addEventListener("formdata", ({ formData }) => {
      if (tick?.checked) formData.set(tick.name, tick.value);
    });
    this.#offer(form);
    // Whoever sends a password has decided, and is asked nothing more; unless the page comes back.
    document.addEventListener("submit", (event) => {
      if (!event.defaultPrevented) this.#stop();
    });
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      form.querySelector("button")?.removeAttribute("aria-busy");
      this.#offer(form);
    });
  }

  disconnectedCallback() {
    this.#stop();
  }

  /** @param {HTMLFormElement} form */
  async #use(form) {
    const button = form.querySelector("button");
    if (button?.getAttribute("aria-busy")) return;
    button?.setAttribute("aria-busy", "true");
    this.#say("");
    const signal = this.#begin();
    try {
      send(form, await usePasskey(await this.#ask(form, signal), { signal }));
    } catch (error) {
      button?.removeAttribute("aria-busy");
      // The person went on another way.
      if (signal.aborted) return;
      this.#say(sentenceFor(error));
      this.#offer(form);
    }
  }

  /**
   * Lets the browser show passkeys in the list under the name field. Whatever fails, the page is as it was.
   *
   * @param {HTMLFormElement} form
   */
  async #offer(form) {
    if (this.dataset.autofill === undefined || !await canOfferPasskeys()) return;
    // The person was quicker.
    if (form.querySelector("button")?.getAttribute("aria-busy")) return;
    const signal = this.#begin();
    try {
      const options = await this.#ask(form, signal);
      this.#renewal = setTimeout(() => this.#offerWhenSeen(form), RENEWED_AFTER);
      send(form, await usePasskey(options, { signal, mediation: "conditional" }));
    } catch {
      // Nobody asked for it.
    }
  }

  /** @param {HTMLFormElement} form */
  #offerWhenSeen(form) {
    if (document.hidden) document.addEventListener("visibilitychange", () => this.#offer(form), { once: true });
    else this.#offer(form);
  }

  /** @param {HTMLFormElement} form @param {AbortSignal} signal @returns {Promise<PublicKeyCredentialRequestOptionsJSON>} */
  async #ask(form, signal) {
    const body = new URLSearchParams({ csrf_token: valueIn(form, "csrf_token") });
    const init = { method: "POST", body, signal, redirect: /** @type {const} */ ("error") };
    const response = await fetch(this.dataset.options ?? "", init).catch(() => {
      throw new Refusal(UNREACHABLE);
    });
    if (!response.ok) throw new Refusal(REFUSALS[response.status] ?? DECLINED);
    return (await response.json()).options;
  }

  #begin() {
    this.#stop();
    this.#asking = new AbortController();
    return this.#asking.signal;
  }

  #stop() {
    clearTimeout(this.#renewal);
    this.#asking.abort();
  }

  /** @param {string} sentence */
  #say(sentence) {
    const status = this.querySelector("[data-slot=status]");
    if (status !== null) status.textContent = sentence;
  }
}

/** What the server would not give, in a sentence. */
class Refusal extends Error {}

/** Browsers tell a person who declined from one who has no passkey by nothing. @param {unknown} error */
const sentenceFor = (error) => error instanceof Refusal ? error.message : DECLINED;

/** @param {HTMLFormElement} form @param {string} name */
const valueIn = (form, name) => form.querySelector(`input[name=${name}]`)?.getAttribute("value") ?? "";

/** @param {HTMLFormElement} form @param {object} credential */
function send(form, credential) {
  const field = /** @type {HTMLInputElement} */ (form.querySelector("input[name=credential]"));
  field.value = JSON.stringify(credential);
  form.submit();
}
