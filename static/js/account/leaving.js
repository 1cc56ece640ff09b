// A copy of one's data, deletion, and the way back.

import { AuthError } from "../auth-client/index.js";
import { offerFile } from "./files.js";
import { notify } from "./notices.js";
import { setHeading } from "./places.js";
import { byId, cloneOf, fill } from "./slots.js";

/** @type {Act} */
export const download = async (_button, { call }) => {
  const data = await call("GET", "export");
  offerFile("my-account.json", "application/json", JSON.stringify(data, null, 2));
  notify("good", "Your data is in your downloads.");
};

/** @type {Send} */
export const leave = async (form, { call, client }, { confirmation = "" }) => {
  const { username = "" } = form.dataset;
  if (confirmation.trim() !== username) {
    throw new AuthError({ code: "not_confirmed", message: "", fields: { confirmation: `Type ${username}, exactly as it stands here.` } });
  }
  const due = await call("POST", "deletion");
  // Every session is over, this one too.
  client.announceSignOut();
  const root = cloneOf("left-template");
  // Nobody is signed in any more: no name, no places and nothing to sign out of.
  for (const each of document.querySelectorAll(".rail, .who")) each.remove();
  fill(root, due);
  setHeading("Deletion asked for", "");
  byId("subtitle").textContent = "";
  byId("view").replaceChildren(root);
  byId("left").focus();
};

/** @type {Act} */
export const stay = async (_button, { call }) => {
  await call("DELETE", "deletion");
  return "Your account stays.";
};
