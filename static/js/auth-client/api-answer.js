// Reads answers without trusting their shape: proxies and captive portals answer too.

export class AuthError extends Error {
  /** @param {Failure} problem */
  constructor(problem) {
    super(problem.message);
    this.name = "AuthError";
    this.code = problem.code;
    this.problem = problem;
  }
}

/** @type {(code: string, message: string) => AuthError} */
export const failure = (code, message) => new AuthError({ code, message });
export const unreachable = () => failure("unreachable", "The server could not be reached. Check the connection.");
export const replaced = () => failure("session_replaced", "A new sign-in has begun.");
export const accountChanged = () => failure("account_changed", "Another account has signed in in this browser.");

/** @type {ReadAnswer<Record<string, any>>} empty without a JSON object */
export const objectIn = async (response) => Object(await response.json().catch(() => null));

/** @type {ReadAnswer<Problem>} in v1 `error, message`, in v2 `code, detail` */
export const problemIn = async (response) => {
  const { status, headers } = response;
  const { code, error = code, detail, message = detail, cause, fields, request_id: id } = await objectIn(response);
  const wait = headers.get("Retry-After") ?? "";
  return {
    status,
    code: text(error) ?? `http_${status}`,
    message: text(message) ?? `The server answered ${status}.`,
    cause: text(cause),
    fields: Object(fields),
    requestId: text(id) ?? headers.get("X-Request-ID"),
    retryAfter: /^\d+$/.test(wait) ? Number(wait) : null,
  };
};

/** Empty unless this server refuses. @param {Response} response */
export const codeIn = ({ headers }) => headers.get("X-Latchkey-Error") ?? "";

/** @type {TokenIn} */
export const tokenIn = ({ access_token, token = access_token, token_type: type, expires_in, scope }, key) => {
  const isToken = typeof token === "string" && token !== "" && type === (key ? "DPoP" : "Bearer");
  return isToken && expires_in > 0 ? { token, key, expires_in: Number(expires_in), scope: text(scope) ?? "" } : null;
};

/** @param {unknown} value */
const text = (value) => typeof value === "string" ? value : null;
