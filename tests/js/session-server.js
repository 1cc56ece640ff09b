// The server as the client meets it: the refresh table, access tokens that expire, and whatever goes wrong on the way.

const W = 60_000;
const D = 15_000;

export class SessionServer {
  lifetime = 900;
  skew = 0;
  delay = 20;
  subject = "account-mara";
  requests = [];
  ended = null;
  #chain = { counter: 1, received: 1, rotatedAt: -Infinity };
  #tokens = new Map();
  #issued = 0;
  #faults = [];

  constructor(time) {
    this.time = time;
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
    Object.assign(this, { subject, ended: null });
    this.refuseTokens();
    this.#chain = { counter: 1, received: 1, rotatedAt: -Infinity };
    Object.assign(jar, { refresh: 1, csrf: `csrf-${subject}-${this.#issued}` });
    return this.#token();
  }

  sentTo(path) {
    return this.requests.filter((request) => request.path === path);
  }

  get refreshes() {
    return this.sentTo("/api/v1/refresh").length;
  }

  async answer(request, jar) {
    const { pathname: path, origin } = new URL(request.url);
    const headers = Object.fromEntries(request.headers);
    const body = await request.clone().text();
    this.requests.push({ path, origin, headers, body, at: this.time.now(), redirect: request.redirect });
    const fault = path === "/api/v1/refresh" ? this.#faults.shift() : undefined;
    if (fault === "no network") throw new TypeError("Failed to fetch");
    const reply = fault instanceof Response ? { response: fault } : this.#route(path, request, jar, body);
    await this.time.after(typeof fault === "number" ? fault : this.delay);
    if (fault === "lost") await new Promise(() => {});
    // A browser keeps the cookies of an answer as it comes, whatever the page does with it.
    Object.assign(jar, reply.cookies);
    reply.response.headers.set("Date", new Date(this.time.now() + this.skew).toUTCString());
    return reply.response;
  }

  #route(path, request, jar, body) {
    if (path === "/api/v1/refresh") return this.#refresh(request, jar);
    if (path === "/api/v1/login") return { response: json(200, this.signIn(jar, JSON.parse(body).username)) };
    if (path === "/api/v1/logout") {
      this.end("here");
      return { response: new Response(null, { status: 204 }), cookies: { refresh: null, csrf: null } };
    }
    if (path === "/api/v1/proof") return { response: problem(401, "invalid_credentials") };
    const token = (request.headers.get("Authorization") ?? "").replace("Bearer ", "");
    const live = this.ended === null && (this.#tokens.get(token) ?? 0) > this.time.now();
    return { response: live ? json(200, { message: "Hello", body }) : problem(401, "invalid_token") };
  }

  #refresh(request, { refresh: n, csrf }) {
    if (n === null) return { response: problem(401, "refresh_token_missing") };
    if (request.headers.get("X-CSRF-TOKEN") !== csrf) return { response: problem(403, "csrf_failed") };
    if (this.ended) return { response: problem(401, "session_ended", { cause: this.ended }) };
    const { counter: c, received: r, rotatedAt } = this.#chain;
    const age = this.time.now() - rotatedAt;
    if (n === c && age >= W + D) return this.#swap(n);
    if (n === c) return { response: json(200, this.#token()) };
    if ((n === r || n === c - 1) && age < W) return { response: json(200, this.#token()), cookies: { refresh: c } };
    if ((n === r || n === c - 1) && age < W + 2 * D) return { response: problem(409, "refresh_retry") };
    if (n === r) return this.#swap(r);
    if (n === c - 2 && age < D) return { response: problem(409, "refresh_retry") };
    this.end("refresh_token_reused");
    return { response: problem(401, "refresh_token_reused") };
  }

  #swap(received) {
    const counter = this.#chain.counter + 1;
    this.#chain = { counter, received, rotatedAt: this.time.now() };
    return { response: json(200, this.#token()), cookies: { refresh: counter } };
  }

  #token() {
    const payload = btoa(JSON.stringify({ sub: this.subject, n: ++this.#issued }));
    const token = `head.${payload}.secret-signature-${this.#issued}`;
    this.#tokens.set(token, this.time.now() + this.lifetime * 1000);
    return { token, token_type: "Bearer", expires_in: this.lifetime, scope: "read:profile write:profile" };
  }
}

export function problem(status, error, extra = {}, headers = {}) {
  return json(status, { error, message: "A sentence.", request_id: "01J", ...extra }, headers);
}

export function json(status, body, headers = {}) {
  return new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ...headers } });
}
