// One figure: its panels, drawn by uPlot, its legend, its caption, and its numbers as a table.
import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import { dashes, isOpen, onPage, pointPath } from "./marks";
import type { Axis, Chart, Curve, LegendEntry, Panel } from "./study";

type Scale = { low: number; high: number };

/** Ticks of the chart while it is shown whole, round steps once it is zoomed. */
function ticksOf(axis: Axis, low: number, high: number, most: number): number[] {
  const isWhole = Math.abs(low - axis.low) <= 1e-9 * Math.abs(high - low) && Math.abs(high - axis.high) <= 1e-9 * Math.abs(high - low);
  const inside = axis.ticks.map(([at]) => at).filter((at) => at >= low && at <= high);
  if (axis.ticks.length > 0 && (isWhole || inside.length >= 3)) {
    const every = Math.ceil(inside.length / most);
    return inside.filter((_, i) => i % every === 0);
  }
  const rough = (high - low) / Math.max(2, Math.min(6, most));
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((digit) => digit * decade >= rough) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(low / step); k * step <= high; ++k) ticks.push(k * step);
  return ticks;
}

function textOf(axis: Axis, at: number): string {
  const known = axis.ticks.find(([tick]) => Math.abs(tick - at) <= 1e-9 * Math.max(1e-300, Math.abs(at)));
  return known ? known[1] : String(Number(at.toPrecision(4)));
}

function drawCurve(u: uPlot, curve: Curve, isDark: boolean): void {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const colour = onPage(curve.colour, isDark);
  const px = (x: number) => u.valToPos(x, "x", true);
  const py = (y: number) => u.valToPos(y, "y", true);
  ctx.strokeStyle = ctx.fillStyle = colour;
  if (curve.form === "bars") {
    ctx.lineWidth = ratio;
    curve.x.forEach((x, i) => {
      const y = curve.y[i];
      if (y == null) return;
      const left = px(x - curve.width / 2);
      const right = px(x + curve.width / 2);
      const top = py(y);
      const bottom = py(curve.base[i]);
      ctx.globalAlpha = curve.fill;
      ctx.fillRect(left, top, right - left, bottom - top);
      ctx.globalAlpha = 1;
      ctx.strokeRect(left, top, right - left, bottom - top);
    });
    return;
  }
  if (curve.form === "boxes") {
    ctx.lineWidth = ratio;
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.strokeStyle = isDark ? "#15181b" : "#ffffff";
    curve.x.forEach((x, i) => {
      const low = curve.low[i];
      const high = curve.high[i];
      const y = curve.y[i];
      if (low == null || high == null || y == null) return;
      const left = px(low);
      const width = px(high) - left;
      const top = py(y + curve.width / 2);
      const height = py(y - curve.width / 2) - top;
      ctx.fillStyle = colour;
      ctx.globalAlpha = curve.fill;
      ctx.fillRect(left, top, width, height);
      ctx.globalAlpha = 1;
      ctx.strokeRect(left, top, width, height);
      if (ctx.measureText(curve.x_text[i]).width > width - 2 * ratio) return;
      ctx.fillStyle = curve.fill > 0.7 ? (isDark ? "#15181b" : "#ffffff") : isDark ? "#ffffff" : "#000000";
      ctx.fillText(curve.x_text[i], px(x), top + height / 2);
    });
    return;
  }
  ctx.lineWidth = ratio;
  curve.x.forEach((x, i) => {
    const low = curve.low[i];
    const high = curve.high[i];
    if (low == null || high == null) return;
    const cap = 4 * ratio;
    ctx.beginPath();
    ctx.moveTo(px(x), py(low));
    ctx.lineTo(px(x), py(high));
    ctx.moveTo(px(x) - cap, py(low));
    ctx.lineTo(px(x) + cap, py(low));
    ctx.moveTo(px(x) - cap, py(high));
    ctx.lineTo(px(x) + cap, py(high));
    ctx.stroke();
  });
  if (curve.form !== "points") {
    ctx.beginPath();
    ctx.setLineDash(dashes[curve.origin].map((length) => length * ratio));
    ctx.lineWidth = (curve.origin === "formula" ? 1.5 : 2 + curve.rim * 0.8) * ratio;
    let last: number | null = null;
    curve.x.forEach((x, i) => {
      const y = curve.y[i];
      if (y == null) return;
      if (last == null) ctx.moveTo(px(x), py(y));
      else {
        if (curve.form === "steps") ctx.lineTo(px(x), last);
        ctx.lineTo(px(x), py(y));
      }
      last = py(y);
    });
    ctx.stroke();
    ctx.setLineDash([]);
  }
  if (curve.origin === "formula" || curve.form === "steps") return;
  ctx.lineWidth = 1.5 * ratio;
  curve.x.forEach((x, i) => {
    const y = curve.y[i];
    if (y == null || !curve.marked[i]) return;
    const path = pointPath(curve.world, px(x), py(y), (3.6 + curve.rim * 0.4) * ratio);
    if (isOpen(curve.world)) ctx.stroke(path);
    else ctx.fill(path);
  });
}

