// One renewal at a time in this tab: every caller shares one flight, which tries until the server decides.

import { backOff } from "./back-off.js";
import { pause, untilAborted } from "./waiting.js";

const OFFLINE_CHECK = 60_000;
const ONLINE_SPREAD = 1_000;

/** @param {RenewalParts} parts */
export function createRenewal({ around, attempt, settle, onDelay }) {
  /** @type {{ promise: Promise<void>, abort: AbortController } | null} */
  let flight = null;

  /** @param {AbortSignal} signal @returns {Promise<Decision>} */
  async function tryUntilDecided(signal) {
    for (let tries = 1; ; tries += 1) {
      const verdict = await attempt(signal);
      if (verdict.kind !== "delayed") return verdict;
      const { code, retryAfter } = verdict;
      const isNetwork = code === "unreachable" || code === "no_answer";
      // `onLine` is believed only after a failure: a server on this very device answers without a network.
      const offline = isNetwork && !around.isOnline();
      const retryInMs = offline ? OFFLINE_CHECK : backOff(tries, retryAfter, around.random);
      onDelay({ code, offline, retryInMs });
      await pause(around.timers, retryInMs, signal, isNetwork ? around.events : null);
      if (offline) await pause(around.timers, ONLINE_SPREAD * around.random(), signal);
    }
  }

  /** @param {AbortController} abort */
  async function fly(abort) {
    try {
      const decision = await untilAborted(tryUntilDecided(abort.signal), abort.signal);
      // An answer of the epoch before a sign-out must change nothing.
      abort.signal.throwIfAborted();
      settle(decision);
    } finally {
      if (flight?.abort === abort) flight = null;
    }
  }

  return {
    /** The present flight, or a new one. Rejects when the session has ended or the flight is cancelled. */
    join() {
      if (flight === null) {
        const abort = new AbortController();
        flight = { abort, promise: fly(abort) };
        // Whoever waits hears of it; often nobody does.
        flight.promise.catch(() => {});
      }
      return flight.promise;
    },

    /** @param {Error} reason what those who wait are rejected with */
    cancel(reason) {
      const cancelled = flight;
      flight = null;
      cancelled?.abort.abort(reason);
    },
  };
}
