// A timeline's messages and its critical path, by the rows they are drawn in. No drawing here.
import type { Timeline } from "./study";

/** Of a part of the run with more messages than these no arrows are drawn: nobody could tell them apart. */
export const mostArrows = 400;

export interface Arrow {
  fromRow: number;
  toRow: number;
  start: number;
  end: number;
}

/** The row of a rank's stack; the rank's own where that stack did nothing that was recorded. */
export type RowOf = (rank: number, stack: number) => number;

export class Messages {
  /** In the order of their starts. */
  private readonly order: Uint32Array;
  private readonly longest: number;

  constructor(
    private readonly held: Timeline["messages"],
    private readonly rowOf: RowOf,
  ) {
    this.order = Uint32Array.from(held.start.keys()).sort((a, b) => held.start[a] - held.start[b]);
    this.longest = held.length.reduce((a, b) => Math.max(a, b), 0);
  }

  /** The first in order that starts at `time` or later. */
  private firstFrom(time: number): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.held.start[this.order[middle]] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Null where there are more than `most`. */
  within(start: number, end: number, most: number): Arrow[] | null {
    const { held, order, rowOf } = this;
    const found: Arrow[] = [];
    for (let place = this.firstFrom(start - this.longest); place < order.length; ++place) {
      const i = order[place];
      if (held.start[i] > end) break;
      const arrival = held.start[i] + held.length[i];
      if (arrival < start) continue;
      if (found.length === most) return null;
      found.push({ fromRow: rowOf(held.from[i], held.from_stack[i]), toRow: rowOf(held.to[i], held.to_stack[i]), start: held.start[i], end: arrival });
    }
    return found;
  }
}

export interface PathPart {
  kind: "computation" | "message" | "other";
  rank: number;
  row: number;
  fromRow: number;
  start: number;
  end: number;
  work: string;
}

const kinds: Record<string, PathPart["kind"]> = { c: "computation", m: "message", o: "other" };

export function pathOf(timeline: Timeline, rowOf: RowOf): PathPart[] {
  const held = timeline.path;
  return [...held.kind].map((kind, i) => ({
    kind: kinds[kind],
    rank: held.rank[i],
    row: rowOf(held.rank[i], held.stack[i]),
    fromRow: kind === "m" ? rowOf(held.from[i], held.from_stack[i]) : -1,
    start: held.start[i],
    end: held.start[i] + held.length[i],
    work: timeline.works[held.work[i]] ?? "",
  }));
}
