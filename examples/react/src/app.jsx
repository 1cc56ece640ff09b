import { useEffect, useState } from "react";
import { client, start, useSession } from "./session.js";

export function App() {
  const session = useSession();
  if (session === "starting") return <p>One moment …</p>;
  if (session === "unreachable") {
    return <><h1>Not reachable</h1><p>Sign-in cannot be reached.</p><button onClick={start}>Try again</button></>;
  }
  return session === "signed-in" ? <Protected /> : <SignIn />;
}

function SignIn() {
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
      {problem && <p role="alert">{problem}</p>}
      <label>Username<input name="username" autoComplete="username" required /></label>
      <label>Password<input name="password" type="password" autoComplete="current-password" required /></label>
      <button disabled={isBusy}>Sign in</button>
    </form>
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
      <button onClick={() => client.signOut().catch((error) => setProblem(error.message))}>Sign out</button>
    </>
  );
}
