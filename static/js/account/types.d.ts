/** Shapes of the account area, known to its modules without an import. No page loads this file. */

interface Profile {
  id: string;
  username: string;
  display_name: string;
  email: string | null;
  email_verified: boolean;
  /** Given and not verified yet, beside the one in use. */
  pending_email: string | null;
  has_second_factor: boolean;
  second_factor_required: boolean;
  deletion_due_at: string | null;
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

/** A browser that has signed the account in. */
interface KnownDevice {
  id: string;
  device: string;
  address: string;
  first_seen_at: string;
  last_seen_at: string;
  trusted_until: string | null;
  current: boolean;
}

interface Factor {
  id: string;
  name: string;
  created_at: string;
  last_used_at: string | null;
  /** Of passkeys: whether a provider keeps it on several devices. */
  synced?: boolean;
}

interface Factors {
  totp: Factor[];
  passkeys: Factor[];
  recovery_codes: { left: number; made_at: string | null };
  required: boolean;
}

interface AccountEvent {
  id: string;
  at: string;
  name: string;
  sentence: string;
  device: string | null;
  address: string | null;
  kind: "good" | "info" | "warning";
}

interface OverviewData {
  profile: Profile;
  factors: Factors;
  sessions: Session[];
}

interface SecurityData {
  profile: Profile;
  factors: Factors;
}

interface DevicesData {
  sessions: Session[];
  devices: KnownDevice[];
}

interface ActivityData {
  events: AccountEvent[];
  /** Cursor of the page with what happened before. */
  next: string | null;
}

interface TokenData {
  /** What a protected call answered. */
  message: string;
  view: TokenView;
}

/** JSON in, JSON out (null for an answer without a body); a refusal is thrown as AuthError. */
type Call = (method: string, path: string, body?: object) => Promise<any>;

type CreateCall = (client: AuthClient) => Call;

/** What the shell gives to views and to what their buttons do. */
interface Context {
  client: AuthClient;
  call: Call;
  /** Loads the view anew; then the element with this id takes the focus. */
  refresh(id?: string): Promise<void>;
}

type LoadView<T> = (context: Context) => Promise<T>;

type ShowView<T> = (data: T, context: Context) => DocumentFragment;

/** What the press of a button does. A sentence says that it is done, and the view is then loaded anew. */
type Act = (element: HTMLElement, context: Context) => Promise<string | void>;

/** What sending a form does; `values` by the names of its fields. */
type Send = (form: HTMLFormElement, context: Context, values: Record<string, string>) => Promise<string | void>;

type Run = (element: HTMLElement, name: string, context: Context) => Promise<void>;

/** The one element that fits; throws where there is none. */
type ById = (id: string) => HTMLElement;

/** What a template holds, to be filled. */
type CloneOf = (id: string) => DocumentFragment;

type FindIn = (root: ParentNode, name: string) => HTMLElement;

/** By the names in data-slot and data-if: what stands there, and whether it is shown. */
type Data = Record<string, any>;

type Fill = (root: ParentNode, data: Data) => void;

type ShowRows = (place: HTMLElement, template: string, items: (Data & { id: string })[]) => void;

type MethodsInWords = (session: Pick<Session, "methods">) => string;

/** At most so many. */
type ShowSessions = (root: ParentNode, sessions: Session[], most?: number) => void;

/** An item's id, fit for an address, and its name. */
type RowOf = (element: HTMLElement) => { id: string; name: string };

type Notify = (kind: "good" | "warning" | "danger", text: string) => void;

type ShowMoment = (time: HTMLElement & { dateTime?: string }, iso: string | null) => void;

type InWords = (moment: Date, now?: Date) => string;

/** Puts a sentence and one button in place of the view; `id` of the request that failed. */
type Say = (heading: string, message: string, label: string, press: () => void, id?: string | null) => void;

type SomeChange = { type: Change["type"]; by?: string };

/** Says how a session ended, and leads to the sign-in page. `hadToken`: it was usable in this page before. */
type MeetEnd = (change: SomeChange, hadToken: boolean, place: HTMLAnchorElement, say: Say) => void;

type Explain = (form: HTMLFormElement, error: { message: string; problem: Partial<Problem> } | null) => void;

/** A line of the checklist, by its name. */
type Check = [name: string, state: "done" | "todo" | "none"];

type ChecksOf = (profile: Profile, factors: Factors) => Check[];

type ShowCheck = (root: ParentNode, check: Check, isNext: boolean) => void;

/** A picture made of one path in a square of `size`. */
type DrawCode = (code: { size: number; path: string }) => SVGElement;
