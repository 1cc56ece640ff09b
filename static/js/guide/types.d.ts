/** Shapes of the guide, known to its modules without an import. No page loads this file. */

/** Somebody signed in whose token this page holds. */
interface Reader {
  client: AuthClient;
}

/** What came back. `status` is null where nothing was sent. */
interface Outcome {
  kind: "good" | "info" | "warning" | "danger";
  sentence: string;
  /** The request as it went out, such as "GET /api/v2/protected". */
  request?: string;
  status?: number;
  code?: string;
  facts?: [name: string, value: string][];
}

/** One call to make and to watch. Rejects with a sentence for the reader when there is no token to make it with. */
type Try = (reader: () => Promise<Reader>) => Promise<Outcome>;

/** Of the page: `accountId` and `bindsAt`. */
type Who = DOMStringMap;

/** Tells of each token that the client has for this reader. Rejects with a sentence for whoever cannot be met. */
type Meet = (who: Who, hasToken?: (client: AuthClient) => void) => Promise<AuthClient>;

type MeetReader = (who: Who) => Promise<Reader>;

type ShowToken = (root: ParentNode, view: TokenView) => void;

type ShowOutcome = (place: Element, outcome: Outcome) => void;

/** An answer with its body read as JSON, empty where it is none. */
type Answered = (response: Response, method?: string) => Promise<{ body: Record<string, any>; told: Partial<Outcome> }>;

type AsReader = (reader: () => Promise<Reader>, path: string) => ReturnType<Answered>;

/** `codes`: those that the reader was to see. */
type RefusedWith = (answer: Awaited<ReturnType<Answered>>, ...codes: string[]) => string;

type Marked = (root: ParentNode, mark: string) => [element: HTMLElement, said: string][];
