// fetch() with the access token, for our own origin alone; a refused token is renewed once and the call sent again.

import { objectIn } from "./api-answer.js";

// These refuse the person's proof, not the token: a password sent twice would count as two failures.
const ABOUT_THE_PERSON = ["invalid_credentials", "mfa_required", "insufficient_user_authentication"];

/** @param {AuthorizedFetchParts} parts */
export function createAuthorizedFetch({ base, send, holder, clock, ready, renewed, epoch }) {
  /** @param {Request} request @param {AbortSignal} begun */
  async function sendWithToken(request, begun) {
    begun.throwIfAborted();
    await ready(request.signal);
    const generation = holder.generation();
    const headers = new Headers(request.headers);
    holder.attachTo(headers);
    // Never followed elsewhere: not every browser takes the header off a redirect to another origin.
    const response = await send(new Request(request, { headers, redirect: "error" }));
    begun.throwIfAborted();
    clock.read(response);
    return { response, generation };
  }

  /** @param {string | URL | Request} input @param {RequestInit} [init] */
  return async function authorizedFetch(input, init) {
    const request = new Request(input instanceof Request ? input : new URL(input, base), init);
    if (new URL(request.url).origin !== base.origin) return send(request);
    const begun = epoch();
    const again = request.clone();
    const { response, generation } = await sendWithToken(request, begun);
    if (response.status !== 401) return response;
    if (ABOUT_THE_PERSON.includes((await objectIn(response.clone())).error)) return response;
    begun.throwIfAborted();
    // Another call may have renewed it meanwhile.
    if (generation === holder.generation()) await renewed(request.signal);
    return (await sendWithToken(again, begun)).response;
  };
}
