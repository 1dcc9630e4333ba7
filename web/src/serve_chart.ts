// Throughput against workers as a chart of a report: the formula's bound dotted, what was simulated dashed.
import type { FormulaPoint, Simulated } from "./serve_api";
import type { Axis, Chart, Curve } from "./study";

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

export function chartOf(label: string, formula: FormulaPoint[], simulated: Simulated[]): Chart | null {
  const bound = formula.flatMap(({ workers, samples_per_s }): [number, number][] => (samples_per_s ? [[workers, samples_per_s]] : []));
  if (bound.length === 0) return null;
  const runs = simulated
    .map(({ workers, samples_per_s }): [number, number] => [workers, samples_per_s])
    .sort((a, b) => a[0] - b[0]);
  const most = Math.max(...bound.map(([x]) => x));
  const x: Axis = { label: "workers", low: 0, high: most + 1, is_logarithmic: false, ticks: bound.map(([n]) => [n, String(n)]) };
  const top = Math.max(...bound.map(([, y]) => y), ...runs.map(([, y]) => y));
  const y: Axis = { label: "throughput (samples/s)", low: 0, high: 1.08 * top, is_logarithmic: false, ticks: [] };
  return {
    name: "answer",
    about: "throughput against workers",
    caption: ["Dotted: no schedule of these computations and messages is faster (formula). Dashed: simulated."],
    is_side_by_side: false,
    panels: [{ title: "", x, y, rules: [], curves: [curveOf(label, "formula", bound), ...(runs.length > 0 ? [curveOf(label, "simulated", runs)] : [])] }],
    legend: [
      { sample: "line", text: `${label}, formula`, colour, origin: "formula", world: "", fill: 1 },
      { sample: "point_and_line", text: `${label}, simulated`, colour, origin: "simulated", world: "sim", fill: 1 },
    ],
  };
}
