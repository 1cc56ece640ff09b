// One call through a connection, as the backend will make it, and the script that makes it.

const BODILESS = ["GET", "HEAD"];

/** @param {string} method */
export const takesBody = (method) => !BODILESS.includes(method);

/** What keeps a typed path from being called as it stands; empty when nothing does. @param {string} typed */
export function faultIn(typed) {
  const [path = ""] = typed.split("?", 1);
  // The browser would take these away, and call something else than what is read here.
  if (typed.includes("#")) return "A path ends at “#”. Write it as %23.";
  if (path.includes("\\")) return "Use “/” between the parts of a path.";
  if (/(^|\/)(\.|%2e){1,2}(\/|$)/i.test(path)) return "A path has no parts “.” or “..”.";
  return /%(?![\da-f]{2})/i.test(path) ? "Write “%” as %25." : "";
}

/** Path and query as the browser sends them, the path with a slash in front. @type {AddressIn} */
export const addressIn = (typed) => {
  // No origin is spoken to here: only its rules of writing are asked for.
  const { pathname, search } = new URL(`http://localhost/${typed.trim().replace(/^\//, "")}`);
  return { path: pathname, query: search.slice(1) };
};

/** Where a pattern begins, for a field to begin with. @param {string} pattern */
export const startOf = (pattern) => pattern.split("*", 1)[0] || "/";

/** @type {IsAllowed} */
export const isAllowed = ({ methods, paths }, method, path) => (
  methods.includes(method) && paths.some((pattern) => isMatch(pattern, decoded(path)))
);

/**
 * A star stands for anything, slashes too. In one pass, as the backend does it: a regular expression with many stars
 * would keep the page busy for ever.
 *
 * @param {string} pattern @param {string} path
 */
function isMatch(pattern, path) {
  const [first = "", ...middle] = pattern.split("*");
  const last = middle.pop();
  if (last === undefined) return path === pattern;
  const end = path.length - last.length;
  let place = first.length;
  if (end < place || !path.startsWith(first) || !path.endsWith(last)) return false;
  return middle.every((piece) => {
    const found = path.slice(0, end).indexOf(piece, place);
    place = found + piece.length;
    return found >= 0;
  });
}

/** The headers that the page sends: those with a value, and the type of a body where there is one. @type {HeadersOf} */
export const headersOf = (typed, hasBody) => {
  const kept = Object.entries(typed).map(([name, value]) => [name, value.trim()]);
  return Object.fromEntries(kept.filter(([name, value]) => value && (hasBody || name !== "content-type")));
};

/** The call in the words of HTTP, each line as it leaves the backend but for the key. @type {InWriting} */
export const inWriting = ({ base_url: base, sends }, { method, path, query, headers, body }) => {
  const parameters = [query, ...sends.query.map((each) => each.join("="))].filter(Boolean).join("&");
  const size = new TextEncoder().encode(body).length;
  const sent = [...sends.headers, ...Object.entries(headers), ...(size ? [["content-length", size]] : [])];
  return [
    `${method} ${base.replace(/\/$/, "")}${encoded(path)}${parameters && `?${parameters}`}`,
    ...sent.map(([name, value]) => `${String(name).toLowerCase()}: ${value}`),
    ...(body ? ["", body] : []),
  ].join("\n");
};

/** The same through the browser client; to be pasted anywhere, within a page too. @type {ScriptFor} */
export const scriptFor = (origin, name, { method, path, query, headers, body }) => {
  const address = `/api/v1/connections/${name}${path}${query && `?${query}`}`;
  // Without what a browser sends of itself.
  const own = Object.entries(headers).filter(([header, value]) => header !== "accept-language" && value !== "*/*");
  const init = [
    `  method: ${literal(method)},`,
    ...(own.length ? [`  headers: { ${own.map((each) => each.map(literal).join(": ")).join(", ")} },`] : []),
    ...(body ? [`  body: ${literal(body)},`] : []),
  ];
  return `import { createAuthClient } from "./auth-client/index.js";

const client = createAuthClient({ baseUrl: ${literal(origin)} });
const response = await client.fetch(${literal(address)}, {
${init.join("\n")}
});
// Set when Latchkey itself refused the call, never by the service.
const refusal = response.headers.get("X-Latchkey-Error");
if (refusal) throw new Error(refusal);
// Piece by piece, as it arrives.
const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
for (let piece = await reader?.read(); piece?.value; piece = await reader.read()) {
  console.log(piece.value);
}
`;
};

/** @param {unknown} value */
const literal = (value) => JSON.stringify(value).replaceAll("<", "\\u003c");

/** @param {string} path percent-encoded somehow */
function decoded(path) {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** As the backend writes a path anew. @param {string} path */
const encoded = (path) => encodeURIComponent(decoded(path)).replace(/%(2F|3A|40|24|26|2B|2C|3B|3D)/g, decodeURIComponent);
