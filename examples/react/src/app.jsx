import { useEffect, useState, useSyncExternalStore } from "react";
import { client, start, useSession } from "./session.js";
import { Tides } from "./tides.jsx";

export function App() {
  const session = useSession();
  const [notice, setNotice] = useState("");
  if (session === "starting") return <p>One moment …</p>;
  if (session === "unreachable") {
    return <><h1>Not reachable</h1><p>Sign-in cannot be reached.</p><button onClick={start}>Try again</button></>;
  }
  return session === "signed-in" ? <SignedIn onProblem={setNotice} /> : <SignIn notice={notice} />;
}

function SignIn({ notice }) {
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);

  async function signIn(event) {
    event.preventDefault();
    const { username, password } = Object.fromEntries(new FormData(event.currentTarget));
    setBusy(true);
    setProblem("");
    try {
      await client.signIn({ username, password });
    } catch (error) {
      // The API's own sentence: it says what to do, and does not say whether the name or the password was wrong.
      setProblem(error.message);
      setBusy(false);
    }
  }

  return (
    <form onSubmit={signIn}>
      <h1>Sign in</h1>
      {(problem || notice) && <p role="alert">{problem || notice}</p>}
      <label>Username<input name="username" autoComplete="username" required /></label>
      <label>Password<input name="password" type="password" autoComplete="current-password" required /></label>
      <button disabled={isBusy}>Sign in</button>
    </form>
  );
}

function SignedIn({ onProblem }) {
  const [isLeaving, setLeaving] = useState(false);
  const isTides = usePlace() === "#tides";

  // Who sees the form to sign in was signed out by the server too, or reads that it could not be told.
  async function signOut() {
    setLeaving(true);
    onProblem("");
    await client.signOut().catch((error) => onProblem(error.message));
  }

  return (
    <>
      <nav>
        <a href="#" aria-current={isTides ? undefined : "page"}>Protected data</a>
        <a href="#tides" aria-current={isTides ? "page" : undefined}>Tides</a>
      </nav>
      {isTides ? <Tides /> : <Protected />}
      <button onClick={signOut} disabled={isLeaving}>Sign out</button>
    </>
  );
}

function Protected() {
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    const leaving = new AbortController();
    // The client adds the token, renews it when it is due, and tries once more after a 401.
    client.fetch("/api/v1/protected", { signal: leaving.signal })
      .then(async (response) => (response.ok ? setAnswer(await response.json()) : setProblem("No data came.")))
      .catch((error) => leaving.signal.aborted || setProblem(error.message));
    return () => leaving.abort();
  }, []);

  return (
    <>
      <h1>Protected data</h1>
      {problem && <p role="alert">{problem}</p>}
      {answer && <p>{answer.message} You are <strong>{answer.user.username}</strong>.</p>}
    </>
  );
}

const usePlace = () => useSyncExternalStore(
  (listener) => {
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  },
  () => location.hash,
);
