/**
 * Signing in with Express as tutorials teach it, made to do what Latchkey does, for a fair comparison: ES256 by loaded
 * key objects, security headers, a limit by address, sessions in SQLite, refresh tokens that rotate by the same rule.
 *
 * Its parts and order are those of the well-known tutorials; keys, session rows and rotation are as ours.
 * GET /protected and /verify trust the token alone, as tutorials do; /protected-with-session looks the session up too.
 */
import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import { DatabaseSync } from "@photostructure/sqlite";
import bcrypt from "bcrypt";
import cookieParser from "cookie-parser";
import express from "express";
import { rateLimit } from "express-rate-limit";
import helmet from "helmet";
import jwt from "jsonwebtoken";

const { DATABASE, PORT, ROUNDS, PASSWORD, CLIENT_SECRET, OVERLAP, DEADLINE } = process.env;
const ISSUER = `http://localhost:${PORT}`;
const AUDIENCE = "api";
const ACCESS_SECONDS = 3600;
const REFRESH_SECONDS = 86_400;
const OVERLAP_MS = Number(OVERLAP) * 1000;
const DEADLINE_MS = Number(DEADLINE) * 1000;

const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const kid = randomUUID();
const refreshSecret = randomBytes(32);
const csrfSecret = randomBytes(32);
const clientDigest = digest(`bench:${CLIENT_SECRET}`);

const database = new DatabaseSync(DATABASE);
database.exec(`
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  CREATE TABLE accounts (id TEXT PRIMARY KEY, username TEXT UNIQUE, password TEXT);
  CREATE TABLE sessions (
    id TEXT PRIMARY KEY, account_id TEXT REFERENCES accounts, counter INTEGER, received INTEGER,
    rotated_at INTEGER, ends_at INTEGER, ended_at INTEGER
  );
`);
const findAccount = database.prepare("SELECT id, username, password FROM accounts WHERE username = ?");
const addSession = database.prepare("INSERT INTO sessions VALUES (?, ?, 0, 0, 0, ?, NULL)");
const findSession = database.prepare(`
  SELECT s.*, a.username FROM sessions s JOIN accounts a ON a.id = s.account_id
  WHERE s.id = ? AND s.ended_at IS NULL AND s.ends_at > ?`);
const swap = database.prepare(`
  UPDATE sessions SET counter = counter + 1, received = counter, rotated_at = ?
  WHERE id = ? AND counter = ? AND received = ? AND rotated_at = ? RETURNING counter`);
database
  .prepare("INSERT INTO accounts VALUES (?, 'bencher', ?)")
  .run(randomUUID(), bcrypt.hashSync(PASSWORD, Number(ROUNDS)));

function digest(text) {
  return createHash("sha256").update(text).digest();
}

function csrfOf(sessionId) {
  return createHmac("sha256", csrfSecret).update(sessionId).digest("base64url");
}

function accessToken(session) {
  const claims = { sid: session.id, scope: "read:profile write:profile", client_id: "web", rtc: session.counter };
  return jwt.sign(claims, privateKey, {
    algorithm: "ES256",
    keyid: kid,
    header: { typ: "at+jwt" },
    issuer: ISSUER,
    audience: AUDIENCE,
    subject: session.account_id,
    jwtid: randomUUID(),
    expiresIn: ACCESS_SECONDS,
  });
}

function setCookies(response, session) {
  const options = { secure: true, sameSite: "strict", path: "/", maxAge: REFRESH_SECONDS * 1000 };
  const claims = { sid: session.id, number: session.counter, csrf: csrfOf(session.id) };
  const token = jwt.sign(claims, refreshSecret, { algorithm: "HS256", expiresIn: REFRESH_SECONDS });
  response.cookie("refresh_token", token, { ...options, httpOnly: true });
  response.cookie("csrf_token", claims.csrf, options);
}

function answerToken(response, session) {
  response.set("Cache-Control", "no-store");
  response.json({ token: accessToken(session), token_type: "Bearer", expires_in: ACCESS_SECONDS });
}

