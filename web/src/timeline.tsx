// The timeline: a row per rank on a canvas, zoomed by wheel, buttons or keys.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { type Event, type Model, modelOf } from "./timeline_model";
import type { Timeline } from "./study";

const rowHeight = 26;
const nameWidth = 118;
const axisHeight = 24;

interface View {
  start: number;
  end: number;
}

interface Colours {
  ink: string;
  page: string;
  idle: string;
  send: string;
  receive: string;
  compute: string;
  forward: string;
  backward: string;
  backwardInput: string;
  backwardWeight: string;
}

function coloursOf(element: HTMLElement): Colours {
  const style = getComputedStyle(element);
  const of = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: of("ink"),
    page: of("page"),
    idle: of("idle"),
    send: of("send"),
    receive: of("receive"),
    compute: of("compute"),
    forward: of("forward"),
    backward: of("backward"),
    backwardInput: of("backward-input"),
    backwardWeight: of("backward-weight"),
  };
}

/** What is a pipeline's usual picture has the usual colours. */
function colourOf(event: Event): keyof Colours {
  if (event.kind !== "compute") return event.kind;
  const named: Record<string, keyof Colours> = {
    forward: "forward",
    backward: "backward",
    "backward input": "backwardInput",
    "backward weight": "backwardWeight",
  };
  return named[event.work] ?? "compute";
}

export function timeText(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return "0";
  const [scale, unit] = size >= 1 ? [1, "s"] : size >= 1e-3 ? [1e3, "ms"] : size >= 1e-6 ? [1e6, "µs"] : [1e9, "ns"];
  return `${Number((seconds * scale).toPrecision(4))} ${unit}`;
}

/** The first event of a row that ends after `time`. */
function firstAfter(row: Event[], time: number): number {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle].end < time) low = middle + 1;
    else high = middle;
  }
  return low;
}

function drawRow(ctx: CanvasRenderingContext2D, row: Event[], y: number, x: (time: number) => number, view: View, colours: Colours): void {
  // The first of the events that share a pixel is drawn and the others are jumped over: a million of them cost no more
  // than the row has pixels.
  const perPixel = 1 / (x(view.start + 1) - x(view.start));
  for (let i = firstAfter(row, view.start); i < row.length && row[i].start <= view.end; ++i) {
    const event = row[i];
    const left = Math.max(x(event.start), nameWidth);
    const right = x(event.end);
    if (right - left < 0.7) {
      const next = firstAfter(row, event.end + perPixel);
      if (next > i + 1) i = next - 1;
    }
    const width = Math.max(0.7, right - left);
    const isBar = event.kind === "compute";
    const top = y + (isBar ? 3 : event.kind === "idle" ? 11 : 7);
    const height = isBar ? rowHeight - 7 : event.kind === "idle" ? 4 : 12;
    ctx.fillStyle = colours[colourOf(event)];
    ctx.globalAlpha = event.chunk > 0 ? 0.6 : 1;
    ctx.fillRect(left, top, width, height);
    ctx.globalAlpha = 1;
    if (event.microbatch < 0 || width < 14) continue;
    ctx.fillStyle = event.chunk > 0 ? colours.ink : colours.page;
    ctx.fillText(String(event.microbatch + 1), left + width / 2, top + height / 2 + 1, width - 2);
  }
}

