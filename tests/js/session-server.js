// The server as the client meets it: the refresh table, access tokens that expire, and whatever goes wrong on the way.

import { NonceWanted, ProofCheck } from "./proof-check.js";

const W = 60_000;
const D = 15_000;

export class SessionServer {
  lifetime = 900;
  skew = 0;
  delay = 20;
  subject = "account-mara";
  requests = [];
  ended = null;
  refuseProofsWith = "invalid_credentials";
  /** What a service behind a connection answers. */
  passedOn = new Response("fine");
  /** The thumbprint of the key that the session is bound to. */
  boundTo = null;
  #chain = { counter: 1, received: 1, rotatedAt: -Infinity };
  #tokens = new Map();
  #issued = 0;
  #faults = [];

  constructor(time) {
    this.time = time;
    this.proofs = new ProofCheck(() => time.now() + this.skew);
  }

  /** The next answers to refreshes: a Response to give instead, "lost", "no network", or milliseconds of delay. */
  failNext(...faults) {
    this.#faults.push(...faults);
  }

  refuseTokens() {
    this.#tokens.clear();
  }

  end(cause) {
    this.ended = cause;
    this.refuseTokens();
  }

  signIn(jar, subject = "account-mara") {
    Object.assign(this, { subject, ended: null, boundTo: null });
    this.refuseTokens();
    this.#chain = { counter: 1, received: 1, rotatedAt: -Infinity };
    Object.assign(jar, { refresh: 1, csrf: `csrf-${subject}-${this.#issued}` });
  }

  sentTo(path) {
    return this.requests.filter((request) => request.path === path);
  }

  get refreshes() {
    return this.sentTo("/api/v1/refresh").length;
  }

  async answer(request, jar) {
    const { pathname, origin } = new URL(request.url);
    // Paths are told apart by what they mean: each is there in both versions.
    const path = pathname.replace("/api/v2/", "/api/v1/");
    const version = pathname.startsWith("/api/v2/") ? 2 : 1;
    const headers = Object.fromEntries(request.headers);
    const body = await request.clone().text();
    this.requests.push({ path, version, origin, headers, body, at: this.time.now(), redirect: request.redirect });
    const fault = path === "/api/v1/refresh" ? this.#faults.shift() : undefined;
    if (fault === "no network") throw new TypeError("Failed to fetch");
    const given = fault instanceof Response ? { response: fault } : null;
    const reply = given ?? await this.#serve(path, version, request, jar, body);
    await this.time.after(typeof fault === "number" ? fault : this.delay);
    if (fault === "lost") await new Promise(() => {});
    // A browser keeps the cookies of an answer as it comes, whatever the page does with it.
    Object.assign(jar, reply.cookies);
    reply.response.headers.set("Date", new Date(this.time.now() + this.skew).toUTCString());
    return reply.response;
  }

  async #serve(path, version, request, jar, body) {
    if (version === 1) return this.#route(path, null, request, jar, body);
    const [, token] = (request.headers.get("Authorization") ?? "").split(" ");
    try {
      const key = await this.proofs.thumbprintOf(request, token);
      return this.#inVersion2(await this.#route(path, key, request, jar, body));
    } catch (error) {
      if (!(error instanceof NonceWanted)) return this.#inVersion2({ response: problem(401, "invalid_dpop_proof") });
      return this.#inVersion2({ response: problem(401, "use_dpop_nonce", {}, { "DPoP-Nonce": this.proofs.nonce }) });
    }
  }

  async #inVersion2({ response, cookies }) {
    if (!response.headers.has("X-Latchkey-Error")) return { response, cookies };
    const { error: code, message: detail, ...others } = await response.json();
    const headers = Object.fromEntries(response.headers);
    return { response: json(response.status, { code, detail, ...others }, headers), cookies };
  }

  #route(path, key, request, jar, body) {
    if (path === "/api/v1/refresh") return this.#refresh(key, request, jar, body);
    if (path === "/api/v1/login") {
      this.signIn(jar, JSON.parse(body).username);
      this.boundTo = key;
      return { response: json(200, this.#token(key)) };
    }
    if (path === "/api/v1/logout") {
      this.end("here");
      return { response: new Response(null, { status: 204 }), cookies: { refresh: null, csrf: null } };
    }
    if (path === "/api/v1/proof") return { response: problem(401, this.refuseProofsWith) };
    if (path.startsWith("/api/v1/connections/")) return { response: this.passedOn.clone() };
    if (path === "/api/v1/csrf") return { response: json(200, { csrf_token: jar.csrf }) };
    const [scheme, token] = (request.headers.get("Authorization") ?? "").split(" ");
    const held = this.#tokens.get(token);
    const live = this.ended === null && held?.until > this.time.now();
    const fits = scheme === (key ? "DPoP" : "Bearer") && held?.key === key;
    // Other services have words of their own for it.
    if (!live || !fits) return { response: path.startsWith("/api/") ? problem(401, "invalid_token") : json(401, {}) };
    return { response: json(200, { message: "Hello", body, audience: held.audience }) };
  }

  #refresh(key, request, { refresh: n, csrf }, body) {
    if (n === null) return { response: problem(401, "refresh_token_missing") };
    if (request.headers.get("X-CSRF-TOKEN") !== csrf) return { response: problem(403, "csrf_failed") };
    if (this.ended) return { response: problem(401, "session_ended", { cause: this.ended }) };
    const { audience } = body ? JSON.parse(body) : {};
    if (audience === "unknown") return { response: problem(422, "invalid_target") };
    if (this.boundTo !== null && this.boundTo !== key) return { response: problem(401, "invalid_dpop_proof") };
    this.boundTo = key;
    const { cookies, refused } = this.#moveChain(n);
    return { response: refused ?? json(200, this.#token(audience ? null : key, audience)), cookies };
  }

  #moveChain(n) {
    const { counter: c, received: r, rotatedAt } = this.#chain;
    const age = this.time.now() - rotatedAt;
    if (n === c) return age >= W + D ? this.#swap(n) : {};
    if ((n === r || n === c - 1) && age < W) return { cookies: { refresh: c } };
    if ((n === r || n === c - 1) && age < W + 2 * D) return { refused: problem(409, "refresh_retry") };
    if (n === r) return this.#swap(r);
    if (n === c - 2 && age < D) return { refused: problem(409, "refresh_retry") };
    this.end("refresh_token_reused");
    return { refused: problem(401, "refresh_token_reused") };
  }

  #swap(received) {
    const counter = this.#chain.counter + 1;
    this.#chain = { counter, received, rotatedAt: this.time.now() };
    return { cookies: { refresh: counter } };
  }

  #token(key, audience = null) {
    const payload = btoa(JSON.stringify({ sub: this.subject, n: ++this.#issued }));
    const token = `head.${payload}.secret-signature-${this.#issued}`;
    this.#tokens.set(token, { key, audience, until: this.time.now() + this.lifetime * 1000 });
    const answer = { expires_in: this.lifetime, scope: "read:profile write:profile" };
    return key ? { ...answer, access_token: token, token_type: "DPoP" } : { ...answer, token, token_type: "Bearer" };
  }
}

export function problem(status, error, extra = {}, headers = {}) {
  const named = { "X-Latchkey-Error": error, ...headers };
  return json(status, { error, message: "A sentence.", request_id: "01J", ...extra }, named);
}

export function json(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}
