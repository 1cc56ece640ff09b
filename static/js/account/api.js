// Calls of the account area: JSON in, JSON out, a refusal thrown with its code and sentence.

import { AuthError, problemIn } from "../auth-client/index.js";

/** @param {AuthClient} client @returns {Call} */
export function createCall(client) {
  return async function call(method, path, body) {
    const headers = { "Content-Type": "application/json" };
    const init = body ? { method, headers, body: JSON.stringify(body) } : { method };
    const response = await client.fetch(`/api/v1/${path}`, init).catch((error) => {
      if (error instanceof AuthError) throw error;
      throw new AuthError({ code: "unreachable", message: "The server could not be reached. Check the connection." });
    });
    if (!response.ok) throw new AuthError(await problemIn(response));
    return response.status === 204 ? null : response.json();
  };
}