function draw(canvas: HTMLCanvasElement, model: Model, view: View): void {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  const colours = coloursOf(canvas);
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = colours.page;
  ctx.fillRect(0, 0, width, height);
  const x = (time: number) => nameWidth + ((time - view.start) / (view.end - view.start)) * (width - nameWidth - 8);

  ctx.font = "12px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  ctx.textAlign = "center";
  const rough = (view.end - view.start) / Math.max(2, (width - nameWidth) / 110);
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((digit) => digit * decade >= rough) ?? 10);
  for (let k = Math.ceil(view.start / step); k * step <= view.end; ++k) {
    ctx.fillStyle = colours.ink;
    ctx.fillText(timeText(k * step), x(k * step), axisHeight / 2);
    ctx.globalAlpha = 0.15;
    ctx.fillRect(x(k * step), axisHeight, 1, height);
    ctx.globalAlpha = 1;
  }
  model.events.forEach((row, i) => drawRow(ctx, row, axisHeight + i * rowHeight, x, view, colours));
  ctx.fillStyle = colours.page;
  ctx.fillRect(0, axisHeight, nameWidth - 2, height);
  ctx.textAlign = "left";
  ctx.fillStyle = colours.ink;
  model.rows.forEach(({ name }, i) => ctx.fillText(name, 4, axisHeight + i * rowHeight + rowHeight / 2, nameWidth - 8));
}

function describe(event: Event, timeline: Timeline): string {
  const peer = event.peer >= 0 ? ` rank ${event.peer} (${timeline.roles[event.peer] ?? "?"})` : "";
  const what = {
    compute: `computes ${event.work}${event.microbatch < 0 ? "" : ` of micro-batch ${event.microbatch + 1}`}${event.chunk > 0 ? `, part ${event.chunk + 1} of its model` : ""}`,
    send: `sends to${peer}`,
    receive: `receives from${peer}`,
    idle: peer ? `waits for${peer}` : "waits",
  }[event.kind];
  return `rank ${event.rank} ${what}: ${timeText(event.end - event.start)}, from ${timeText(event.start)} to ${timeText(event.end)}`;
}

