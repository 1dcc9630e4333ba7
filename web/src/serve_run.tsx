// The whole study, run as its file says: started, watched and cancelled from the page.
import { useEffect, useState } from "preact/hooks";
import { ask } from "./serve_api";

interface RunStatus {
  study: string;
  state: "none" | "running" | "ended" | "failed" | "cancelled" | "stopped";
  progress?: string;
  answer?: string;
  errors?: string;
}

const every_ms = 500;

const said: Record<RunStatus["state"], string> = {
  none: "",
  running: "running",
  ended: "ended",
  failed: "failed",
  cancelled: "cancelled; what was finished is kept",
  stopped: "stopped after ten minutes; what was finished is kept",
};

/** The runs of "11/18 runs, ..." that are done, and all. */
function doneOf(progress: string): [number, number] | null {
  const found = /(\d+)\/(\d+) runs/.exec(progress);
  return found ? [Number(found[1]), Number(found[2])] : null;
}

export function WholeStudy({ name }: { name: string }) {
  const [status, setStatus] = useState<RunStatus | null>(null);
  const [error, setError] = useState("");
  const tell = (path: string) =>
    ask<RunStatus>(path, { study: name })
      .then((told) => {
        setStatus(told);
        setError("");
      })
      .catch((failed: Error) => setError(failed.message));
  useEffect(() => {
    tell("run/status");
  }, []);
  const isRunning = status?.state === "running";
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => tell("run/status"), every_ms);
    return () => clearInterval(timer);
  }, [isRunning]);
  const done = doneOf(status?.progress ?? "");
  return (
    <section id="whole">
      <h2>The whole study</h2>
      <p>
        Every point of the scenario as its file says, in its own worlds, into the folder <code>results</code>: one study at a time, for at most ten minutes.
      </p>
      <div class="buttons">
        <button type="button" name="run" disabled={isRunning} onClick={() => tell("run")}>
          run {name}
        </button>
        <button type="button" name="cancel" disabled={!isRunning} onClick={() => tell("run/cancel")}>
          cancel
        </button>
        {isRunning && (done ? <progress value={done[0]} max={done[1]} aria-label="runs that are done" /> : <progress aria-label="starting" />)}
      </div>
      <p class="whole-status" aria-live="polite">
        {error ? <span class="error">{error}</span> : status && status.state !== "none" ? `${status.study}: ${said[status.state]}. ${isRunning ? (status.progress ?? "") : ""}` : ""}
      </p>
      {status?.state === "failed" && <pre>{status.errors}</pre>}
      {status?.answer && <pre>{status.answer}</pre>}
    </section>
  );
}
