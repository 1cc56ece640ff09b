// The browser client (docs/browser-client.md): holds the access token until the session is over.

import { accountChanged, AuthError, failure, replaced, unreachable } from "./api-answer.js";
import { createAuthorizedFetch } from "./authorized-fetch.js";
import { csrfValue } from "./cookie-post.js";
import { createProver } from "./proof.js";
import { createKeyring } from "./proof-key.js";
import { requestRefresh } from "./refresh-request.js";
import { createRenewal } from "./renewal.js";
import { browserSurroundings } from "./surroundings.js";
import { inTurn } from "./tab-lock.js";
import { createTokenHolder, subjectOf } from "./token-holder.js";
import { within } from "./waiting.js";

export { AuthError, failure, problemIn, unreachable } from "./api-answer.js";

// Outlasts the 30 s for which an honest tab may be answered refresh_retry.
const RENEWAL_PATIENCE = 35_000;

/** @type {CreateAuthClient} */
export const createAuthClient = ({ baseUrl, services = {}, bound = true, around = browserSurroundings() }) => {
  const base = new URL(baseUrl);
  const { now, send } = createProver(around);
  const holder = createTokenHolder({ now, random: around.random });
  // A key serves one origin.
  const keyring = createKeyring(around, bound && base.origin === around.origin);
  /** @type {Set<Listener>} */
  const listeners = new Set();
  // unknown, signed-in or signed-out
  let state = "unknown";
  let csrfSeen = "";
  /** @type {unknown} */
  let timer = null;
  // Ends with each sign-in and sign-out.
  let epoch = new AbortController();
  // Releases those who wait for a renewal that goes on.
  let offline = new AbortController();

  const renewal = createRenewal({ around, attempt, settle, onDelay });
  const renewals = new Set([renewal]);
  const parts = {
    base, around, now, send, keyring, holder, renewal, renewals, attempt, settle, onDelay, ready, wait, elsewhere,
    beginEpoch, adopt, emit, epoch: () => epoch.signal,
  };
  const authorizedFetch = createAuthorizedFetch(parts);
  around.channel.addEventListener("message", ({ data }) => {
    if (data?.kind === "signed-in") meetSignIn();
    if (data?.kind === "signed-out") leave("elsewhere");
  });
  // Moments at which a page may have slept through something.
  const moments = ["online", "visibilitychange", "pageshow"];
  for (const type of moments) around.events.addEventListener(type, wake);

  /** @param {Change} change */
  function emit(change) {
    for (const listener of listeners) {
      try {
        listener(change);
      } catch (error) {
        console.error(error);
      }
    }
  }

  /** @param {AuthError} reason */
  function beginEpoch(reason) {
    const past = epoch;
    epoch = new AbortController();
    for (const each of renewals) each.cancel(reason);
    past.abort(reason);
    around.timers.clearTimeout(timer);
  }

  /** @param {AbortSignal} signal @param {string} [audience] */
  async function attempt(signal, audience) {
    if (offline.signal.aborted) offline = new AbortController();
    return inTurn(around, async () => {
      const key = await keyring.take(holder.key());
      signal.throwIfAborted();
      return requestRefresh({ base, around, send, key }, signal, audience);
    });
  }

  /** @param {Decision} decision */
  function settle(decision) {
    if (decision.kind === "renewed") {
      const before = holder.subject();
      // What the page shows is one person's.
      if (before !== null && subjectOf(decision.answer.token) !== before) {
        throw over(accountChanged(), { type: "account-changed" });
      }
      adopt(decision.answer);
      return emit({ type: "renewed" });
    }
    const error = new AuthError(decision.problem);
    if (decision.kind === "refused") throw error;
    const { code, cause } = decision.problem;
    throw over(error, { type: decision.kind, code, cause });
  }

  /** @param {Delay} delay */
  function onDelay(delay) {
    if (delay.offline) offline.abort(failure("offline", "There is no connection."));
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

  /** @param {AuthError} reason @param {Change} [change] */
  function over(reason, change) {
    state = "signed-out";
    holder.forget();
    beginEpoch(reason);
    if (change) emit(change);
    return reason;
  }

  /** @param {"here" | "elsewhere"} by */
  function leave(by) {
    over(signedOut(), { type: "signed-out", by });
    if (by === "here") around.channel.postMessage({ kind: "signed-out" });
  }

  function meetSignIn() {
    if (state === "unknown") return;
    holder.drop();
    beginEpoch(replaced());
    state = "signed-in";
    renewal.join().then(() => emit({ type: "signed-in", by: "elsewhere" }), () => {});
  }

  /** With another CSRF value, or none, the token is no longer this browser's. */
  function isUsable() {
    if (csrfSeen && csrfValue(around.cookies()) !== csrfSeen) holder.drop();
    return holder.isUsable();
  }

  function checkOver() {
    if (state === "signed-in" && (!isUsable() || holder.isDue())) void renewal.join();
  }

  /** @param {Event & { persisted?: boolean }} event */
  function wake({ type, persisted }) {
    // Into the back-forward cache no message came.
    if (persisted && state === "signed-out") emit({ type: "signed-out", by: "earlier" });
    else if (type === "pageshow" ? persisted : type === "online" || around.isVisible()) checkOver();
  }

  /** @param {AbortSignal} [signal] */
  async function ready(signal) {
    if (state === "signed-out") throw signedOut();
    if (!isUsable()) await wait(renewal, signal);
  }

  /** @param {Renewal} awaited @param {AbortSignal} [signal] */
  function wait(awaited, signal = epoch.signal) {
    const flight = awaited.join();
    const late = failure("renewal_delayed", "Your sign-in could not be confirmed. Try again.");
    return within(around.timers, RENEWAL_PATIENCE, late, [offline.signal, signal], () => flight);
  }

  /** @param {Request} request */
  async function elsewhere(request) {
    const audience = services[new URL(request.url).origin];
    if (!audience) return around.fetch(request);
    const { fetchFromService } = await loaded(import("./service-tokens.js"));
    return fetchFromService(request, audience, parts);
  }

  return {
    start() {
      state = "unknown";
      return wait(renewal).then(() => true, (error) => {
        if (state === "signed-out" && error.problem?.status) return false;
        throw error;
      });
    },
    fetch: authorizedFetch,
    async signIn(credentials) {
      const begun = epoch.signal;
      await (await signInRequests()).signIn(parts, credentials, begun);
    },
    async signOut() {
      const key = holder.key();
      const headers = holder.attachTo(new Headers());
      over(signedOut());
      const done = signInRequests().then(({ signOut }) => signOut(parts, key, headers));
      // A reload before it has gone out would find the session.
      await done.finally(() => state === "signed-out" && leave("here"));
    },
    announceSignOut: () => leave("here"),
    renew: () => wait(renewal),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    claims: holder.view,
    stop() {
      listeners.clear();
      for (const type of moments) around.events.removeEventListener(type, wake);
      around.channel.close();
      over(signedOut());
    },
  };
};

/** @type {Loaded} */
export const loaded = (module) => module.catch(() => {
  throw unreachable();
});
const signInRequests = () => loaded(import("./sign-in-request.js"));
const signedOut = () => failure("signed_out", "You are signed out.");