function Shares({ model }: { model: Model }) {
  return (
    <table class="shares">
      <thead>
        <tr>
          <th>ranks</th>
          <th>time spent</th>
          <th class="number">share</th>
        </tr>
      </thead>
      <tbody>
        {model.shares.map(({ role, what, share }) => (
          <tr key={role + what}>
            <td>{role}</td>
            <td>{what}</td>
            <td class="number">{(100 * share).toFixed(1)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Name of the swatch, text; computations that are told apart, as far as they are there. */
const works: [string, string, string][] = [
  ["forward", "forward", "forward"],
  ["backward", "backward", "backward"],
  ["backward input", "backward-input", "backward, input"],
  ["backward weight", "backward-weight", "backward, weights"],
];
const legend: [string, string][] = [
  ["compute", "computing, else"],
  ["send", "sending"],
  ["receive", "receiving"],
  ["idle", "waiting"],
];

export function TimelineView({ timeline }: { timeline: Timeline }) {
  const model = useMemo(() => modelOf(timeline), [timeline]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const [view, setView] = useState<View>({ start: 0, end: model.end });
  const [said, setSaid] = useState("Point at a bar, or choose one, to see what it is.");

  const clamp = (wanted: View): View => {
    const length = Math.min(model.end, Math.max(model.end * 1e-7, wanted.end - wanted.start));
    const start = Math.min(Math.max(0, wanted.start), model.end - length);
    return { start, end: start + length };
  };
  const zoom = (factor: number, about: number) =>
    setView((held) => clamp({ start: about - (about - held.start) * factor, end: about + (held.end - about) * factor }));
  const shift = (share: number) =>
    setView((held) => {
      const by = (held.end - held.start) * share;
      return clamp({ start: held.start + by, end: held.end + by });
    });

  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let frame = requestAnimationFrame(() => draw(element, model, view));
    const again = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => draw(element, model, view));
    };
    const observer = new ResizeObserver(again);
    observer.observe(element);
    const query = matchMedia("(prefers-color-scheme: dark)");
    query.addEventListener("change", again);
    return () => {
      cancelAnimationFrame(frame);
      observer.disconnect();
      query.removeEventListener("change", again);
    };
  }, [model, view]);

  const timeAt = (clientX: number): number => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return 0;
    return view.start + ((clientX - box.left - nameWidth) / (box.width - nameWidth - 8)) * (view.end - view.start);
  };
  const eventAt = (mouse: MouseEvent): Event | null => {
    const box = canvas.current?.getBoundingClientRect();
    if (!box) return null;
    const row = model.events[Math.floor((mouse.clientY - box.top - axisHeight) / rowHeight)];
    if (!row) return null;
    const time = timeAt(mouse.clientX);
    const slack = (2 / (box.width - nameWidth)) * (view.end - view.start);
    const event = row[firstAfter(row, time - slack)];
    return event && event.start <= time + slack ? event : null;
  };

  // Passive listeners cannot keep the page from scrolling while the timeline is zoomed.
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    const turned = (wheel: WheelEvent) => {
      if (!wheel.ctrlKey && !wheel.metaKey && !wheel.shiftKey) return;
      wheel.preventDefault();
      zoom(wheel.deltaY > 0 ? 1.25 : 0.8, timeAt(wheel.clientX));
    };
    element.addEventListener("wheel", turned, { passive: false });
    return () => element.removeEventListener("wheel", turned);
  });

  const drag = useRef<{ x: number; view: View } | null>(null);
  const middle = (view.start + view.end) / 2;
  const keys = (key: KeyboardEvent) => {
    const acts: Record<string, () => void> = {
      "+": () => zoom(0.7, middle),
      "-": () => zoom(1.4, middle),
      ArrowLeft: () => shift(-0.2),
      ArrowRight: () => shift(0.2),
      "0": () => setView({ start: 0, end: model.end }),
    };
    const act = acts[key.key];
    if (!act) return;
    key.preventDefault();
    act();
  };
  return (
    <section class="timeline">
      <h3>{timeline.run}</h3>
      <ul class="legend">
        {[...works.filter(([work]) => timeline.works.includes(work)).map(([, name, text]) => [name, text]), ...legend].map(([name, text]) => (
          <li key={name}>
            <span class={`swatch ${name}`} /> {text}
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" onClick={() => zoom(0.5, middle)}>
          zoom in
        </button>
        <button type="button" onClick={() => zoom(2, middle)}>
          zoom out
        </button>
        <button type="button" onClick={() => shift(-0.3)} aria-label="earlier">
          ◀
        </button>
        <button type="button" onClick={() => shift(0.3)} aria-label="later">
          ▶
        </button>
        <button type="button" onClick={() => setView({ start: 0, end: model.end })}>
          all
        </button>
      </div>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={`What each rank did: ${timeline.run}`}
        style={{ height: `${axisHeight + model.rows.length * rowHeight + 4}px` }}
        onKeyDown={keys}
        onPointerDown={(event) => {
          drag.current = { x: event.clientX, view };
          (event.target as HTMLElement).setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          const from = drag.current;
          const box = canvas.current?.getBoundingClientRect();
          if (from && box && event.buttons !== 0) {
            const by = ((from.x - event.clientX) / (box.width - nameWidth)) * (from.view.end - from.view.start);
            setView(clamp({ start: from.view.start + by, end: from.view.end + by }));
            return;
          }
          const pointed = eventAt(event);
          if (pointed) setSaid(describe(pointed, timeline));
        }}
        onPointerUp={() => {
          drag.current = null;
        }}
        onClick={(event) => {
          const pointed = eventAt(event);
          if (pointed) setSaid(describe(pointed, timeline));
        }}
        onDblClick={(event) => {
          const pointed = eventAt(event);
          if (!pointed) return;
          const around = (pointed.end - pointed.start) * 0.5;
          setView(clamp({ start: pointed.start - around, end: pointed.end + around }));
        }}
      />
      <p class="said" aria-live="polite">
        {said}
      </p>
      <p class="hint">
        Ctrl and wheel zoom, dragging moves; on the keyboard + - ← → 0. A double click zooms to a bar. {timeline.note}
      </p>
      <Shares model={model} />
    </section>
  );
}
