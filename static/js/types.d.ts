/** Shapes shared by the modules of this folder, known to all of them without an import. No page loads this file. */

interface TokenAnswer {
  token: string;
  token_type: "Bearer";
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

/** What one answer to a refresh means for the page. */
type Verdict =
  | { kind: "renewed"; answer: TokenAnswer }
  | { kind: "ended"; problem: Problem }
  | { kind: "delayed"; code: string; retryAfter: number | null };

type Change =
  | { type: "signed-in"; by: "here" | "elsewhere" }
  | { type: "renewed" }
  | { type: "delayed"; code: string; offline: boolean; retryInMs: number }
  | { type: "signed-out"; by: "here" | "elsewhere" | "earlier" }
  | { type: "ended"; code: string; cause: string | null }
  | { type: "account-changed" };

/** What may be known about the token. Never the token. */
interface TokenView {
  signedIn: boolean;
  /** Milliseconds since 1970 by the server's clock. */
  expiresAt: number | null;
  expiresInMs: number;
  scope: string[];
}

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

type TabEvent = "signed-in" | "signed-out";

/** Everything the client takes from the page around it; tests bring their own. */
interface Surroundings {
  fetch(request: Request): Promise<Response>;
  now(): number;
  random(): number;
  timers: Timers;
  locks: Locks | null;
  channel: Channel;
  /** Where `online`, `visibilitychange` and `pageshow` are heard. */
  events: EventTarget;
  isOnline(): boolean;
  isVisible(): boolean;
  /** The document's readable cookies, as `document.cookie` gives them. */
  cookies(): string;
}

/** The server's time, as its answers tell it. */
interface ServerClock {
  now(): number;
  read(response: Response): void;
}

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
  adopt(answer: TokenAnswer): void;
  drop(): void;
  forget(): void;
  attachTo(headers: Headers): void;
  view(): TokenView;
}

/** Settles as `promise` does, or rejects with the signal's reason as soon as it aborts. */
type UntilAborted = <T>(promise: Promise<T>, signal: AbortSignal) => Promise<T>;

/** Runs `task` with a signal that aborts with `reason` after `ms`, or together with one of `others`. */
type Within = <T>(
  timers: Timers, ms: number, reason: Error, others: AbortSignal[], task: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

/** Resolves after `ms`, or earlier when `wake` hears "online"; rejects with the signal's reason. */
type Pause = (timers: Timers, ms: number, signal: AbortSignal, wake?: EventTarget | null) => Promise<void>;

/** Rejects only when `signal` aborts. */
type RequestRefresh = (base: URL, around: Surroundings, clock: ServerClock, signal: AbortSignal) => Promise<Verdict>;

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

interface AuthorizedFetchParts {
  base: URL;
  send(request: Request): Promise<Response>;
  holder: TokenHolder;
  clock: ServerClock;
  /** Resolves when a usable token is held. */
  ready(signal: AbortSignal): Promise<void>;
  /** Resolves after a renewal. */
  renewed(signal: AbortSignal): Promise<void>;
  /** Aborts when the session that a call belongs to is over. */
  epoch(): AbortSignal;
}

interface AuthClient {
  /** Takes the first token through the cookie. False when there is no session; rejects when it cannot be known yet. */
  start(): Promise<boolean>;
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  signIn(credentials: { username: string; password: string; mfaCode?: string }): Promise<void>;
  signOut(): Promise<void>;
  /** Drops the token here and in every tab without calling the server, for a page whose own form does. */
  announceSignOut(): void;
  onChange(listener: (change: Change) => void): () => void;
  claims(): TokenView;
  /** Stops timers and listeners; the client cannot be used afterwards. */
  stop(): void;
}

interface Profile {
  id: string;
  username: string;
  display_name: string;
  email: string | null;
  email_verified: boolean;
  roles: string[];
  created_at: string;
  password_changed_at: string | null;
  last_signed_in_at: string | null;
}

interface Session {
  id: string;
  current: boolean;
  device: string;
  address: string;
  methods: string[];
  created_at: string;
  last_active_at: string;
  ends_at: string;
}

interface ProtectedAnswer {
  message: string;
  user: { id: string; username: string };
}

/** JSON in, JSON out (null for an answer without a body); a refusal is thrown as AuthError. */
type Call = (method: string, path: string, body?: object) => Promise<any>;

/** Puts a sentence and one button in place of the view. */
type ShowProblem = (
  heading: string, message: string, label: string, press: () => void, requestId?: string | null,
) => void;

interface OverviewData {
  profile: Profile;
  sessions: Session[];
  /** An error when the call failed: the rest of the view does not depend on it. */
  hello: ProtectedAnswer | Error;
}
