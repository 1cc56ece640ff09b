// Token: the present access token taken apart, of its signature only the beginning.

import { waitInWords } from "../elements/wait-words.js";
import { cloneOf, fill, slot } from "./slots.js";

const MOMENTS = ["iat", "nbf", "exp", "auth_time"];
const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** @type {LoadView<TokenData>} */
export const load = async ({ call, client }) => {
  const { message } = await call("GET", "protected");
  return { message, view: client.claims() };
};

/** @type {ShowView<TokenData>} */
export const show = ({ message, view }, { client, refresh }) => {
  const root = cloneOf("token-template");
  const { header, claims, signature: { start, length }, bound } = view;
  const parts = Object.entries({ ...header, ...claims }).map(([name, value]) => [name, inText(name, value)]);
  fill(root, { message, bound, start, rest: length - start.length, ...Object.fromEntries(parts) });
  const left = slot(root, "left");
  const tick = () => {
    const { renewsInMs, expiresAt } = client.claims();
    left.textContent = waitInWords(Math.ceil(renewsInMs / 1000)) || "a moment";
    if (expiresAt !== view.expiresAt) void refresh();
  };
  const ticking = setInterval(() => (left.isConnected ? tick() : clearInterval(ticking)), 1000);
  tick();
  return root;
};

/** @type {Act} */
export const renew = async (_button, { client }) => {
  await client.renew();
  return "The token is renewed.";
};

/** @param {string} name @param {any} value */
function inText(name, value) {
  if (MOMENTS.includes(name)) return format.format(value * 1000);
  // A fingerprint is for comparing.
  if (name === "cnf") return value.jkt.match(/.{1,4}/g).join(" ");
  return [value].flat().join(" ");
}
