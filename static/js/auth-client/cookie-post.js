// Requests that the refresh cookie answers for, with the CSRF value as proof that our page sends them.

const CSRF_COOKIE = "__Host-csrf_refresh_token=";

/** @type {CsrfValue} */
export const csrfValue = (cookies) => (
  cookies.split("; ").find((pair) => pair.startsWith(CSRF_COOKIE))?.slice(CSRF_COOKIE.length) ?? ""
);

/** @type {CookiePost} */
export const cookiePost = async (url, around, init) => {
  const request = new Request(url, {
    ...init, method: "POST", credentials: "include", cache: "no-store", redirect: "error",
  });
  // A page of another origin need not see the cookie.
  const value = url.origin === around.origin
    ? csrfValue(around.cookies())
    : await (await import("./told-csrf.js")).askForCsrfValue(request, around);
  request.headers.set("X-CSRF-TOKEN", value);
  return request;
};
