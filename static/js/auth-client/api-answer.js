// Reads what the API answers without trusting its shape: proxies and captive portals answer too.

/** Why a call failed: a stable `code` to branch on, one public sentence, and what else the server said. */
export class AuthError extends Error {
  /** @param {{ code: string, message: string } & Partial<Problem>} problem */
  constructor(problem) {
    super(problem.message);
    this.name = "AuthError";
    this.code = problem.code;
    this.problem = problem;
  }
}

/** @param {Response} response @returns {Promise<Record<string, any>>} empty when the body is not a JSON object */
export async function objectIn(response) {
  const body = await response.json().catch(() => null);
  return body !== null && typeof body === "object" ? body : {};
}

/** @param {Response} response @returns {Promise<Problem>} */
export async function problemIn(response) {
  const { error, message, cause, fields, request_id: requestId } = await objectIn(response);
  const wait = response.headers.get("Retry-After") ?? "";
  return {
    status: response.status,
    code: text(error) ?? `http_${response.status}`,
    message: text(message) ?? `The server answered ${response.status}.`,
    cause: text(cause),
    fields: fields !== null && typeof fields === "object" ? fields : {},
    requestId: text(requestId) ?? response.headers.get("X-Request-ID"),
    retryAfter: /^\d+$/.test(wait) ? Number(wait) : null,
  };
}

/** @param {Record<string, any>} body @returns {TokenAnswer | null} */
export function tokenIn({ token, token_type, expires_in, scope }) {
  const isToken = typeof token === "string" && token !== "" && token_type === "Bearer";
  if (!isToken || typeof expires_in !== "number" || !(expires_in > 0)) return null;
  return { token, token_type, expires_in, scope: text(scope) ?? "" };
}

/** @param {unknown} value */
function text(value) {
  return typeof value === "string" ? value : null;
}
