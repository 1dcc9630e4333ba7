// What the page asks the server, and what it is told (app/serve). The token comes with the address that `tandem serve`
// prints; it leaves the address at once, so that an address that is copied from the browser holds the state alone.
import type { Timeline } from "./study";

export interface Lever {
  name: string;
  label: string;
  unit: string;
  low: number;
  high: number;
  value: number;
  is_whole: boolean;
  is_logarithmic: boolean;
}

export interface Description {
  name: string;
  question: string;
  task: string;
  /** The lever that the figure has along x. */
  over: "workers" | "bandwidth";
  levers: Lever[];
  strategies: { label: string; has_microbatches: boolean }[];
  codecs: string[];
}

export type State = Record<string, number | string>;

export interface FormulaPoint {
  /** The value of the figure's lever. */
  at: number;
  workers: number;
  refused?: string;
  step_s?: number;
  computation_s?: number;
  communication_s?: number;
  samples_per_s?: number;
  bound_by?: string;
}

export interface Simulated {
  /** The value of the figure's lever. */
  at: number;
  workers: number;
  label: string;
  time_s: number;
  step_s: number;
  samples_per_s: number;
  compute_s: number;
  comm_s: number;
  idle_s: number;
  bytes_sent: number;
  timeline: Timeline | null;
}

/** The address's part behind #: a study's name and the levers that differ from its scenario. */
export function readAddress(): Record<string, string> {
  const held = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  if (held.token) sessionStorage.setItem("tandem-token", held.token);
  delete held.token;
  return held;
}

export function writeAddress(state: Record<string, string>): void {
  history.replaceState(null, "", `#${new URLSearchParams(state).toString()}`);
}

const busy = 503;
const again_ms = 250;

/** Asks again while the server runs as many simulations as it will; whoever no longer wants the answer aborts. */
export async function ask<Answer>(path: string, body: object, signal?: AbortSignal): Promise<Answer> {
  const send = () =>
    fetch(`/api/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Tandem-Token": sessionStorage.getItem("tandem-token") ?? "" },
      body: JSON.stringify(body),
      signal,
    });
  let response = await send();
  while (response.status === busy) {
    await new Promise((resolve) => setTimeout(resolve, again_ms));
    response = await send();
  }
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error ?? `status ${response.status}`);
  return answer as Answer;
}