/** Where a curve's name ends: above its last point, or the one before, whichever has room there; else below the last,
 * where a rising curve would cross it. */
function endOfName(u: uPlot, curve: Curve): { x: number; y: number } | undefined {
  const ratio = devicePixelRatio;
  const shown = curve.x
    .map((x, i) => ({ x: u.valToPos(x, "x", true), y: u.valToPos(curve.y[i] ?? NaN, "y", true) }))
    .filter(({ x, y }) => !Number.isNaN(y) && x <= u.bbox.left + u.bbox.width && x >= u.bbox.left + 40 * ratio);
  const last = shown[shown.length - 1];
  const roomy = shown.slice(-2).reverse().find(({ y }) => y - 18 * ratio >= u.bbox.top);
  if (roomy) return { x: roomy.x, y: roomy.y - 6 * ratio };
  return last && { x: last.x, y: last.y + 18 * ratio };
}

/** The name of each series at the end of one of its curves, so that curves are told apart without colour. */
function nameCurves(u: uPlot, panel: Panel, isDark: boolean): void {
  const { ctx } = u;
  const ratio = devicePixelRatio;
  const named = new Set<string>();
  const taken: { left: number; right: number; y: number }[] = [];
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.textAlign = "right";
  ctx.textBaseline = "bottom";
  const order = [...panel.curves].sort((a, b) => Number(a.origin === "simulated") - Number(b.origin === "simulated"));
  for (const curve of order) {
    if (curve.form === "bars" || curve.form === "boxes" || curve.origin === "formula" || named.has(curve.series)) continue;
    const end = endOfName(u, curve);
    if (!end) continue;
    const right = Math.min(end.x, u.bbox.left + u.bbox.width) - 4 * ratio;
    const place = { left: right - ctx.measureText(curve.series).width, right, y: end.y };
    const overlaps = (other: typeof place) =>
      Math.abs(other.y - place.y) < 12 * ratio && other.left < place.right && place.left < other.right;
    if (taken.some(overlaps)) continue;
    taken.push(place);
    named.add(curve.series);
    ctx.fillStyle = onPage(curve.colour, isDark);
    ctx.fillText(curve.series, right, end.y);
  }
}

function plugin(panel: Panel, isDark: boolean): uPlot.Plugin {
  return {
    hooks: {
      draw: (u) => {
        const { ctx } = u;
        ctx.save();
        ctx.beginPath();
        ctx.rect(u.bbox.left, u.bbox.top, u.bbox.width, u.bbox.height);
        ctx.clip();
        for (const rule of panel.rules) {
          ctx.strokeStyle = isDark ? "#909090" : "#808080";
          ctx.lineWidth = 1.5 * devicePixelRatio;
          ctx.beginPath();
          ctx.moveTo(u.bbox.left, u.valToPos(rule.y, "y", true));
          ctx.lineTo(u.bbox.left + u.bbox.width, u.valToPos(rule.y, "y", true));
          ctx.stroke();
        }
        for (const curve of panel.curves) drawCurve(u, curve, isDark);
        nameCurves(u, panel, isDark);
        ctx.restore();
      },
    },
  };
}

/** The width of the vertical axes: all panels begin at one place, and no text reaches an axis' label. */
function widthOfAxis(panels: Panel[]): number {
  const texts = panels.flatMap((panel) => panel.y.ticks.map(([, text]) => text.length));
  return 62 + 7 * Math.max(0, Math.max(0, ...texts) - 6);
}

function optionsOf(panel: Panel, width: number, height: number, isDark: boolean, axisWidth: number): uPlot.Options {
  const ink = isDark ? "#d8d8d8" : "#333333";
  const grid = { stroke: isDark ? "#3a3f44" : "#dddddd", width: 1 };
  const scaleOf = (axis: Axis): uPlot.Scale => ({
    time: false,
    distr: axis.is_logarithmic ? 3 : 1,
    // Called when the figure is shown whole: zooming sets a scale without asking.
    range: () => [axis.low, axis.high],
  });
  const axisOf = (axis: Axis, most: number, size: number): uPlot.Axis => ({
    label: axis.label || undefined,
    labelSize: axis.label ? 20 : 0,
    stroke: ink,
    grid,
    ticks: grid,
    size,
    font: "12px system-ui, sans-serif",
    labelFont: "13px system-ui, sans-serif",
    splits: (_u, _i, low, high) => ticksOf(axis, low, high, most),
    // uPlot would drop ticks of a logarithmic axis that are no powers of ten.
    filter: (_u, splits) => splits,
    values: (_u, splits) => splits.map((at) => textOf(axis, at)),
  });
  return {
    width,
    height,
    scales: { x: scaleOf(panel.x), y: scaleOf(panel.y) },
    series: [{}, { show: true, stroke: "transparent", points: { show: false }, paths: () => null }],
    axes: [axisOf(panel.x, Math.max(3, Math.floor(width / 70)), 34), axisOf(panel.y, 12, axisWidth)],
    legend: { show: false },
    cursor: { drag: { x: true, y: true, uni: 24, setScale: true }, points: { show: false } },
    plugins: [plugin(panel, isDark)],
  };
}

