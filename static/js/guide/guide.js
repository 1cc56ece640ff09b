// The guide: the reader's own token in place of the sample, and calls that a reader can watch.

import { showOutcome } from "./outcome.js";

const who = document.body.dataset;
// A page with nothing of a token in it takes none.
const needsReader = who.accountId && document.querySelector("[data-part], [data-try]");
/** @type {Promise<Reader> | null} */
const reader = needsReader
  ? import("./reader.js").then(({ meetReader }) => meetReader(who))
  : null;
// Whoever presses a button that needs it is told.
reader?.catch(() => {});

const theReader = () => reader ?? Promise.reject(new Error("Sign in to try this with your own session."));

/** @param {HTMLButtonElement} button */
async function attempt(button) {
  const { try: name = "", kind = "" } = button.dataset;
  const place = document.querySelector(`[data-outcome="${name}"]`);
  if (!place || button.ariaBusy === "true") return;
  button.ariaBusy = "true";
  try {
    const { tries } = await import(`./try-${kind}.js`);
    const act = tries[name];
    if (act) showOutcome(place, await act(theReader));
  } catch (error) {
    const told = error instanceof TypeError ? "The server could not be reached. Check the connection." : "";
    showOutcome(place, { kind: "danger", sentence: told || /** @type {Error} */ (error).message });
  }
  button.ariaBusy = "false";
}

document.addEventListener("click", ({ target }) => {
  const button = /** @type {Element} */ (target).closest("button");
  if (button?.dataset.try) void attempt(button);
});
// The rail may be wider than the window.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
