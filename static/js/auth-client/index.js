// The browser client: holds the access token in memory, renews it silently, and knows when the session is over.
// docs/browser-client.md describes what it promises.

import { AuthError } from "./api-answer.js";
import { createAuthorizedFetch } from "./authorized-fetch.js";
import { csrfValue } from "./cookie-post.js";
import { requestRefresh } from "./refresh-request.js";
import { createRenewal } from "./renewal.js";
import { createServerClock } from "./server-clock.js";
import { browserSurroundings } from "./surroundings.js";
import { createTabChannel } from "./tab-channel.js";
import { inTurn } from "./tab-lock.js";
import { createTokenHolder, subjectOf } from "./token-holder.js";
import { within } from "./waiting.js";

export { AuthError, problemIn } from "./api-answer.js";

// Loaded when used: a page behind the sign-in needs neither call.
const signInRequests = () => import("./sign-in-request.js").catch(() => {
  throw new AuthError({ code: "unreachable", message: "The server could not be reached." });
});
// Outlasts the longest time (30 s) for which the server answers refresh_retry to an honest tab.
const RENEWAL_PATIENCE = 35_000;

/** @param {{ baseUrl: string | URL, around?: Surroundings }} options @returns {AuthClient} */
export function createAuthClient({ baseUrl, around = browserSurroundings() }) {
  const base = new URL(baseUrl);
  const clock = createServerClock(around.now);
  const holder = createTokenHolder(clock, around.random);
  /** @type {Set<(change: Change) => void>} */
  const listeners = new Set();
  // unknown, signed-in or signed-out
  let state = "unknown";
  let csrfSeen = "";
  /** @type {unknown} */
  let timer = null;
  // Whatever began before a sign-in or sign-out belongs to an epoch whose signal has aborted.
  let epoch = new AbortController();
  // Releases those who wait for a renewal while the device is offline; the renewal itself goes on.
  let offline = new AbortController();
  const stopped = new AbortController();

  const renewal = createRenewal({ around, attempt, settle, onDelay });
  const channel = createTabChannel(around.channel, (event) => {
    if (event === "signed-in") meetSignIn();
    else leave("elsewhere");
  });
  const authorizedFetch = createAuthorizedFetch({
    base, send: around.fetch, holder, clock, ready, renewed, epoch: () => epoch.signal,
  });
  // Moments at which a page may have slept through something.
  const { signal } = stopped;
  around.events.addEventListener("online", checkOver, { signal });
  around.events.addEventListener("visibilitychange", () => around.isVisible() && checkOver(), { signal });
  around.events.addEventListener("pageshow", onShown, { signal });

  /** @param {Change} change */
  function emit(change) {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        // No business of the renewal's.
        console.error(error);
      }
    }
  }

  /** @param {AuthError} reason */
  function beginEpoch(reason) {
    const past = epoch;
    epoch = new AbortController();
    past.abort(reason);
    renewal.cancel(reason);
    around.timers.clearTimeout(timer);
  }

  /** @param {AbortSignal} signal */
  function attempt(signal) {
    if (offline.signal.aborted) offline = new AbortController();
    return inTurn(around, async () => {
      signal.throwIfAborted();
      return requestRefresh(base, around, clock, signal);
    });
  }

  /** @param {Decision} decision */
  function settle(decision) {
    if (decision.kind === "ended") {
      const { code, cause } = decision.problem;
      throw over(new AuthError(decision.problem), { type: "ended", code, cause });
    }
    const before = holder.subject();
    // What the page shows belongs to one person; it must not act as another who has signed in since.
    if (before !== null && subjectOf(decision.answer.token) !== before) {
      const message = "Another account has signed in in this browser.";
      throw over(new AuthError({ code: "account_changed", message }), { type: "account-changed" });
    }
    adopt(decision.answer);
    emit({ type: "renewed" });
  }

  /** @param {Delay} delay */
  function onDelay(delay) {
    if (delay.offline) offline.abort(new AuthError({ code: "offline", message: "There is no connection." }));
    emit({ type: "delayed", ...delay });
  }

  /** @param {TokenAnswer} answer */
  function adopt(answer) {
    holder.adopt(answer);
    csrfSeen = csrfValue(around.cookies());
    state = "signed-in";
    schedule();
  }

  function schedule() {
    around.timers.clearTimeout(timer);
    timer = around.timers.setTimeout(() => (holder.isDue() ? void renewal.join() : schedule()), holder.msUntilDue());
  }

  /** @param {AuthError} reason @param {Change} change */
  function over(reason, change) {
    state = "signed-out";
    holder.forget();
    beginEpoch(reason);
    emit(change);
    return reason;
  }

  /** @param {"here" | "elsewhere"} by */
  function leave(by) {
    over(signedOut(), { type: "signed-out", by });
    if (by === "here") channel.tell("signed-out");
  }

  function meetSignIn() {
    if (state === "unknown") return;
    holder.drop();
    beginEpoch(replaced());
    state = "signed-in";
    renewal.join().then(() => emit({ type: "signed-in", by: "elsewhere" }), () => {});
  }

  /** Another session's CSRF value, or none, means that the token held is no longer this browser's. */
  function dropStranger() {
    if (csrfSeen && csrfValue(around.cookies()) !== csrfSeen) holder.drop();
  }

  function checkOver() {
    if (state !== "signed-in") return;
    dropStranger();
    if (!holder.isUsable() || holder.isDue()) void renewal.join();
  }

  /** @param {Event} event */
  function onShown(event) {
    // Restored from the back-forward cache, where no tab could reach this page.
    if (!("persisted" in event && event.persisted)) return;
    if (state === "signed-out") emit({ type: "signed-out", by: "earlier" });
    else checkOver();
  }

  /** @param {AbortSignal} signal */
  async function ready(signal) {
    if (state === "signed-out") throw signedOut();
    dropStranger();
    if (!holder.isUsable()) await renewed(signal);
  }

  /** @param {AbortSignal[]} signals */
  function renewed(...signals) {
    const flight = renewal.join();
    const late = new AuthError({ code: "renewal_delayed", message: "Your sign-in could not be confirmed. Try again." });
    return within(around.timers, RENEWAL_PATIENCE, late, [offline.signal, ...signals], () => flight);
  }

  return {
    start() {
      state = "unknown";
      return renewed().then(() => true, (error) => {
        if (error.problem?.status === 401) return false;
        throw error;
      });
    },
    fetch: authorizedFetch,
    async signIn(credentials) {
      const begun = epoch.signal;
      // A late refresh answer would put the old session's cookie over the new one.
      renewal.cancel(replaced());
      const { sendSignIn } = await signInRequests();
      const { answer, response } = await sendSignIn(base, around, credentials, begun);
      begun.throwIfAborted();
      beginEpoch(replaced());
      clock.read(response);
      adopt(answer);
      channel.tell("signed-in");
      emit({ type: "signed-in", by: "here" });
    },
    async signOut() {
      const headers = new Headers();
      holder.attachTo(headers);
      leave("here");
      const { sendSignOut } = await signInRequests();
      await sendSignOut(base, around, headers);
    },
    announceSignOut: () => leave("here"),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    claims: () => holder.view(),
    stop() {
      listeners.clear();
      stopped.abort();
      channel.close();
      over(signedOut(), { type: "signed-out", by: "here" });
    },
  };
}

function replaced() {
  return new AuthError({ code: "session_replaced", message: "A new sign-in has begun." });
}

function signedOut() {
  return new AuthError({ code: "signed_out", message: "You are signed out." });
}
