/** Shapes of the API reference, known to its modules without an import. No page loads this file. */

type FollowTyping = (form: HTMLFormElement, root: ParentNode) => void;

/** `said`: the words of a call in small letters, and its codes. */
type HasAll = (said: DOMStringMap, words: string[]) => boolean;

/** What is called, as it is typed. `pattern` has its varying parts in braces; `body` is empty where none is sent. */
interface FilledCall {
  method: string;
  pattern: string;
  parts: Record<string, string>;
  query: string;
  body: string;
  type: string;
}

type PathOf = (pattern: string, parts: Record<string, string>) => string;

type AddressOf = (call: Pick<FilledCall, "pattern" | "parts" | "query">) => string;

type FaultIn = (parts: Record<string, string>) => string;

type BodyOf = (type: string, body: string) => string;

type FilledIn = (form: HTMLFormElement) => FilledCall;


type MeetOnce = (who: Who) => Promise<AuthClient>;

type ReadyForm = (form: HTMLFormElement, who: Who) => void;

/** `around` is the part of the page that the call's form, command and answer stand in. */
type Make = (call: FilledCall, around: HTMLElement, who: Who) => Promise<void>;

type SpokenBy = (client: AuthClient, address: string) => string;

type ReadText = (response: Response) => Promise<{ text: string; isCut: boolean }>;

type Show = (around: HTMLElement, came: {
  call: FilledCall;
  response: Response;
  text: string;
  isCut: boolean;
  took: string;
  isBound: boolean;
}) => void;
