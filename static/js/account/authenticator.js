// Sets an authenticator app up: a picture to scan, the same as a key to type, and a code that shows it worked.

import { showWhatCame } from "./codes.js";
import { byId, cloneOf, fill, slot } from "./slots.js";
import { upgrade } from "./upgrade.js";

const SVG = "http://www.w3.org/2000/svg";

/** @type {Act} */
export const begin = async (_button, { call }) => {
  const { id, secret, otpauth_uri: uri, qr } = await call("POST", "factors/totp", {});
  const root = cloneOf("enrolment-template");
  slot(root, "qr").append(drawCode(qr));
  /** @type {HTMLAnchorElement} */ (slot(root, "app-link")).href = uri;
  const form = /** @type {HTMLFormElement} */ (root.firstElementChild);
  form.dataset.id = id;
  const key = /** @type {HTMLTextAreaElement} */ (root.querySelector("#totp-secret"));
  key.value = secret.replace(/.{4}(?=.)/g, "$& ");
  key.dataset.copied = secret;
  const view = byId("view");
  slot(view, "enrolment").replaceChildren(root);
  fill(view, { totp: [id] });
  await upgrade(form);
  byId("authenticator").focus();
};

/** @type {Send} */
export const confirm = async (form, context, { code }) => {
  const { recovery_codes: codes } = await context.call("POST", `factors/totp/${form.dataset.id}/confirm`, { code });
  return showWhatCame("The authenticator app is set up.", codes, context);
};

/** @type {Act} */
export const cancel = async (_button, { refresh }) => refresh("authenticator");

/** One path of dark modules on a light ground, whatever the scheme: scanners want it so. @type {DrawCode} */
const drawCode = ({ size, path }) => {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${size} ${size}`);
  picture.setAttribute("role", "img");
  picture.setAttribute("aria-label", "QR code with the key that stands below");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", path);
  picture.append(modules);
  return picture;
};
