// fetch() with the access token, for one origin; a refused one is renewed once.

// Refusals of the person, not the token: sent twice, they would count twice.
const ABOUT_THE_PERSON = ["invalid_credentials", "invalid_code", "mfa_required", "insufficient_user_authentication"];

/** @type {CreateAuthorizedFetch} */
export const createAuthorizedFetch = ({ base, send, elsewhere, holder, renewal, ready, wait, epoch }) => {
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
    // Without our own code, a service behind a connection refuses: no token of ours would change its mind.
    const code = response.headers.get("X-Latchkey-Error");
    if (response.status !== 401 || !code || ABOUT_THE_PERSON.includes(code)) return response;
    begun.throwIfAborted();
    if (generation === holder.generation()) await wait(renewal, request.signal);
    return (await sendWithToken(again, begun)).response;
  };
};
