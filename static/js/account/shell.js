// The account area: shows the view that the address names, or what keeps it away.

import { AuthError, createAuthClient, failure, loaded } from "../auth-client/index.js";
import { keepMomentsTrue } from "../moments.js";
import { createCall } from "./api.js";
import { follow, placeOf } from "./places.js";
import { byId, cloneOf, fill, slot } from "./slots.js";

const { accountId, bindsAt } = document.body.dataset;
const client = createAuthClient({ baseUrl: location.origin, bound: bindsAt === location.origin });
const context = { client, call: createCall(client), refresh };
const frame = byId("view");
const offlineBanner = byId("offline-banner");
const slowBanner = byId("slow-banner");
// loading, shown, failed or over
let state = "";
let hadToken = false;
let place = placeOf();
let turn = 0;

async function load() {
  const mine = (turn += 1);
  state = "loading";
  frame.ariaBusy = "true";
  try {
    const view = await loaded(import(`./${place.dataset.view}.js`));
    const data = await view.load(context);
    if (mine !== turn) return;
    if (accountId !== client.claims().claims?.sub) return end({ type: "unproven" });
    put(view.show(data, context));
    state = "shown";
  } catch (error) {
    if (mine === turn) fail(error);
  }
}

async function go() {
  const before = place;
  place = placeOf();
  try {
    const { arrive, goToHash } = await loaded(import("./arrive.js"));
    if (place !== before || state !== "shown") {
      arrive(place);
      await load();
    }
    goToHash();
  } catch (error) {
    fail(error);
  }
}

/** @param {string} [id] */
async function refresh(id = "view") {
  await load();
  document.getElementById(id)?.focus();
}

/** @param {Node} content */
function put(content) {
  frame.replaceChildren(content);
  frame.ariaBusy = "false";
}

/** @param {unknown} error */
function fail(error) {
  state = "failed";
  const isTold = error instanceof AuthError;
  if (!isTold) console.error(error);
  const { code, message, problem } = isTold ? error : failure("", "Something unexpected happened.");
  const heading = code === "offline" || !navigator.onLine ? "You are offline" : "This page could not be loaded";
  // Some browsers never ask again for a module that did not come.
  say(heading, message, "Try again", () => (code === "unreachable" ? location.reload() : go()), problem.requestId);
}

/** @type {Say} */
function say(heading, message, label, press, id = null) {
  const panel = cloneOf("problem-template");
  fill(panel, { heading, message, label, id });
  slot(panel, "label").onclick = press;
  put(panel);
}

/** @param {SomeChange} change */
function end(change) {
  state = "over";
  turn += 1;
  loaded(import("./over.js")).then(({ meetEnd }) => meetEnd(change, hadToken, place, say), () => location.reload());
}

/** @param {HTMLElement} element @param {string} [name] */
function run(element, name = "") {
  import("./acts.js").then((acts) => acts.run(element, name, context), () => (offlineBanner.hidden = false));
}

client.onChange((change) => {
  switch (change.type) {
    case "renewed":
      hadToken = true;
      offlineBanner.hidden = slowBanner.hidden = true;
      if (state === "failed") void go();
      break;
    case "delayed":
      if (change.offline) offlineBanner.hidden = false;
      else slowBanner.hidden = state !== "loading";
      break;
    case "signed-in":
      void load();
      break;
    default:
      end(change);
  }
});
byId("sign-out-form").addEventListener("submit", () => client.announceSignOut());
addEventListener("offline", () => (offlineBanner.hidden = false));
addEventListener("online", () => {
  offlineBanner.hidden = true;
  if (state === "failed") void go();
});
addEventListener("popstate", go);
document.addEventListener("click", (event) => {
  if (state === "over") return;
  const button = /** @type {HTMLElement} */ (event.target).closest("button");
  if (button) run(button, button.dataset.action);
  else if (follow(event)) void go();
});
document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (!form.dataset.submit) return;
  event.preventDefault();
  run(form, "forms:send");
});
keepMomentsTrue();
// The rail may be wider than the window.
place.scrollIntoView({ block: "nearest" });
load().then(() => void (location.hash && go()));
