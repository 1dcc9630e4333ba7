// What moved over links, or to and from ranks, as functions of time: bytes until any moment cost a search, however many
// messages there are. No drawing here.
import type { Timeline } from "./study";

/** A row of the picture: what goes one way above its line, and the other way below. */
export interface Lane {
  name: string;
  /** What each way carries at most, in bytes per second; null where that is not known. */
  bandwidth: [number, number] | null;
  ways: [Flow, Flow];
}

/** Bytes that have moved until a time: a line between corners. */
export class Flow {
  private readonly times: Float64Array;
  private readonly bytes: Float64Array;

  /** Messages by their numbers: in the order in which they begin, and in which they end. */
  constructor(begins: number[], ends: number[], moves: Moves) {
    const count = begins.length + ends.length;
    this.times = new Float64Array(count);
    this.bytes = new Float64Array(count);
    let [b, e, rate] = [0, 0, 0];
    for (let i = 0; i < count; ++i) {
      const isBegin = b < begins.length && (e >= ends.length || moves.begin[begins[b]] <= moves.end[ends[e]]);
      const message = isBegin ? begins[b++] : ends[e++];
      this.times[i] = isBegin ? moves.begin[message] : moves.end[message];
      this.bytes[i] = i === 0 ? 0 : this.bytes[i - 1] + rate * (this.times[i] - this.times[i - 1]);
      rate += isBegin ? moves.rate[message] : -moves.rate[message];
    }
  }

  until(time: number): number {
    const { times, bytes } = this;
    let low = 0;
    let high = times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] <= time) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    if (low === times.length) return bytes[low - 1];
    const share = (time - times[low - 1]) / (times[low] - times[low - 1]);
    return bytes[low - 1] + share * (bytes[low] - bytes[low - 1]);
  }

  /** Mean bytes per second. */
  rate(start: number, end: number): number {
    return end > start ? Math.max(0, this.until(end) - this.until(start)) / (end - start) : 0;
  }
}

interface Moves {
  begin: Float64Array;
  end: Float64Array;
  rate: Float64Array;
}

function movesOf(held: Timeline["messages"]): Moves {
  const begin = Float64Array.from(held.begin ?? held.start);
  const end = begin.map((time, i) => time + held.moving[i]);
  return { begin, end, rate: begin.map((_, i) => (held.moving[i] > 0 ? held.bytes[i] / held.moving[i] : 0)) };
}

/** `waysOf` has the ways that a message takes: twice its lane's number, and one more for the way below its line. */
function flowsOf(held: Timeline["messages"], ways: number, waysOf: (message: number) => number[]): Flow[] {
  const moves = movesOf(held);
  const moving = [...held.moving.keys()].filter((i) => moves.rate[i] > 0);
  const dealt = (times: Float64Array): number[][] => {
    const rows: number[][] = Array.from({ length: ways }, () => []);
    for (const message of Uint32Array.from(moving).sort((a, b) => times[a] - times[b])) {
      for (const way of waysOf(message)) rows[way]?.push(message);
    }
    return rows;
  };
  const [begins, ends] = [dealt(moves.begin), dealt(moves.end)];
  return begins.map((row, way) => new Flow(row, ends[way], moves));
}

const pairs = <T>(all: T[]): [T, T][] => Array.from({ length: all.length >> 1 }, (_, i) => [all[2 * i], all[2 * i + 1]]);

/** Of more links than these the busiest are shown: a picture of hundreds of rows is none. */
export const mostLanes = 24;

/** The links that carried something, or what left and reached each rank where links are not known. */
export function lanesOf(timeline: Timeline, end: number): Lane[] {
  const { messages, links } = timeline;
  if (!links || links.name.length === 0) {
    const flows = flowsOf(messages, 2 * timeline.roles.length, (i) => [2 * messages.from[i], 2 * messages.to[i] + 1]);
    return pairs(flows).map((ways, rank) => ({ name: `rank ${rank} (${timeline.roles[rank]})`, bandwidth: null, ways }));
  }
  const bandwidths = pairs(links.bandwidth);
  const flows = flowsOf(messages, links.bandwidth.length, (i) => links.routes[messages.route[i]] ?? []);
  const lanes = pairs(flows).map((ways, cable) => ({
    name: links.name[cable].replaceAll("-", " ").replace(/^rank \d+$/, "$&, in its node"),
    bandwidth: bandwidths[cable],
    ways,
  }));
  const used = lanes.map(({ ways, bandwidth }) => Math.max(...ways.map((way, i) => way.rate(0, end) / bandwidth[i])));
  const least = [...used].sort((a, b) => b - a)[mostLanes - 1] ?? 0;
  return lanes.filter((_, i) => used[i] >= least).slice(0, mostLanes);
}
