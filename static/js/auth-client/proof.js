// Requests with proof of the session's key (RFC 9449); answers tell the time and a nonce.

import { codeIn } from "./api-answer.js";

const PROVE_AGAIN = ["use_dpop_nonce", "invalid_dpop_proof"];

/** @type {CreateProver} */
export const createProver = (around) => {
  // A device's clock may be wrong by years.
  let offset = 0;
  /** @type {string | undefined} */
  let nonce;
  const now = () => around.now() + offset;

  /** @param {Request} request */
  async function answerTo(request) {
    const response = await around.fetch(request);
    const told = Date.parse(response.headers.get("Date") ?? "");
    if (!Number.isNaN(told)) offset = told - around.now();
    nonce = response.headers.get("DPoP-Nonce") ?? nonce;
    return response;
  }

  /** @type {SendProven} */
  async function send(request, key) {
    if (!key) return answerTo(request);
    const { method, headers, credentials, cache, redirect, keepalive, signal } = request;
    const init = { method, headers, credentials, cache, redirect, keepalive, signal };
    const body = await request.arrayBuffer();
    // v1 takes plain tokens, v2 bound ones.
    const url = new URL(request.url);
    url.pathname = url.pathname.replace(/^\/api\/v1\//, "/api/v2/");
    const sendOnce = async () => {
      headers.set("DPoP", await prove(key, method, url, headers, now(), nonce));
      return answerTo(new Request(url, body.byteLength ? { ...init, body } : init));
    };
    const response = await sendOnce();
    return PROVE_AGAIN.includes(codeIn(response)) ? sendOnce() : response;
  }

  return { now, send };
};

/** @type {Prove} */
const prove = async ({ privateKey, publicKey }, htm, { origin, pathname }, headers, now, nonce) => {
  const token = headers.get("Authorization")?.split(" ")[1];
  const ath = token && base64url(await crypto.subtle.digest("SHA-256", bytesOf(token)));
  const { kty, crv, x, y } = await crypto.subtle.exportKey("jwk", publicKey);
  const head = { typ: "dpop+jwt", alg: "ES256", jwk: { kty, crv, x, y } };
  const iat = Math.floor(now / 1000);
  const claims = { jti: crypto.randomUUID(), htm, htu: origin + pathname, iat, ath, nonce };
  const text = [head, claims].map((part) => base64url(bytesOf(JSON.stringify(part)))).join(".");
  const signature = await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, bytesOf(text));
  return `${text}.${base64url(signature)}`;
};

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text);

/** @param {ArrayBuffer | Uint8Array} bytes */
const base64url = (bytes) => (
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")
);
