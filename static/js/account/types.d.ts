/** Shapes of the account area, known to its modules without an import. No page loads this file. */

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

/** What the press of a button does. */
type Act = (button: HTMLButtonElement, profile: Profile, call: Call, onSaved: (profile: Profile) => void) => void;

/** The one element that fits; throws where there is none. */
type FindIn<T extends HTMLElement = HTMLElement> = (root: ParentNode, name: string) => T;

/** Texts by slot. */
type Fill = (root: ParentNode, texts: Record<string, string>) => void;

type Notify = (kind: "good" | "warning" | "danger", text: string) => void;

type ShowMoment = (time: HTMLElement, iso: string) => void;

type ShowOverview = (data: OverviewData, claims: TokenView, call: Call) => void;

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
