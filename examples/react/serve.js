// Bundles the front end once and serves it. In production a web server does the latter, with the same headers.

import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

const LATCHKEY = process.env.LATCHKEY_URL ?? "http://localhost:8000";
const PORT = Number(process.env.PORT ?? 5173);

const { outputFiles: [script] } = await build({
  entryPoints: ["src/main.jsx"],
  bundle: true,
  format: "esm",
  jsx: "automatic",
  minify: true,
  write: false,
  define: { LATCHKEY: JSON.stringify(LATCHKEY), "process.env.NODE_ENV": '"production"' },
});
const files = {
  "/": ["text/html; charset=utf-8", await readFile("index.html")],
  "/main.js": ["text/javascript; charset=utf-8", script.contents],
  "/style.css": ["text/css; charset=utf-8", await readFile("style.css")],
};
const headers = {
  // Whatever script gets into the page, it can send the token nowhere but to Latchkey.
  "Content-Security-Policy":
    `default-src 'none'; script-src 'self'; style-src 'self'; connect-src ${LATCHKEY}; `
    + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "same-origin",
  "Cache-Control": "no-cache",
};

createServer((request, response) => {
  const [type, body] = files[new URL(request.url, "http://localhost").pathname] ?? [];
  response.writeHead(body ? 200 : 404, { ...headers, "Content-Type": type ?? "text/plain" }).end(body ?? "Not found\n");
}).listen(PORT, "127.0.0.1", () => console.log(`http://localhost:${PORT}`));
