// Tokens for other services: each held and renewed like the page's own, and sent to its service's origin alone.

import { accountChanged } from "./api-answer.js";
import { createAuthorizedFetch } from "./authorized-fetch.js";
import { createRenewal } from "./renewal.js";
import { createTokenHolder, subjectOf } from "./token-holder.js";

/** @type {WeakMap<AbortSignal, Map<string, AuthorizedFetch>>} by the epoch that they belong to, then by origin */
const known = new WeakMap();

/** @param {Request} request @param {string} audience @param {ClientParts} parts @returns {Promise<Response>} */
export function fetchFromService(request, audience, parts) {
  const { origin } = new URL(request.url);
  const begun = parts.epoch();
  const fetches = known.get(begun) ?? new Map();
  known.set(begun, fetches);
  if (!fetches.has(origin)) fetches.set(origin, createServiceFetch(new URL(origin), audience, begun, parts));
  return fetches.get(origin)(request);
}

/** @param {URL} base @param {string} audience @param {AbortSignal} begun @param {ClientParts} parts */
function createServiceFetch(base, audience, begun, parts) {
  const { around, now, ready, wait } = parts;
  const holder = createTokenHolder({ now, random: around.random });
  const renewal = createRenewal({
    around, settle, onDelay: parts.onDelay, attempt: (signal) => parts.attempt(signal, audience),
  });
  parts.renewals.add(renewal);
  begun.addEventListener("abort", () => parts.renewals.delete(renewal));

  /** @param {Decision} decision */
  function settle(decision) {
    if (decision.kind !== "renewed") return parts.settle(decision);
    if (subjectOf(decision.answer.token) !== parts.holder.subject()) throw accountChanged();
    holder.adopt(decision.answer);
  }

  return createAuthorizedFetch({
    base, send: around.fetch, elsewhere: around.fetch, holder, renewal, wait, epoch: () => begun,
    // Whatever words the service has for it.
    codeOf: () => "invalid_token",
    // Renewed by use, not by a timer: a page may never call the service again.
    async ready(signal) {
      await ready(signal);
      if (!holder.isUsable()) await wait(renewal, signal);
      else if (holder.isDue()) void renewal.join();
      begun.throwIfAborted();
    },
  });
}
