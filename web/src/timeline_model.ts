// A timeline as rows of events, and what its ranks' time went to. No drawing here.
import { Messages, pathOf, type PathPart } from "./messages";
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
  messages: Messages;
  path: PathPart[];
  shares: Share[];
  pathShares: Share[];
}

/** What part of their time the ranks of a role spent how. */
export interface Share {
  role: string;
  what: string;
  share: number;
}

/** The first event of a row that ends after `time`. */
export function firstAfter(row: Event[], time: number): number {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle].end < time) low = middle + 1;
    else high = middle;
  }
  return low;
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

/** Seconds by what they went to, and of these by rank. */
class Spent {
  private readonly seconds = new Map<string, Map<number, number>>();

  add(what: string, rank: number, seconds: number): void {
    const held = this.seconds.get(what) ?? new Map<number, number>();
    this.seconds.set(what, held.set(rank, (held.get(rank) ?? 0) + seconds));
  }

  /** The largest first. A rank that has most of it is named. */
  shares(role: string, whole: number): Share[] {
    return [...this.seconds]
      .map(([what, held]) => {
        const sum = [...held.values()].reduce((a, b) => a + b, 0);
        const [rank, most] = [...held].reduce((a, b) => (b[1] > a[1] ? b : a));
        const isOne = rank >= 0 && (held.size === 1 || most > 0.66 * sum);
        return { role, what: isOne ? `${what} (${held.size === 1 ? "" : "mostly "}rank ${rank})` : what, share: sum / whole };
      })
      .sort((a, b) => b.share - a.share);
  }
}

/** A wait for a rank by what that rank did meanwhile: that is the wait's cause. */
function addWait(spent: Spent, event: Event, timeline: Timeline, ownRow: Map<number, Event[]>): void {
  const role = timeline.roles[event.peer];
  if (!role) return spent.add("waiting", -1, event.end - event.start);
  if (event.peer === event.rank) return spent.add("waiting for a second stack of its own", -1, event.end - event.start);
  const row = ownRow.get(event.peer) ?? [];
  let rest = event.end - event.start;
  for (let i = firstAfter(row, event.start); i < row.length && row[i].start < event.end; ++i) {
    const seconds = Math.min(row[i].end, event.end) - Math.max(row[i].start, event.start);
    if (seconds <= 0) continue;
    const does = { compute: `computes ${row[i].work}`, idle: "waits itself", send: "moves bytes", receive: "moves bytes" }[row[i].kind];
    spent.add(`waiting for a ${role} that ${does}`, event.peer, seconds);
    rest -= seconds;
  }
  if (rest > 1e-9 * event.end) spent.add(`waiting for a ${role}, else`, event.peer, rest);
}

/** Only the ranks' own stacks count: what a second stack does is hidden behind them. */
function sharesOf(timeline: Timeline, { rows, events }: Pick<Model, "rows" | "events">, end: number): Share[] {
  const own = new Map<number, Event[]>();
  events.forEach((row, i) => {
    if (rows[i].stack === 0) own.set(rows[i].rank, row);
  });
  const shares: Share[] = [];
  for (const role of new Set(timeline.roles)) {
    const spent = new Spent();
    const whole = end * timeline.roles.filter((other) => other === role).length;
    let rest = whole;
    for (const [rank, row] of own) {
      if (timeline.roles[rank] !== role) continue;
      for (const event of row) {
        rest -= event.end - event.start;
        if (event.kind === "idle") addWait(spent, event, timeline, own);
        else spent.add(event.kind === "compute" ? "computing" : "moving bytes", -1, event.end - event.start);
      }
    }
    if (rest > 0.001 * whole) spent.add("nothing that was recorded", -1, rest);
    shares.push(...spent.shares(role, whole));
  }
  return shares;
}

function pathSharesOf(timeline: Timeline, path: PathPart[]): Share[] {
  const spent = new Spent();
  const end = path.at(-1)?.end ?? 0;
  const messages = path.filter(({ kind }) => kind === "message").length;
  for (const { kind, rank, work, start, end: until } of path) {
    if (kind === "computation") spent.add(`computing ${work} on a ${timeline.roles[rank]}`, rank, until - start);
    else spent.add(kind === "message" ? `${messages} messages, one after the other` : "nothing that was recorded", -1, until - start);
  }
  return end > 0 ? spent.shares("", end) : [];
}

export function modelOf(timeline: Timeline): Model {
  const held = eventsOf(timeline);
  const rows = new Map(held.rows.map(({ rank, stack }, i) => [`${rank} ${stack}`, i]));
  const rowOf = (rank: number, stack: number) => rows.get(`${rank} ${stack}`) ?? rows.get(`${rank} 0`) ?? 0;
  let end = 0;
  for (const row of held.events) for (const event of row) end = Math.max(end, event.end);
  const path = pathOf(timeline, rowOf);
  return {
    ...held,
    end,
    messages: new Messages(timeline.messages, rowOf),
    path,
    shares: end > 0 ? sharesOf(timeline, held, end) : [],
    pathShares: pathSharesOf(timeline, path),
  };
}
