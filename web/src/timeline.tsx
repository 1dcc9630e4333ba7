// The timeline: a row per rank on a canvas, zoomed by wheel, buttons or keys.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { mostArrows } from "./messages";
import { type Lane, lanesOf, mostLanes } from "./flows";
import { axisHeight, draw, drawTraffic, isAbove, laneAt, nameWidth, rateText, rowHeight, timeText, type View } from "./timeline_draw";
import { type Event, type Model, type Share, firstAfter, modelOf } from "./timeline_model";
import type { Timeline } from "./study";

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

function Shares({ about, shares }: { about: string; shares: Share[] }) {
  const hasRoles = shares.some(({ role }) => role !== "");
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={about}>
      <table class="shares">
        <caption>{about}</caption>
        <tbody>
          {shares.map(({ role, what, share }) => (
            <tr key={role + what}>
              {hasRoles && <td>{role}</td>}
              <td>{what}</td>
              <td class="number">{(100 * share).toFixed(1)} %</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Draws whenever `what` is drawn, the canvas's size or the colours change. */
function useDrawing(canvas: { current: HTMLCanvasElement | null }, what: unknown[], paint: (element: HTMLCanvasElement) => void): void {
  useEffect(() => {
    const element = canvas.current;
    if (!element) return;
    let frame = requestAnimationFrame(() => paint(element));
    const again = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(() => paint(element));
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
  }, what);
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

/** "host 3, out: 87 % of 10 Gbit/s there, 43 % in what is shown". */
function describeLane(lane: Lane, way: 0 | 1, time: number, pixel: number, view: View): string {
  const there = lane.ways[way].rate(time - pixel / 2, time + pixel / 2);
  const shown = lane.ways[way].rate(view.start, view.end);
  const name = `${lane.name}, ${way === 0 ? "out or up" : "in or down"}: `;
  if (!lane.bandwidth) return `${name}${rateText(there)} at ${timeText(time)}, ${rateText(shown)} in what is shown`;
  const most = lane.bandwidth[way];
  return `${name}${percent(there / most)} of ${rateText(most)} at ${timeText(time)}, ${percent(shown / most)} in what is shown`;
}

/** The use of each link, or what left and reached each rank, in the part of the run that is shown above. */
function Traffic({ timeline, model, view }: { timeline: Timeline; model: Model; view: View }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [isOpen, setOpen] = useState(timeline.ranks.length <= 8);
  const [most, setMost] = useState(0);
  const [said, setSaid] = useState("Point at a row to see how much moves there.");
  const lanes = useMemo(() => (isOpen ? lanesOf(timeline, model.end) : []), [timeline, model, isOpen]);
  useDrawing(canvas, [lanes, view], (element) => setMost(drawTraffic(element, lanes, view)));
  const links = timeline.links?.name.length ?? 0;
  const few = links > mostLanes ? `: the ${mostLanes} busiest of ${links}` : "";
  const point = (mouse: MouseEvent) => {
    const box = canvas.current?.getBoundingClientRect();
    const y = box ? mouse.clientY - box.top : 0;
    const lane = lanes[laneAt(y)];
    if (!box || !lane) return;
    const pixel = (view.end - view.start) / (box.width - nameWidth - 8);
    const time = view.start + (mouse.clientX - box.left - nameWidth) * pixel;
    if (time >= view.start && time <= view.end) setSaid(describeLane(lane, isAbove(y) ? 0 : 1, time, pixel, view));
  };
  return (
    <details class="traffic" open={isOpen} onToggle={(event) => setOpen((event.target as HTMLDetailsElement).open)}>
      <summary>
        {links > 0
          ? `Use of each link over time, out of a host or up (above its line) and in or down (below)${few}`
          : "Bytes that leave each rank (above its line) and reach it (below)"}
      </summary>
      {isOpen && (
        <>
          <canvas
            ref={canvas}
            role="img"
            aria-label={`${links > 0 ? "Use of each link" : "Bytes per second of each rank"}: ${timeline.run}`}
            style={{ height: `${axisHeight + lanes.length * rowHeight + 4}px` }}
            onPointerMove={point}
            onClick={point}
          />
          <p class="moved" aria-live="polite">
            {said}
          </p>
          <p class="hint">
            {most === 0 ? "No bytes are under way in this part of the run. " : links > 0 ? "Full height: all of a link's bandwidth. " : `Full height: ${rateText(most)}. `}
            A message's bytes are spread evenly over the time in which they moved, so that where messages come together more than{" "}
            {links > 0 ? "100 % may come out, which is drawn as full." : "a link carries may come out."}
          </p>
        </>
      )}
    </details>
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
  ["critical", "critical path"],
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

  useDrawing(canvas, [model, view], (element) => draw(element, model, view));

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
        class="bars"
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
        Ctrl and wheel zoom, dragging moves; on the keyboard + - ← → 0. A double click zooms to a bar. Up to {mostArrows} messages have an arrow.{" "}
        {timeline.note}
      </p>
      <Traffic timeline={timeline} model={model} view={view} />
      <Shares
        about={`What the run's time hung on: the critical path${timeline.has_one_clock ? "" : ", as far as the ranks' clocks agree"}`}
        shares={model.pathShares}
      />
      <Shares about="What the ranks' time went to" shares={model.shares} />
    </section>
  );
}
