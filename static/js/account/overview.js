// The Overview: who you are, what this sign-in may do, and where you are signed in.

import { loaded } from "../auth-client/index.js";
import { greeting, showMoment } from "../moments.js";
import { notifyFailure, showView } from "./notices.js";
import { methodsInWords, showSessions } from "./session-list.js";
import { byId, cloneOf, fill, slot } from "./slots.js";

/** @param {Call} call @returns {Promise<OverviewData>} */
export async function loadOverview(call) {
  const [profile, { sessions }, hello] = await Promise.all([
    call("GET", "profile"),
    call("GET", "sessions"),
    call("GET", "protected").catch((error) => error),
  ]);
  return { profile, sessions, hello };
}

/** @type {ShowOverview} */
export const showOverview = ({ profile, sessions, hello }, { scope, bound }, call) => {
  const root = cloneOf("overview-template");
  fill(root, {
    "display-name": profile.display_name,
    username: profile.username,
    "email-address": profile.email ?? "",
    "email-state": profile.email_verified ? "verified" : "not verified yet",
    roles: profile.roles.join(", "),
    "protected-message": hello.message,
  });
  slot(root, "email-row").dataset.state = profile.email_verified ? "done" : "todo";
  slot(root, "email-row").hidden = !profile.email;
  slot(root, "protected-row").dataset.state = hello instanceof Error ? "danger" : "done";
  slot(root, "bound-note").hidden = !bound;
  slot(root, "password-row").hidden = !profile.password_changed_at;
  showMoment(slot(root, "password-time"), profile.password_changed_at ?? "");
  slot(root, "scopes").replaceChildren(...scope.map((name) => {
    const item = cloneOf("scope-template");
    fill(item, { scope: name });
    return item;
  }));
  showSessions(root, sessions);
  greet(profile);
  const here = sessions.find(({ current }) => current);
  if (here) describe(here);
  showView(root);
  byId("view").onclick = ({ target }) => {
    const button = /** @type {Element} */ (target).closest("button");
    if (!button) return;
    loaded(import("./actions.js")).then(({ act }) => act(button, profile, call, greet)).catch(notifyFailure);
  };

};

/** @param {Profile} profile */
function greet({ display_name: name, username }) {
  const words = `${greeting(new Date())},`;
  const who = name || username;
  fill(byId("greeting"), { words, who });
  document.title = `${words} ${who} · ${document.title.split(" · ").at(-1)}`;
}

/** @param {Session} session this device's */
function describe(session) {
  const time = document.createElement("time");
  showMoment(time, session.created_at);
  const words = methodsInWords(session).replace("signed", "Signed");
  byId("subtitle").replaceChildren(`${words} on this device, `, time, ".");
}
