// One renewal at a time: callers share a flight, which tries until the server decides.

import { pause, untilAborted } from "./waiting.js";

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
// After a cut connection a browser sends the same proof again by itself.
const PROOF_TRIES = 3;

/** @type {CreateRenewal} */
export const createRenewal = ({ around, attempt, settle, onDelay }) => {
  /** @type {Flight | null} */
  let flight = null;

  /** @param {AbortSignal} signal @returns {Promise<Decision>} */
  async function tryUntilDecided(signal) {
    for (let tries = 1, refused = 0; ; tries += 1) {
      const verdict = await attempt(signal);
      if (verdict.kind === "unproven") refused += 1;
      if (verdict.kind !== "delayed" && (verdict.kind !== "unproven" || refused === PROOF_TRIES)) return verdict;
      const { code, retryAfter } = verdict;
      const isNetwork = code === "unreachable" || code === "no_answer";
      // A server on this device needs no network.
      const offline = isNetwork && !around.isOnline();
      const retryInMs = offline ? MINUTE : backOff(tries, retryAfter, around.random());
      onDelay({ code, offline, retryInMs });
      await pause(around.timers, retryInMs, signal, isNetwork ? around.events : null);
      if (offline) await pause(around.timers, SECOND * around.random(), signal);
    }
  }

  /** @param {AbortController} abort */
  async function fly(abort) {
    try {
      const decision = await untilAborted(tryUntilDecided(abort.signal), abort.signal);
      // An answer from before a sign-out changes nothing.
      abort.signal.throwIfAborted();
      settle(decision);
    } finally {
      if (flight?.abort === abort) flight = null;
    }
  }

  return {
    join() {
      if (flight === null) {
        const abort = new AbortController();
        flight = { abort, promise: fly(abort) };
        // Often nobody waits.
        flight.promise.catch(() => {});
      }
      return flight.promise;
    },
    cancel(reason) {
      const cancelled = flight;
      flight = null;
      cancelled?.abort.abort(reason);
    },
  };
};

/** @type {BackOff} */
const backOff = (tries, retryAfter, chance) => {
  const ceiling = Math.min(MINUTE, SECOND * 2 ** (tries - 1));
  if (retryAfter === null) return ceiling * (0.5 + 0.5 * chance);
  // Tabs told the same moment must not all come at once.
  return Math.min(HOUR, retryAfter * SECOND) + ceiling * 0.5 * chance;
};
