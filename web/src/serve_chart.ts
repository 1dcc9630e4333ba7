// The answer as a chart of a report: the formula's bound dotted, what was simulated dashed.
import type { Description, FormulaPoint, Simulated } from "./serve_api";
import type { Axis, Chart, Curve } from "./study";
import { prefixed } from "./timeline_draw";

const colour = "#0072B2";

function curveOf(series: string, origin: Curve["origin"], points: [number, number][]): Curve {
  return {
    form: "line",
    series,
    world: origin === "simulated" ? "sim" : "",
    part: "",
    colour,
    origin,
    rim: 0,
    fill: 1,
    width: 0,
    x: points.map(([x]) => x),
    x_text: points.map(([x]) => String(x)),
    y: points.map(([, y]) => y),
    low: points.map(() => null),
    high: points.map(() => null),
    base: points.map(() => 0),
    n: points.map(() => 1),
    marked: points.map(() => true),
  };
}

/** The share of the ranks' time in which they compute. */
export const busyOf = (run: Simulated): number => run.compute_s / run.time_s;

function workersAxis(points: FormulaPoint[]): Axis {
  const most = Math.max(...points.map(({ at }) => at));
  return { label: "workers", low: 0, high: most + 1, is_logarithmic: false, ticks: points.map(({ at }) => [at, String(at)]) };
}

function bandwidthAxis(points: FormulaPoint[]): Axis {
  const values = points.map(({ at }) => at);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const ticks: Axis["ticks"] = [];
  for (let decade = 10 ** Math.ceil(Math.log10(low)); decade <= high; decade *= 10) ticks.push([decade, `${prefixed(decade)}bit/s`]);
  return { label: "bandwidth of a link", low: low / 1.2, high: high * 1.2, is_logarithmic: true, ticks };
}

/** Throughput against workers, or, against bandwidth, the share of time in which workers are busy. */
export function chartOf(over: Description["over"], label: string, formula: FormulaPoint[], simulated: Simulated[]): Chart | null {
  const isBusy = over === "bandwidth";
  const bound = formula.flatMap(({ at, samples_per_s, computation_s, step_s }): [number, number][] =>
    samples_per_s && computation_s !== undefined && step_s ? [[at, isBusy ? computation_s / step_s : samples_per_s]] : [],
  );
  if (bound.length === 0) return null;
  const runs = simulated.map((run): [number, number] => [run.at, isBusy ? busyOf(run) : run.samples_per_s]).sort((a, b) => a[0] - b[0]);
  const possible = formula.filter((point) => point.samples_per_s);
  const x = isBusy ? bandwidthAxis(possible) : workersAxis(possible);
  const top = isBusy ? 1 : Math.max(...bound.map(([, y]) => y), ...runs.map(([, y]) => y));
  const shares: Axis["ticks"] = [0, 0.25, 0.5, 0.75, 1].map((share) => [share, `${100 * share} %`]);
  const y: Axis = { label: isBusy ? "share of time that workers compute" : "throughput (samples/s)", low: 0, high: 1.08 * top, is_logarithmic: false, ticks: isBusy ? shares : [] };
  return {
    name: "answer",
    about: isBusy ? "busy share against bandwidth" : "throughput against workers",
    caption: ["Dotted: no schedule of these computations and messages is faster (formula). Dashed: simulated."],
    is_side_by_side: false,
    panels: [{ title: "", x, y, rules: [], curves: [curveOf(label, "formula", bound), ...(runs.length > 0 ? [curveOf(label, "simulated", runs)] : [])] }],
    legend: [
      { sample: "line", text: `${label}, formula`, colour, origin: "formula", world: "", fill: 1 },
      { sample: "point_and_line", text: `${label}, simulated`, colour, origin: "simulated", world: "sim", fill: 1 },
    ],
  };
}
