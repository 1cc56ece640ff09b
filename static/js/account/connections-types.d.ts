/** Shapes of the Connections view, known to its modules without an import. No page loads this file. */

type NameAndValue = [name: string, value: string];

/** A person's calls in the present window of so many seconds. */
interface Quota {
  limit: number;
  seconds: number;
  used: number;
  resets_at: string;
}

interface Connection {
  name: string;
  purpose: string;
  enabled: boolean;
  base_url: string;
  host: string;
  /** What is added to every call, the key masked. */
  sends: { headers: NameAndValue[]; query: NameAndValue[] };
  methods: string[];
  /** A star stands for anything, slashes too. */
  paths: string[];
  /** Besides Accept, Accept-Language and Content-Type. */
  request_headers: string[];
  answer_headers: string[];
  /** Sizes in bytes. */
  limits: Record<"most_sent" | "most_answered" | "answer_seconds" | "call_seconds" | "calls_at_once", number>;
  quota: Quota;
}

interface PastCall {
  at: string;
  method: string;
  path: string;
  /** The service's, null where it never answered. */
  status: number | null;
  /** What Latchkey had to say, null where it had nothing. */
  error: string | null;
  answered_bytes: number;
  milliseconds: number;
  request_id: string;
}

/** One connection with the person's last calls, latest first. */
type UsedConnection = Connection & { calls: PastCall[] };

interface ConnectionsData {
  connections: Connection[];
}

/** What is left of a quota, and how much of it is used, in percent. */
type QuotaInWords = (quota: Quota) => { words: string; percent: number };

/** Path and query percent-encoded; the query without its question mark. */
type AddressIn = (typed: string) => { path: string; query: string };

/** `path` percent-encoded. */
type IsAllowed = (connection: Pick<Connection, "methods" | "paths">, method: string, path: string) => boolean;

/** A call as the page sends it; names of headers in lower case. */
interface ConnectionCall {
  method: string;
  path: string;
  query: string;
  headers: Record<string, string>;
  body: string;
}

type HeadersOf = (typed: Record<string, string>, hasBody: boolean) => Record<string, string>;

type InWriting = (connection: Pick<Connection, "base_url" | "sends">, call: ConnectionCall) => string;

type ScriptFor = (origin: string, name: string, call: ConnectionCall) => string;

/** How an answer is read: `bytes` is not for eyes. */
type AnswerKind = "events" | "json" | "text" | "bytes";

type KindOf = (type: string) => AnswerKind;

/** Takes what came, and gives what is shown of it. */
type Read = (text: string) => string;

type CreateReader = (kind: AnswerKind, now?: () => Date) => Read;

interface ServerEvent {
  name: string;
  data: string;
}

type ReadEvents = (text: string) => ServerEvent[];

/** What is tried in a form, and what stops the call that is under way. */
interface Trial {
  connection: UsedConnection;
  stop: AbortController | null;
}

/** The call as the form describes it now. Throws AuthError, with the field that it is about. */
type CallIn = (form: HTMLFormElement) => ConnectionCall;

/** `state` as a row's. */
type SayOutcome = (words: string, state: "done" | "todo" | "danger" | "none", advice?: string) => void;

type SendCall = (
  call: ConnectionCall, connection: Connection, context: Context, signal: AbortSignal,
) => Promise<Response>;

type AdviceFor = (problem: Pick<Problem, "code" | "retryAfter">) => string;

type PastCallInWords = (call: Pick<PastCall, "status" | "error">) => {
  words: string;
  state: "done" | "danger" | "none";
};
