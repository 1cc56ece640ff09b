// Forms of the account area: opened in their row, sent to the API, its sentences shown beside the fields.

import { AuthError, loaded } from "../auth-client/index.js";
import { byId, cloneOf, fill, slot } from "./slots.js";
import { upgrade } from "./upgrade.js";

/** @type {Act} */
export const open = async (opener) => {
  const form = /** @type {HTMLFormElement} */ (byId(opener.getAttribute("aria-controls") ?? ""));
  form.reset();
  form.onkeydown = ({ key }) => {
    if (key === "Escape") toggle(form, false);
  };
  toggle(form, true);
  await upgrade(form);
};

/** @type {Act} */
export const close = async (button) => toggle(/** @type {HTMLFormElement} */ (button.closest("form")), false);

/** @param {HTMLFormElement} form @param {boolean} isOpen */
function toggle(form, isOpen) {
  const opener = /** @type {HTMLElement | null} */ (document.querySelector(`[aria-controls="${form.id}"]`));
  form.hidden = !isOpen;
  opener?.setAttribute("aria-expanded", String(isOpen));
  if (opener) opener.hidden = isOpen;
  explain(form, null);
  if (!isOpen) return opener?.focus();
  const [first] = fieldsOf(form);
  (first ?? /** @type {HTMLElement} */ (form.querySelector("button"))).focus();
  first?.select();
}

/** Does what the form names in data-submit; a refusal stays in the form with what was typed. @type {Act} */
export const send = async (element, context) => {
  const form = /** @type {HTMLFormElement} */ (element);
  const [module, act = ""] = (form.dataset.submit ?? "").split(":");
  explain(form, null);
  try {
    return await (await loaded(import(`./${module}.js`)))[act](form, context, valuesOf(form));
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    explain(form, error);
  }
};

/** @param {HTMLFormElement} form @returns {Record<string, string>} */
export const valuesOf = (form) => Object.fromEntries(fieldsOf(form).map(({ name, value }) => [name, value]));

/** @param {HTMLFormElement} form */
const fieldsOf = (form) => (
  /** @type {HTMLInputElement[]} */ ([...form.querySelectorAll("input[name]")]).filter((field) => !field.closest("[hidden] *"))
);

/** Says what was refused, beside the fields that it is about; null says nothing. @type {Explain} */
export const explain = (form, error) => {
  const { fields = {}, retryAfter } = error?.problem ?? {};
  const place = form.querySelector("[data-slot=form-error]");
  let isSaid = false;
  for (const field of fieldsOf(form)) {
    const sentence = fields[field.name] ?? fields[field.dataset.field ?? ""] ?? "";
    const said = /** @type {HTMLElement} */ (field.closest(".field")?.querySelector(".field-error"));
    said.textContent = sentence;
    said.hidden = !sentence;
    field.ariaInvalid = String(Boolean(sentence));
    if (sentence && !isSaid) field.focus();
    isSaid ||= Boolean(sentence);
  }
  if (!place) return;
  const parts = [];
  if (error?.message && !isSaid) {
    const said = cloneOf("form-error-template");
    fill(said, { text: error.message });
    parts.push(said);
  }
  if (retryAfter) {
    const countdown = cloneOf("countdown-template");
    slot(countdown, "text").parentElement?.setAttribute("seconds", String(retryAfter));
    parts.push(countdown);
  }
  place.replaceChildren(...parts);
  place.toggleAttribute("hidden", parts.length === 0);
  void upgrade(place);
};
