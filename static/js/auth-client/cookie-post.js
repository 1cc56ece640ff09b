// Requests with the refresh cookie and the CSRF value.

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
  const value = url.origin === around.origin
    ? csrfValue(around.cookies())
    : await (await import("./told-csrf.js")).askForCsrfValue(request, around);
  request.headers.set("X-CSRF-TOKEN", value);
  return request;
};
