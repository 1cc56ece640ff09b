import { useEffect, useState } from "react";
import { ask, eventsOf } from "./service.js";

const HARBOURS = { dover: "Dover", leith: "Leith", galway: "Galway" };
const moment = new Intl.DateTimeFormat(undefined, { weekday: "short", hour: "2-digit", minute: "2-digit" });

export function Tides() {
  const [harbour, setHarbour] = useState("dover");
  return (
    <>
      <h1>Tides</h1>
      <label>Harbour
        <select value={harbour} onChange={(event) => setHarbour(event.target.value)}>
          {Object.entries(HARBOURS).map(([id, name]) => <option key={id} value={id}>{name}</option>)}
        </select>
      </label>
      <Table key={`${harbour} table`} harbour={harbour} />
      <Level key={`${harbour} level`} harbour={harbour} />
    </>
  );
}

function Table({ harbour }) {
  const [tides, setTides] = useState([]);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    const leaving = new AbortController();
    ask(`/tides/${harbour}`, leaving.signal)
      .then(async (response) => setTides((await response.json()).tides))
      .catch((error) => leaving.signal.aborted || setProblem(error.message));
    return () => leaving.abort();
  }, [harbour]);

  if (problem) return <p role="alert">{problem}</p>;
  return (
    <table>
      <caption>Next tides at {HARBOURS[harbour]}</caption>
      <thead><tr><th scope="col">When</th><th scope="col">Water</th><th scope="col">Metres</th></tr></thead>
      <tbody>
        {tides.map(({ at, water, metres }) => (
          <tr key={at}><td>{moment.format(new Date(at))}</td><td>{water}</td><td>{metres.toFixed(2)}</td></tr>
        ))}
      </tbody>
    </table>
  );
}

function Level({ harbour }) {
  const [isFollowing, setFollowing] = useState(false);
  const [metres, setMetres] = useState(null);
  const [problem, setProblem] = useState("");

  useEffect(() => {
    if (!isFollowing) return undefined;
    const leaving = new AbortController();
    const follow = async () => {
      for await (const event of eventsOf(await ask(`/tides/${harbour}/live`, leaving.signal))) setMetres(event.metres);
    };
    setProblem("");
    follow()
      .catch((error) => leaving.signal.aborted || setProblem(error.message))
      .finally(() => setFollowing((is) => is && leaving.signal.aborted));
    // To abort the call ends it at Latchkey and at the service, too.
    return () => leaving.abort();
  }, [harbour, isFollowing]);

  return (
    <>
      {problem && <p role="alert">{problem}</p>}
      <p>
        <button onClick={() => setFollowing(!isFollowing)}>{isFollowing ? "Stop" : "Follow the level"}</button>
        {metres !== null && ` ${metres.toFixed(2)} metres`}
      </p>
    </>
  );
}
