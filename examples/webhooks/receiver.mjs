// A program that is told by webhook what happens in Latchkey. Node's own modules alone.
// WEBHOOK_SECRET is what Latchkey showed when the endpoint was made; PORT is 9100 unless it says otherwise.

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const SECRET = Buffer.from(process.env.WEBHOOK_SECRET.replace(/^whsec_/, ""), "base64");
const TOLERANCE_SECONDS = 300;
const LONGEST_BODY = 65_536;
// A message may come twice. A program that keeps what it is told keeps the ids there, too.
const seen = new Set();

/** Whether whoever sent it knows the secret, and sent it just now. */
function isGenuine(id, timestamp, signatures, body) {
  if (!/^\d+$/.test(timestamp) || Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) {
    return false;
  }
  const signed = Buffer.concat([Buffer.from(`${id}.${timestamp}.`), body]);
  const expected = Buffer.from(`v1,${createHmac("sha256", SECRET).update(signed).digest("base64")}`);
  // While a secret is being replaced there are two signatures; one has to fit.
  return signatures.split(" ").some((each) => {
    const given = Buffer.from(each);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
}

/** The bytes as they came: what is parsed and written again has another signature. */
async function readBody(request) {
  const pieces = [];
  let length = 0;
  for await (const piece of request) {
    length += piece.length;
    if (length > LONGEST_BODY) {
      return null;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

createServer(async (request, response) => {
  const body = await readBody(request);
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
    (name) => request.headers[name] ?? "",
  );
  if (body === null || !isGenuine(id, timestamp, signatures, body)) {
    response.writeHead(body === null ? 413 : 401).end();
    return;
  }
  if (!seen.has(id)) {
    seen.add(id);
    const message = JSON.parse(body.toString());
    console.log(message.type, JSON.stringify(message.data));
  }
  // At once: whatever takes long is done afterwards.
  response.writeHead(204).end();
}).listen(Number(process.env.PORT ?? 9100), "127.0.0.1");