function useDark(): boolean {
  const query = matchMedia("(prefers-color-scheme: dark)");
  const [isDark, setDark] = useState(query.matches);
  useEffect(() => {
    const heard = () => setDark(query.matches);
    query.addEventListener("change", heard);
    return () => query.removeEventListener("change", heard);
  }, []);
  return isDark;
}

function PanelView({ panel, height, label, axisWidth }: { panel: Panel; height: number; label: string; axisWidth: number }) {
  const place = useRef<HTMLDivElement>(null);
  const isDark = useDark();
  const [scale, setScale] = useState<Scale | null>(null);
  const plot = useRef<uPlot | null>(null);
  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const options = optionsOf(panel, element.clientWidth, height, isDark, axisWidth);
    options.hooks = {
      setScale: [
        (u, key) => {
          const { min, max } = u.scales[key];
          const axis = key === "x" ? panel.x : panel.y;
          if (min == null || max == null) return;
          const isWhole = Math.abs(min - axis.low) + Math.abs(max - axis.high) <= 1e-9 * Math.abs(axis.high - axis.low);
          if (!isWhole) setScale({ low: min, high: max });
        },
      ],
    };
    // uPlot needs data of its own to have a scale; what is seen is drawn by the plugin.
    const made = new uPlot(options, [[panel.x.low, panel.x.high], [panel.y.low, panel.y.high]], element);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    observer.observe(element);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [panel, height, isDark, axisWidth]);
  const reset = () => {
    plot.current?.setData(plot.current.data, true);
    setScale(null);
  };
  return (
    <div class="panel">
      {panel.title && <h4>{panel.title}</h4>}
      <div ref={place} role="img" aria-label={label} />
      {scale && (
        <button type="button" class="whole" onClick={reset}>
          show all
        </button>
      )}
    </div>
  );
}

function Sample({ entry }: { entry: LegendEntry }) {
  const isDark = useDark();
  const colour = onPage(entry.colour, isDark);
  if (entry.sample === "box") {
    return (
      <svg width="22" height="14" aria-hidden="true">
        <rect x="3" y="2" width="16" height="10" fill={colour} fill-opacity={entry.fill} stroke={colour} />
      </svg>
    );
  }
  const point = { threads: "●", sim: "○", tcp: "■", mpi: "▲" }[entry.world] ?? "◆";
  return (
    <svg width="38" height="14" aria-hidden="true">
      <line x1="1" y1="7" x2="37" y2="7" stroke={colour} stroke-width={entry.origin === "formula" ? 1.5 : 2.5} stroke-dasharray={dashes[entry.origin].join(" ")} />
      {entry.sample === "point_and_line" && (
        <text x="19" y="11.5" text-anchor="middle" font-size="13" fill={colour}>
          {point}
        </text>
      )}
    </svg>
  );
}

function Numbers({ chart }: { chart: Chart }) {
  const [isOpened, setOpened] = useState(false);
  const rows: string[][] = [];
  if (isOpened) {
    for (const panel of chart.panels) {
      for (const curve of panel.curves) {
        curve.x.forEach((x, i) => {
          const text = (value: number | null) => (value == null ? "" : String(Number(value.toPrecision(6))));
          rows.push([curve.series, curve.world, curve.part || curve.origin, curve.x_text[i] || text(x), text(curve.y[i]), text(curve.low[i]), text(curve.high[i]), String(curve.n[i])]);
        });
      }
    }
  }
  const most = 500;
  return (
    <details onToggle={(event) => setOpened((event.target as HTMLDetailsElement).open)}>
      <summary>Numbers of this figure</summary>
      {isOpened && (
        <div class="scroll">
          <table>
            <thead>
              <tr>
                {["series", "world", "what", "x", "y", "low", "high", "n"].map((heading) => (
                  <th key={heading}>{heading}</th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, most).map((row, i) => (
                <tr key={i}>
                  {row.map((cell, k) => (
                    <td key={k} class={k > 2 ? "number" : ""}>
                      {cell}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
          {rows.length > most && (
            <p>
              {rows.length - most} more rows are in figures/{chart.name}.csv.
            </p>
          )}
        </div>
      )}
    </details>
  );
}

export function Figure({ chart }: { chart: Chart }) {
  const heights = chart.is_side_by_side ? 320 : chart.panels.length > 1 ? 250 : 360;
  return (
    <figure id={`figure-${chart.name}`}>
      <h3>{chart.about}</h3>
      <ul class="legend">
        {chart.legend.map((entry) => (
          <li key={entry.text}>
            <Sample entry={entry} /> {entry.text}
          </li>
        ))}
      </ul>
      <div class={chart.is_side_by_side ? "panels beside" : "panels"}>
        {chart.panels.map((panel, i) => (
          <PanelView key={i} panel={panel} height={heights} axisWidth={widthOfAxis(chart.panels)} label={`${chart.about} ${panel.title}`} />
        ))}
      </div>
      <figcaption>
        {chart.caption.join(" ")} <span class="hint">Drag to zoom, double-click to see all.</span>
      </figcaption>
      <Numbers chart={chart} />
    </figure>
  );
}
