// Calls of the account area: JSON in, JSON out, a refusal thrown with its code and sentence.

import { AuthError, problemIn } from "../auth-client/index.js";

/** @param {AuthClient} client @returns {Call} */
export function createCall(client) {
  return async function call(method, path, body) {
    /** @type {RequestInit} */
    const init = { method };
    if (body) {
      init.headers = { "Content-Type": "application/json" };
      init.body = JSON.stringify(body);
    }
    const response = await client.fetch(`/api/v1/${path}`, init).catch((error) => {
      if (error instanceof AuthError) throw error;
      const message = "The server could not be reached. Check the connection and try again.";
      throw new AuthError({ code: "unreachable", message });
    });
    if (!response.ok) throw new AuthError(await problemIn(response));
    return response.status === 204 ? null : response.json();
  };
}
