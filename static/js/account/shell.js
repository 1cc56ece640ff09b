// The account area: loads the view, and says so when the session is over or the server away.

import { AuthError, createAuthClient, failure } from "../auth-client/index.js";
import { keepMomentsTrue } from "../moments.js";
import { createCall } from "./api.js";
import { notify, showProblem } from "./notices.js";
import { loadOverview, showOverview } from "./overview.js";
import { byId } from "./slots.js";

const SIGN_IN = "/login?next=/account";
// The other tab's sign-out must reach the server first.
const HEAD_START = 1_500;

const { accountId, bindsAt } = document.body.dataset;
const client = createAuthClient({ baseUrl: location.origin, bound: bindsAt === location.origin });
const call = createCall(client);
const frame = byId("view");
const offlineBanner = byId("offline-banner");
// loading, shown, failed or over
let view = "";
let hadToken = false;

async function load() {
  view = "loading";
  frame.ariaBusy = "true";
  try {
    const data = await loadOverview(call);
    if (view === "over") return;
    if (accountId && accountId !== data.profile.id) return confirmIdentity();
    showOverview(data, client.claims(), call);
    view = "shown";
  } catch (error) {
    if (view !== "over") fail(error);
  }
}

/** @param {unknown} error */
function fail(error) {
  view = "failed";
  if (!(error instanceof AuthError)) console.error(error);
  const { code, message, problem } = error instanceof AuthError ? error : failure("", "Something unexpected happened.");
  const heading = code === "offline" ? "You are offline" : "This page could not be loaded";
  showProblem(heading, message, "Try again", () => load().then(() => frame.focus()), problem.requestId);
}

/** @param {string} message */
function end(message, heading = "You are signed out", next = SIGN_IN) {
  view = "over";
  showProblem(heading, message, "Sign in", () => location.assign(next));
}

// A button, not a redirect: with a page session, /login would send us straight back.
function confirmIdentity() {
  end("Your sign-in could not be renewed in this browser.", "Confirm it is you", `${SIGN_IN}&confirm=1`);
}

client.onChange((change) => {
  switch (change.type) {
    case "renewed":
      hadToken = true;
      offlineBanner.hidden = true;
      if (view === "loading") byId("notices").replaceChildren();
      if (view === "failed") void load();
      break;
    case "delayed":
      if (change.offline) offlineBanner.hidden = false;
      else if (view === "loading") notify("warning", "The server is slow to answer. Trying again.");
      break;
    case "signed-in":
      void load();
      break;
    case "account-changed":
      location.reload();
      break;
    case "unproven":
    case "ended":
      if (change.type === "unproven" || !hadToken) return confirmIdentity();
      end("Your sign-in has ended.");
      location.assign(SIGN_IN);
      break;
    case "signed-out":
      if (change.by === "earlier") location.reload();
      if (change.by !== "elsewhere") break;
      end("You signed out in another tab.");
      setTimeout(() => location.assign(SIGN_IN), HEAD_START);
  }
});
byId("sign-out-form").addEventListener("submit", () => client.announceSignOut());
for (const type of ["online", "offline"]) addEventListener(type, () => (offlineBanner.hidden = type === "online"));
keepMomentsTrue(document);
void load();
