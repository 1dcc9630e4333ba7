// A timeline as rows of events, and what its ranks' time went to. No drawing here.
import type { Timeline } from "./study";

export interface Event {
  kind: "compute" | "send" | "receive" | "idle";
  rank: number;
  start: number;
  end: number;
  peer: number;
  /** What is computed; empty for other events. */
  work: string;
  microbatch: number;
  chunk: number;
}

export interface Model {
  rows: { rank: number; stack: number; name: string }[];
  /** Per row, in the order of their starts. */
  events: Event[][];
  end: number;
  shares: Share[];
}

/** What part of their time the ranks of a role spent how. */
export interface Share {
  role: string;
  what: string;
  share: number;
}

const kinds: Record<string, Event["kind"]> = { c: "compute", s: "send", r: "receive", i: "idle" };

function eventsOf(timeline: Timeline): Pick<Model, "rows" | "events"> {
  const rows: Model["rows"] = [];
  const events: Event[][] = [];
  timeline.ranks.forEach((held, rank) => {
    const stacks = [...new Set([0, ...held.stack])].sort((a, b) => a - b);
    for (const stack of stacks) {
      rows.push({ rank, stack, name: stack === 0 ? `rank ${rank} (${timeline.roles[rank]})` : `  stack ${stack}` });
      const row: Event[] = [];
      for (let i = 0; i < held.start.length; ++i) {
        if (held.stack[i] !== stack) continue;
        row.push({
          kind: kinds[held.kind[i]],
          rank,
          start: held.start[i],
          end: held.start[i] + held.length[i],
          peer: held.peer[i],
          work: timeline.works[held.work[i]] ?? "",
          microbatch: held.microbatch[i],
          chunk: held.chunk[i],
        });
      }
      row.sort((a, b) => a.start - b.start || a.end - b.end);
      events.push(row);
    }
  });
  return { rows, events };
}

function causeOf(event: Event, timeline: Timeline): string {
  if (event.kind === "compute") return "computing";
  if (event.kind !== "idle") return "moving bytes";
  const role = timeline.roles[event.peer];
  return role ? `waiting for a ${role}` : "waiting";
}

/** Only the ranks' own stacks count: what a second stack does is hidden behind them. */
function sharesOf(timeline: Timeline, { rows, events }: Pick<Model, "rows" | "events">, end: number): Share[] {
  const seconds = new Map<string, Map<string, number>>();
  const ranks = new Map<string, number>();
  events.forEach((row, i) => {
    if (rows[i].stack !== 0) return;
    const role = timeline.roles[rows[i].rank];
    ranks.set(role, (ranks.get(role) ?? 0) + 1);
    const held = seconds.get(role) ?? new Map<string, number>();
    seconds.set(role, held);
    for (const event of row) {
      const cause = causeOf(event, timeline);
      held.set(cause, (held.get(cause) ?? 0) + event.end - event.start);
    }
  });
  const shares: Share[] = [];
  for (const [role, held] of seconds) {
    const whole = end * (ranks.get(role) ?? 1);
    let rest = whole;
    for (const [what, spent] of held) {
      shares.push({ role, what, share: spent / whole });
      rest -= spent;
    }
    if (rest > 0.001 * whole) shares.push({ role, what: "nothing that was recorded", share: rest / whole });
  }
  return shares;
}

export function modelOf(timeline: Timeline): Model {
  const held = eventsOf(timeline);
  let end = 0;
  for (const row of held.events) for (const event of row) end = Math.max(end, event.end);
  return { ...held, end, shares: end > 0 ? sharesOf(timeline, held, end) : [] };
}
