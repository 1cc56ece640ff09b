// Requests that the refresh cookie answers for, with the readable cookie's value as proof that our page sends them.

const CSRF_COOKIE = "__Host-csrf_refresh_token=";

/**
 * One value per session, so it also tells one session from the next.
 * @param {string} cookies as `document.cookie` gives them
 */
export function csrfValue(cookies) {
  return cookies.split("; ").find((pair) => pair.startsWith(CSRF_COOKIE))?.slice(CSRF_COOKIE.length) ?? "";
}

/** @param {URL} url @param {Surroundings} around @param {RequestInit} init */
export function cookiePost(url, around, init) {
  const headers = new Headers(init.headers);
  headers.set("Accept", "application/json");
  headers.set("X-CSRF-TOKEN", csrfValue(around.cookies()));
  return new Request(url, {
    ...init, method: "POST", credentials: "include", cache: "no-store", redirect: "error", headers,
  });
}
