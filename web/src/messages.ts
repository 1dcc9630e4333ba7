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

/** What leaves and what reaches a rank, in bytes per second, for every pixel. */
export interface Rates {
  out: Float64Array;
  into: Float64Array;
}

/** The row of a rank's stack; the rank's own where that stack did nothing that was recorded. */
export type RowOf = (rank: number, stack: number) => number;

export class Messages {
  constructor(
    private readonly held: Timeline["messages"],
    private readonly rowOf: RowOf,
  ) {}

  /** Null where there are more than `most`. */
  within(start: number, end: number, most: number): Arrow[] | null {
    const { held, rowOf } = this;
    const found: Arrow[] = [];
    for (let i = 0; i < held.start.length; ++i) {
      const arrival = held.start[i] + held.length[i];
      if (held.start[i] > end || arrival < start) continue;
      if (found.length === most) return null;
      found.push({ fromRow: rowOf(held.from[i], held.from_stack[i]), toRow: rowOf(held.to[i], held.to_stack[i]), start: held.start[i], end: arrival });
    }
    return found;
  }

  /** A message's bytes are spread evenly over the time in which they moved: what it had of its link at each moment is not recorded. */
  rates(start: number, end: number, pixels: number, ranks: number): Rates[] {
    const { held } = this;
    const rates = Array.from({ length: ranks }, () => ({ out: new Float64Array(pixels + 1), into: new Float64Array(pixels + 1) }));
    const perPixel = (end - start) / pixels;
    // Bytes that begin to flow within a pixel and after it; the sum from the left is the rate.
    const turn = (row: Float64Array, time: number, rate: number) => {
      const at = Math.max(0, (time - start) / perPixel);
      const pixel = Math.min(pixels, Math.floor(at));
      row[pixel] += rate * (pixel + 1 - at);
      if (pixel < pixels) row[pixel + 1] += rate * (at - pixel);
    };
    for (let i = 0; i < held.start.length; ++i) {
      const arrival = held.start[i] + held.moving[i];
      if (held.moving[i] <= 0 || held.start[i] >= end || arrival <= start) continue;
      const rate = held.bytes[i] / held.moving[i];
      for (const row of [rates[held.from[i]]?.out, rates[held.to[i]]?.into]) {
        if (!row) continue;
        turn(row, held.start[i], rate);
        if (arrival < end) turn(row, arrival, -rate);
      }
    }
    for (const { out, into } of rates) {
      for (const row of [out, into]) for (let i = 1; i < row.length; ++i) row[i] += row[i - 1];
    }
    return rates;
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
