// An API for notes. It knows Latchkey by its address alone, and verifies access tokens by the keys published there.

import express from "express";
import { createRemoteJWKSet, jwtVerify } from "jose";

const LATCHKEY = process.env.LATCHKEY_URL ?? "http://localhost:8000";
const AUDIENCE = process.env.AUDIENCE ?? "notes";
const AWAY = ["ERR_JOSE_GENERIC", "ERR_JWKS_TIMEOUT", "ERR_JWKS_INVALID"];

// Keeps the key set for 300 s, as its Cache-Control allows, and asks again for an unknown `kid`, at most every 30 s.
const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", LATCHKEY), {
  cacheMaxAge: 300_000,
  cooldownDuration: 30_000,
  timeoutDuration: 5_000,
});

class Refused extends Error {
  constructor(status, code, challenge) {
    super(code);
    Object.assign(this, { status, code, challenge });
  }
}

/** The claims of an access token meant for this service (RFC 9068, section 4). Rejects any other with Refused. */
async function verify(token) {
  const badToken = new Refused(401, "invalid_token", 'Bearer error="invalid_token"');
  const { payload } = await jwtVerify(token, keys, {
    // What your Latchkey signs with (its setting JWT_ALGORITHM). Never taken from the token.
    algorithms: ["ES256"],
    // Other tokens signed with the same keys are not for opening an API.
    typ: "at+jwt",
    issuer: LATCHKEY,
    audience: AUDIENCE,
    requiredClaims: ["sub", "exp", "iat", "jti", "client_id"],
    clockTolerance: 10,
  }).catch((reason) => {
    // Keys that cannot be fetched are not the caller's fault, and no reason to sign anybody out.
    const isAway = !reason.code?.startsWith("ERR_J") || AWAY.includes(reason.code);
    throw isAway ? new Refused(503, "unavailable") : badToken;
  });
  if (payload.aud !== AUDIENCE) throw badToken;
  return payload;
}

/** Lets in whoever brings a good token with this scope: 401 for a bad one, 403 for one that is not enough. */
function needs(scope) {
  return async (request, _response, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "") ?? [];
    if (!token) throw new Refused(401, "token_missing", "Bearer");
    request.claims = await verify(token);
    if (!`${request.claims.scope}`.split(" ").includes(scope)) {
      throw new Refused(403, "insufficient_scope", `Bearer error="insufficient_scope", scope="${scope}"`);
    }
    next();
  };
}

const app = express();
app.disable("x-powered-by");

// The caller's notes. `sub` is the one name of a person that never changes.
app.get("/notes", needs("notes:read"), (request, response) => {
  response.json({ owner: request.claims.sub, notes: ["Water the ferns"] });
});

app.post("/notes", needs("notes:write"), express.json(), (request, response) => {
  if (typeof request.body?.text !== "string") throw new Refused(400, "malformed_request");
  response.status(201).json({ owner: request.claims.sub, notes: ["Water the ferns", request.body.text] });
});

app.use((problem, _request, response, _next) => {
  const { status = 500, challenge } = problem;
  if (challenge) response.set("WWW-Authenticate", challenge);
  const unexpected = status < 500 ? "malformed_request" : "internal_error";
  response.status(status).json({ error: problem instanceof Refused ? problem.code : unexpected });
});

app.listen(Number(process.env.PORT ?? 5002), "127.0.0.1");