function verified(token) {
  return jwt.verify(token, publicKey, { algorithms: ["ES256"], issuer: ISSUER, audience: AUDIENCE });
}

function requireToken(request, response, next) {
  const [scheme, token] = (request.get("Authorization") ?? "").split(" ");
  if (scheme !== "Bearer" || !token) {
    return response.status(401).json({ error: "token_missing" });
  }
  try {
    request.claims = verified(token);
  } catch {
    return response.status(401).json({ error: "invalid_token" });
  }
  return next();
}

function requireSession(request, response, next) {
  request.session = findSession.get(request.claims.sid, Date.now());
  return request.session ? next() : response.status(401).json({ error: "session_ended" });
}

function requireClient(request, response, next) {
  const given = Buffer.from((request.get("Authorization") ?? "").replace(/^Basic /, ""), "base64");
  if (!timingSafeEqual(digest(given), clientDigest)) {
    return response.status(401).json({ error: "invalid_client" });
  }
  return next();
}

const app = express();
app.use(helmet());
app.use(rateLimit({ windowMs: 60_000, limit: 1_000_000_000, standardHeaders: true, legacyHeaders: false }));
app.use(express.json());
app.use(express.urlencoded({ extended: false }));
app.use(cookieParser());

app.get("/healthz", (request, response) => response.json({ status: "ok" }));

app.post("/login", async (request, response) => {
  const account = findAccount.get(request.body.username);
  if (!account || !(await bcrypt.compare(request.body.password, account.password))) {
    return response.status(401).json({ error: "invalid_credentials" });
  }
  const session = { id: randomUUID(), account_id: account.id, counter: 0 };
  addSession.run(session.id, account.id, Date.now() + REFRESH_SECONDS * 1000);
  setCookies(response, session);
  return answerToken(response, session);
});

app.get("/protected", requireToken, (request, response) => {
  response.json({ message: "Your access token is valid.", user: request.claims.sub });
});

app.get("/protected-with-session", requireToken, requireSession, (request, response) => {
  response.json({ message: "Your access token is valid.", user: request.session.username });
});

app.get("/verify", requireToken, (request, response) => {
  response.set({ "X-Auth-Subject": request.claims.sub, "X-Auth-Scopes": request.claims.scope });
  response.status(204).end();
});

app.post("/introspect", requireClient, (request, response) => {
  let claims;
  try {
    claims = verified(request.body.token);
  } catch {
    return response.json({ active: false });
  }
  const session = findSession.get(claims.sid, Date.now());
  return response.json(session ? { active: true, username: session.username, token_type: "Bearer", ...claims } : { active: false });
});

app.post("/refresh", (request, response) => {
  let claims;
  try {
    claims = jwt.verify(request.cookies.refresh_token, refreshSecret, { algorithms: ["HS256"] });
  } catch {
    return response.status(401).json({ error: "refresh_token_missing" });
  }
  const csrf = Buffer.from(request.get("X-CSRF-TOKEN") ?? "");
  const expected = Buffer.from(claims.csrf);
  if (csrf.length !== expected.length || !timingSafeEqual(csrf, expected)) {
    return response.status(403).json({ error: "csrf_failed" });
  }
  const now = Date.now();
  const session = findSession.get(claims.sid, now);
  if (!session) {
    return response.status(401).json({ error: "session_ended" });
  }
  const age = now - session.rotated_at;
  if (claims.number === session.counter && age >= OVERLAP_MS + DEADLINE_MS) {
    const swapped = swap.get(now, session.id, session.counter, session.received, session.rotated_at);
    if (!swapped) {
      return response.status(409).json({ error: "refresh_retry" });
    }
    session.counter = swapped.counter;
    setCookies(response, session);
  } else if (claims.number !== session.counter && age >= OVERLAP_MS) {
    return response.status(401).json({ error: "refresh_token_reused" });
  }
  return answerToken(response, session);
});

// Also keeps the database from being collected as garbage: its statements do not hold it.
process.on("exit", () => database.close());
process.on("SIGTERM", () => process.exit());

app.listen(Number(PORT), "127.0.0.1", () => console.log("listening"));
