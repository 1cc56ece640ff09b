/** Shapes of the browser client, known to all modules without an import. No page loads this file. */

/** The key that a token is bound to, its private half readable by no script; null for a bearer token. */
type ProofKey = CryptoKeyPair | null;

interface TokenAnswer {
  token: string;
  key: ProofKey;
  expires_in: number;
  scope: string;
}

interface Problem {
  status: number;
  code: string;
  message: string;
  cause: string | null;
  fields: Record<string, string>;
  requestId: string | null;
  /** Seconds, from Retry-After; null also for a date, which only proxies send. */
  retryAfter: number | null;
}

type Failure = { code: string; message: string } & Partial<Problem>;

type ReadAnswer<T> = (response: Response) => Promise<T>;

/** The token in an answer's body; null for one without, or not bound as `key` says. */
type TokenIn = (body: Record<string, any>, key: ProofKey) => TokenAnswer | null;

/** What one answer to a refresh means for the page. */
type Verdict =
  | { kind: "renewed"; answer: TokenAnswer }
  | { kind: "ended"; problem: Problem }
  /** The session is bound to a key that this browser has not got. */
  | { kind: "unproven"; problem: Problem; code: string; retryAfter: number | null }
  /** No token for that audience. */
  | { kind: "refused"; problem: Problem }
  | { kind: "delayed"; code: string; retryAfter: number | null };

type Change =
  | { type: "signed-in"; by: "here" | "elsewhere" }
  | { type: "renewed" }
  | { type: "delayed"; code: string; offline: boolean; retryInMs: number }
  | { type: "signed-out"; by: "here" | "elsewhere" | "earlier" }
  | { type: "ended" | "unproven"; code: string; cause: string | null }
  | { type: "account-changed" };

type Listener = (change: Change) => void;

/** What may be known about the token. Never the token. */
interface TokenView {
  signedIn: boolean;
  /** Whether the token is of use only together with this browser's key. */
  bound: boolean;
  /** Milliseconds since 1970 by the server's clock. */
  expiresAt: number | null;
  expiresInMs: number;
  /** Until the silent renewal. */
  renewsInMs: number;
  scope: string[];
  /** Decoded, for show; null without a token. */
  header: Record<string, unknown> | null;
  claims: Record<string, unknown> | null;
  /** Of the signature only how it begins: the token cannot be put together again. */
  signature: { start: string; length: number };
}

/** One value per session, so it also tells one session from the next. `cookies` as `document.cookie` gives them. */
type CsrfValue = (cookies: string) => string;

type CookiePost = (url: URL, around: Surroundings, init: RequestInit) => Promise<Request>;

interface Timers {
  setTimeout(task: () => void, ms: number): unknown;
  clearTimeout(handle: unknown): void;
}

interface Locks {
  request(name: string, options: { signal?: AbortSignal }, task: () => unknown): Promise<unknown>;
}

interface Channel {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  close(): void;
}

/** The key kept; else `candidate`, kept from now on. */
type KeepKey = (candidate: ProofKey) => Promise<ProofKey>;

type InStore = <T>(work: (store: IDBObjectStore) => Promise<T>) => Promise<T>;

type AnswerOf = <T>(request: IDBRequest<T>) => Promise<T>;

/** Where the origin keeps its one key. Both calls reject where the browser has no such place. */
interface KeyStore {
  /** The key kept; else `held`, or a new one, kept from now on. */
  take(held: ProofKey): Promise<CryptoKeyPair>;
  drop(): Promise<void>;
}

interface Keyring {
  /** The key to prove with; null in a page that does without. `held` belongs to the token held. */
  take(held: ProofKey): Promise<ProofKey>;
  drop(): void;
}

type CreateKeyring = (around: Surroundings, isBound: boolean) => Keyring;

/** Everything the client takes from the page around it; tests bring their own. */
interface Surroundings {
  /** The page's own. */
  origin: string;
  keys: KeyStore;
  fetch(request: Request): Promise<Response>;
  now(): number;
  random(): number;
  timers: Timers;
  locks: Locks;
  channel: Channel;
  /** Where `online`, `visibilitychange` and `pageshow` are heard. */
  events: Pick<Window, "addEventListener" | "removeEventListener">;
  isOnline(): boolean;
  isVisible(): boolean;
  /** The document's readable cookies, as `document.cookie` gives them. */
  cookies(): string;
}

type HeldToken = Pick<TokenAnswer, "token" | "key" | "scope">;

interface TokenHolder {
  /** Changes with each token, so that a refusal can be told from a refusal of the one before. */
  generation(): number;
  /** Held and not yet expired. */
  isUsable(): boolean;
  /** Time to renew it. */
  isDue(): boolean;
  msUntilDue(): number;
  /** Whose tokens this page has held; it outlives a dropped token, until `forget`. */
  subject(): string | null;
  /** What the token is bound to. */
  key(): ProofKey;
  adopt(answer: TokenAnswer): void;
  drop(): void;
  forget(): void;
  attachTo(headers: Headers): Headers;
  view(): TokenView;
}

/** `now` by the server's clock. */
type CreateTokenHolder = (parts: { now(): number; random(): number }) => TokenHolder;

/** A token's `sub` claim, or null when it cannot be read. */
type SubjectOf = (token: string) => string | null;

/** Header or claims, or null when they cannot be read. */
type PartOf = (token: string, place: 0 | 1) => Record<string, any> | null;

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
type UntilAborted = <T>(promise: Promise<T>, signal: AbortSignal) => Promise<T>;

