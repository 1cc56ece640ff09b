// What the server asks of a proof of possession (RFC 9449, section 4.3), checked with the platform's own cryptography.

import assert from "node:assert/strict";

const MEMBERS = ["crv", "kty", "x", "y"];

export class ProofCheck {
  /** Set it to ask for a nonce. */
  nonce = null;
  #seen = new Set();

  constructor(now) {
    this.now = now;
  }

  /** The thumbprint of the key that the request proves to hold; throws when it proves nothing. */
  async thumbprintOf(request, token) {
    const [head, body, signature] = request.headers.get("DPoP").split(".");
    const { typ, alg, jwk, ...others } = JSON.parse(decoded(head));
    assert.deepEqual([typ, alg, others, Object.keys(jwk).sort()], ["dpop+jwt", "ES256", {}, MEMBERS]);
    const kind = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("jwk", jwk, kind, false, ["verify"]);
    assert.ok(await crypto.subtle.verify(kind, key, decoded(signature), Buffer.from(`${head}.${body}`)));
    const { jti, htm, htu, iat, ath, nonce } = JSON.parse(decoded(body));
    assert.deepEqual([htm, htu], [request.method, request.url.split(/[?#]/)[0]]);
    assert.equal(ath, token && await digest(token));
    assert.ok(Number.isInteger(iat) && Math.abs(iat - this.now() / 1000) <= 60, `iat ${iat}`);
    assert.ok(!this.#seen.has(jti), "used before");
    this.#seen.add(jti);
    if (this.nonce !== null && nonce !== this.nonce) throw new NonceWanted();
    return digest(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }));
  }
}

export class NonceWanted extends Error {}

function decoded(text) {
  return Buffer.from(text, "base64url");
}

async function digest(text) {
  return Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(text))).toString("base64url");
}
