// A call as it is filled in: its address, and the pieces of a shell command that depend on it.

/** The path with its parts in place; a word in capitals stands for one that is still empty. @type {PathOf} */
export const pathOf = (pattern, parts) => pattern.replace(/\{(\w+)\}/g, (_, name) => {
  const value = (parts[name] ?? "").trim();
  // The last part of a call to a service spans slashes, and may be empty.
  if (name === "path") return value.replace(/^\//, "").split("/").map(encodeURIComponent).join("/");
  return value ? encodeURIComponent(value) : name.toUpperCase();
});

/** @type {AddressOf} */
export const addressOf = ({ pattern, parts, query }) => {
  // Signs that curl and shells have their own use for.
  const asked = query.trim().replace(/^\?/, "").replace(/[[\]{}#\s]/g, encodeURIComponent);
  return pathOf(pattern, parts) + (asked && `?${asked}`);
};

/** Why it would lead elsewhere than it reads; empty when it would not. @type {FaultIn} */
export const faultIn = (parts) => {
  const dotted = Object.values(parts).some((value) => value.split("/").some((each) => /^\.{1,2}$/.test(each.trim())));
  return dotted ? "An address has no parts “.” or “..”: the browser would call another one." : "";
};

/** As the server writes it in the page. @type {BodyOf} */
export const bodyOf = (type, body) => (
  body ? ` \\\n  -H ${quoted(`Content-Type: ${type}`)} \\\n  --data-raw ${quoted(body)}` : ""
);

/** As one word of a shell, whatever is in it. @param {string} text */
export const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
