// What a report's page is made from: the JSON that the program writes into it (app/report/page.cpp).

export type Origin = "measured" | "simulated" | "formula";

export interface Axis {
  label: string;
  low: number;
  high: number;
  is_logarithmic: boolean;
  ticks: [number, string][];
}

export interface Curve {
  form: "line" | "points" | "steps" | "bars" | "boxes";
  series: string;
  world: string;
  part: string;
  colour: string;
  origin: Origin;
  rim: number;
  fill: number;
  width: number;
  x: number[];
  x_text: string[];
  y: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
  base: number[];
  n: number[];
  marked: boolean[];
}

export interface Panel {
  title: string;
  x: Axis;
  y: Axis;
  rules: { y: number; label: string }[];
  curves: Curve[];
}

export interface LegendEntry {
  sample: "line" | "point_and_line" | "box";
  text: string;
  colour: string;
  origin: Origin;
  world: string;
  fill: number;
}

export interface Chart {
  name: string;
  about: string;
  caption: string[];
  is_side_by_side: boolean;
  panels: Panel[];
  legend: LegendEntry[];
}

export interface Table {
  columns: { heading: string; is_text: boolean }[];
  rows: string[][];
}

/** What the ranks of one run did. Times in seconds from the start of the training loop. */
export interface Timeline {
  run: string;
  note: string;
  /** All ranks' times are exact on one clock, as in a simulation. */
  has_one_clock: boolean;
  roles: string[];
  /** What computations are called: forward, backward, update, ... */
  works: string[];
  /** Per rank, one array for each field of its spans, to keep the page small. */
  ranks: {
    /** A letter per span: c compute, s send, r receive, i idle. */
    kind: string;
    /** 0: the rank's own stack; stacks that it spawned count up. */
    stack: number[];
    start: number[];
    length: number[];
    /** The other rank of a send or receive, and the one that was waited for; -1 where there is none. */
    peer: number[];
    /** A computation's name, as an index into works; -1 for other spans. */
    work: number[];
    /** The micro-batch and the part of the model that a computation is for; -1 where it is for none in particular. */
    microbatch: number[];
    chunk: number[];
  }[];
  /** Messages that were received, one array for each field: from the beginning of the transfer until it was taken. */
  messages: {
    from: number[];
    from_stack: number[];
    to: number[];
    to_stack: number[];
    start: number[];
    length: number[];
    /** When its bytes began to move; in what earlier versions wrote, it is missing, and they began at the start. */
    begin?: number[];
    /** How long they moved from then on, as far as that is recorded: less than length where it lay ready. */
    moving: number[];
    bytes: number[];
    /** Its route, as an index into those of the links; empty where links are not known. */
    route: number[];
  };
  /** The links that carried something; missing in what earlier versions wrote. */
  links?: {
    /** Of each cable. */
    name: string[];
    /** Bytes per second, two for each cable: out of a host or up, and in or down. */
    bandwidth: number[];
    /** Indices into bandwidth. */
    routes: number[][];
  };
  /** The critical path in the order of time; each part begins where the one before it ends. */
  path: {
    /** A letter per part: c computation, m message, o what was not recorded. */
    kind: string;
    /** A message's are its receiver's. */
    rank: number[];
    stack: number[];
    /** A message's sender; -1 for other parts. */
    from: number[];
    from_stack: number[];
    start: number[];
    length: number[];
    work: number[];
  };
}

export interface Input {
  key: string;
  value: string;
  evidence: string;
  kind: "calibrated" | "published" | "stated" | "default" | "swept";
}

export interface Study {
  name: string;
  question: string;
  setting: string;
  answers: string[];
  baseline: string;
  table: Table;
  not_run: string[];
  notes: string[];
  figures: Chart[];
  timelines: Timeline[];
  checks: string[];
  inputs: Input[];
  reproduce: { commands: string[]; program: [string, string][]; scenario: string };
}

export function readStudy(): Study {
  const element = document.getElementById("study");
  if (element?.textContent == null) throw new Error("the page has no study");
  return JSON.parse(element.textContent) as Study;
}
