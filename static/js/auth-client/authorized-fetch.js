// fetch() with the access token, for one origin; a refused one is renewed once.

import { codeIn } from "./api-answer.js";

// Refusals by others, or of the person: sent twice, they would count twice.
const NOT_OF_THE_TOKEN = ["", "invalid_credentials", "invalid_code", "mfa_required", "insufficient_user_authentication"];

/** @type {CreateAuthorizedFetch} */
export const createAuthorizedFetch = ({ base, send, elsewhere, holder, renewal, ready, wait, epoch, codeOf = codeIn }) => {
  /** @type {SendWithToken} */
  const sendWithToken = async (request, begun) => {
    begun.throwIfAborted();
    await ready(request.signal);
    const generation = holder.generation();
    const headers = new Headers(request.headers);
    holder.attachTo(headers);
    // Not every browser takes the header off a redirect.
    const response = await send(new Request(request, { headers, redirect: "error" }), holder.key());
    begun.throwIfAborted();
    return { response, generation };
  };

  return async (input, init) => {
    const request = new Request(input instanceof Request ? input : new URL(input, base), init);
    if (new URL(request.url).origin !== base.origin) return elsewhere(request);
    const begun = epoch();
    const again = request.clone();
    const { response, generation } = await sendWithToken(request, begun);
    if (response.status !== 401 || NOT_OF_THE_TOKEN.includes(codeOf(response))) return response;
    begun.throwIfAborted();
    if (generation === holder.generation()) await wait(renewal, request.signal);
    return (await sendWithToken(again, begun)).response;
  };
};
