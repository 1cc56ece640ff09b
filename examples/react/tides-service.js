// Stands in for a third-party service: tide tables for whoever brings its key, and for nobody else.

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const KEY = process.env.TIDES_KEY ?? `tides_${randomBytes(24).toString("base64url")}`;
const PORT = Number(process.env.PORT ?? 5174);
const MINUTE = 60_000;
// From one high water to the next.
const PERIOD = 745.2 * MINUTE;
const HARBOURS = {
  dover: { name: "Dover", mean: 3.8, range: 2.6, phase: 0 },
  leith: { name: "Leith", mean: 3.2, range: 1.9, phase: 0.28 },
  galway: { name: "Galway", mean: 2.9, range: 1.8, phase: 0.57 },
};

const digest = (text) => createHash("sha256").update(text).digest();
const hasKey = ({ authorization = "" }) => timingSafeEqual(digest(authorization), digest(`Bearer ${KEY}`));

const metres = ({ mean, range, phase }, at) =>
  Math.round(100 * (mean + range * Math.cos(2 * Math.PI * (at / PERIOD - phase)))) / 100;

/** The next four high and low waters. */
function tableOf(harbour, now) {
  const half = PERIOD / 2;
  const first = Math.ceil((now - harbour.phase * PERIOD) / half);
  return [0, 1, 2, 3].map((step) => {
    const at = harbour.phase * PERIOD + (first + step) * half;
    return { at: new Date(at).toISOString(), water: (first + step) % 2 ? "low" : "high", metres: metres(harbour, at) };
  });
}

/** The level each second, as server-sent events, until the caller goes. */
function follow(harbour, response) {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const tell = () => response.write(`data: ${JSON.stringify({ metres: metres(harbour, Date.now()) })}\n\n`);
  const timer = setInterval(tell, 1000);
  response.on("close", () => clearInterval(timer));
  tell();
}

createServer((request, response) => {
  const answer = (status, body, headers = {}) =>
    response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
  if (!hasKey(request.headers)) return answer(401, { problem: "no key" }, { "WWW-Authenticate": "Bearer" });
  const [, id, live] = /^\/v1\/tides\/([a-z]+)(\/live)?$/.exec(request.url) ?? [];
  const harbour = Object.hasOwn(HARBOURS, id ?? "") ? HARBOURS[id] : null;
  if (request.method !== "GET" || !harbour) return answer(404, { problem: "no such harbour" });
  return live ? follow(harbour, response) : answer(200, { harbour: harbour.name, tides: tableOf(harbour, Date.now()) });
}).listen(PORT, "127.0.0.1", () => console.log(`http://127.0.0.1:${PORT}/v1 with the key ${KEY}`));