/** Runs `task` with a signal that aborts with `reason` after `ms`, or together with one of `others`. */
type Within = <T>(
  timers: Timers, ms: number, reason: Error, others: AbortSignal[], task: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Resolves after `ms`, or earlier when `wake` hears "online"; rejects with the signal's reason. */
type Pause = (timers: Timers, ms: number, signal: AbortSignal, wake?: Surroundings["events"] | null) => Promise<void>;

/** Sends to API v1 as it is told; with a key to v2, with a proof, and once more where another proof is asked for. */
type SendProven = (request: Request, key: ProofKey) => Promise<Response>;

/** `now` is the server's time, as its answers tell it. */
type CreateProver = (around: Surroundings) => { now(): number; send: SendProven };

/** A proof for one request (RFC 9449, section 4.2). */
type Prove = (
  key: CryptoKeyPair, htm: string, url: URL, headers: Headers, now: number, nonce?: string,
) => Promise<string>;

interface SessionParts {
  base: URL;
  around: Surroundings;
  send: SendProven;
  key: ProofKey;
}

/** Rejects only when `signal` aborts. */
type RequestRefresh = (parts: SessionParts, signal: AbortSignal, audience?: string) => Promise<Verdict>;

type Judge = (response: Response, key: ProofKey) => Promise<Verdict>;

type Decision = Exclude<Verdict, { kind: "delayed" }>;
type Delay = { code: string; offline: boolean; retryInMs: number };

/** Runs `task` when the other tabs have had their turn, or after a short wait. */
type InTurn = <T>(around: Surroundings, task: () => Promise<T>) => Promise<T>;

interface RenewalParts {
  around: Surroundings;
  attempt(signal: AbortSignal): Promise<Verdict>;
  /** Called at once with the decision, unless the flight was cancelled. */
  settle(decision: Decision): void;
  onDelay(delay: Delay): void;
}

/**
 * Milliseconds to wait after so many failed tries: doubling, spread by `chance`, and never sooner than the server
 * asked with `retryAfter`, in seconds.
 */
type BackOff = (tries: number, retryAfter: number | null, chance: number) => number;

interface Flight {
  promise: Promise<void>;
  abort: AbortController;
}

interface Renewal {
  /** The present flight, or a new one. Rejects when the session has ended or the flight is cancelled. */
  join(): Promise<void>;
  /** Those who wait are rejected with `reason`. */
  cancel(reason: Error): void;
}

type CreateRenewal = (parts: RenewalParts) => Renewal;

type AuthorizedFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

interface AuthorizedFetchParts {
  base: URL;
  send: SendProven;
  /** Sends what goes to another origin. */
  elsewhere(request: Request): Promise<Response>;
  holder: TokenHolder;
  /** Resolves when a usable token is held. */
  ready(signal: AbortSignal): Promise<void>;
  renewal: Renewal;
  /** Resolves after a renewal, or rejects after a while. */
  wait(renewal: Renewal, signal: AbortSignal): Promise<void>;
  /** Aborts when the session that a call belongs to is over. */
  epoch(): AbortSignal;
  /** Why it was refused; empty when the refusal is not about the token. */
  codeOf?: (response: Response) => string;
}

/** `generation` of the token that was sent. */
type SendWithToken = (request: Request, begun: AbortSignal) => Promise<{ response: Response; generation: number }>;

type CreateAuthorizedFetch = (parts: AuthorizedFetchParts) => AuthorizedFetch;

/** The client, as the modules see it that are loaded when they are needed. */
interface ClientParts {
  base: URL;
  around: Surroundings;
  now(): number;
  send: SendProven;
  keyring: Keyring;
  holder: TokenHolder;
  /** All that a sign-in or sign-out has to cancel. */
  renewals: Set<Renewal>;
  attempt(signal: AbortSignal, audience?: string): Promise<Verdict>;
  settle(decision: Decision): void;
  onDelay(delay: Delay): void;
  ready(signal: AbortSignal): Promise<void>;
  wait(renewal: Renewal, signal: AbortSignal): Promise<void>;
  /** Ends what began before, and rejects those who wait for it. */
  beginEpoch(reason: Error): void;
  adopt(answer: TokenAnswer): void;
  emit(change: Change): void;
  epoch(): AbortSignal;
}

type Loaded = <T>(module: Promise<T>) => Promise<T>;

interface ClientOptions {
  baseUrl: string | URL;
  /** By origin, the audience of the tokens sent there. */
  services?: Record<string, string>;
  /** False: never bind the session to this browser, because front ends of other origins share it. */
  bound?: boolean;
  around?: Surroundings;
}

type CreateAuthClient = (options: ClientOptions) => AuthClient;

interface AuthClient {
  /** Takes the first token through the cookie. False when there is no session; rejects when it cannot be known yet. */
  start(): Promise<boolean>;
  fetch: AuthorizedFetch;
  signIn(credentials: { username: string; password: string; mfaCode?: string }): Promise<void>;
  signOut(): Promise<void>;
  /** Drops the token here and in every tab without calling the server, for a page whose own form does. */
  announceSignOut(): void;
  onChange(listener: Listener): () => void;
  /** Takes a new token now; rejects as a call does that waits for one. */
  renew(): Promise<void>;
  claims(): TokenView;
  /** Stops timers and listeners; the client cannot be used afterwards. */
  stop(): void;
}

/** What a search needs that follows its typing. */
interface SearchParts {
  /** Where the form leads as it is filled in now. */
  address(): string;
  /** Null for anything that is not that page. */
  load(address: string, signal: AbortSignal): Promise<Document | null>;
  /** False when the page is not shown after all. */
  show(page: Document, address: string): boolean;
  /** Milliseconds without typing. */
  pause?: number;
}
