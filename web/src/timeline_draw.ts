// Draws a timeline on a canvas: a row per stack of every rank, arrows for messages, the critical path.
import { type Event, type Model, firstAfter } from "./timeline_model";
import type { Flow, Lane } from "./flows";
import { mostArrows, type Arrow, type PathPart } from "./messages";

export const rowHeight = 26;
export const nameWidth = 118;
export const axisHeight = 24;

export interface View {
  start: number;
  end: number;
}

interface Colours {
  ink: string;
  page: string;
  critical: string;
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
    critical: of("critical"),
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

function drawRow(ctx: CanvasRenderingContext2D, row: Event[], y: number, x: (time: number) => number, view: View, colours: Colours): void {
  // The first of the events that share a pixel is drawn and the others are jumped over: a million of them cost no more
  // than the row has pixels.
  const perPixel = 1 / (x(view.start + 1) - x(view.start));
  for (let i = firstAfter(row, view.start); i < row.length && row[i].start <= view.end; ++i) {
    const event = row[i];
    const left = Math.max(x(event.start), nameWidth);
    const right = x(event.end);
    if (right - left < 1) {
      const next = firstAfter(row, event.start + perPixel);
      if (next > i + 1) i = next - 1;
    }
    const width = Math.max(1, right - left);
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

/** Sets the canvas to its size on the screen and clears it. */
function prepared(canvas: HTMLCanvasElement, page: string): CanvasRenderingContext2D | null {
  const ratio = devicePixelRatio;
  const [width, height] = [Math.round(canvas.clientWidth * ratio), Math.round(canvas.clientHeight * ratio)];
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const ctx = canvas.getContext("2d");
  if (!ctx) return null;
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.fillStyle = page;
  ctx.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  ctx.font = "12px system-ui, sans-serif";
  ctx.textBaseline = "middle";
  return ctx;
}

const placeOf = (view: View, width: number) => (time: number) =>
  nameWidth + ((time - view.start) / (view.end - view.start)) * (width - nameWidth - 8);

function drawTimes(ctx: CanvasRenderingContext2D, view: View, width: number, height: number, ink: string): void {
  const x = placeOf(view, width);
  ctx.textAlign = "center";
  ctx.fillStyle = ink;
  const rough = (view.end - view.start) / Math.max(2, (width - nameWidth) / 110);
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = decade * ([1, 2, 5, 10].find((digit) => digit * decade >= rough) ?? 10);
  for (let k = Math.ceil(view.start / step); k * step <= view.end; ++k) {
    ctx.fillText(timeText(k * step), x(k * step), axisHeight / 2);
    ctx.globalAlpha = 0.15;
    ctx.fillRect(x(k * step), axisHeight, 1, height);
    ctx.globalAlpha = 1;
  }
}

function drawNames(ctx: CanvasRenderingContext2D, names: string[], height: number, colours: Colours): void {
  ctx.fillStyle = colours.page;
  ctx.fillRect(0, axisHeight, nameWidth - 2, height);
  ctx.textAlign = "left";
  ctx.fillStyle = colours.ink;
  names.forEach((name, i) => ctx.fillText(name, 4, axisHeight + i * rowHeight + rowHeight / 2, nameWidth - 8));
}

const middleOf = (row: number): number => axisHeight + row * rowHeight + rowHeight / 2;

function drawArrow(ctx: CanvasRenderingContext2D, fromX: number, fromY: number, toX: number, toY: number, head: number): void {
  ctx.beginPath();
  ctx.moveTo(fromX, fromY);
  ctx.lineTo(toX, toY);
  ctx.stroke();
  const angle = Math.atan2(toY - fromY, toX - fromX);
  ctx.beginPath();
  ctx.moveTo(toX, toY);
  ctx.lineTo(toX - head * Math.cos(angle - 0.4), toY - head * Math.sin(angle - 0.4));
  ctx.lineTo(toX - head * Math.cos(angle + 0.4), toY - head * Math.sin(angle + 0.4));
  ctx.closePath();
  ctx.fill();
}

function drawArrows(ctx: CanvasRenderingContext2D, arrows: Arrow[], x: (time: number) => number, ink: string): void {
  ctx.strokeStyle = ink;
  ctx.fillStyle = ink;
  ctx.lineWidth = 1;
  ctx.globalAlpha = 0.65;
  for (const arrow of arrows) drawArrow(ctx, x(arrow.start), middleOf(arrow.fromRow), x(arrow.end), middleOf(arrow.toRow), 7);
  ctx.globalAlpha = 1;
}

/** A line below what is on the path, and its messages as thick arrows; what shares a pixel with the part before it is left out.
 * Arrows that have no room beside each other would hide everything: they are lines below their receivers' rows. */
function drawPath(ctx: CanvasRenderingContext2D, path: PathPart[], view: View, x: (time: number) => number, colour: string): void {
  ctx.strokeStyle = colour;
  ctx.fillStyle = colour;
  ctx.lineWidth = 2.5;
  let drawnTo = -Infinity;
  for (const part of path) {
    if (part.end < view.start || part.start > view.end) continue;
    const [left, right] = [x(part.start), x(part.end)];
    if (right < drawnTo + 0.7) continue;
    drawnTo = right;
    if (part.kind === "message" && right - left > 4) drawArrow(ctx, left, middleOf(part.fromRow), right, middleOf(part.row), Math.min(9, 2 + (right - left) / 2));
    else ctx.fillRect(left, axisHeight + (part.row + 1) * rowHeight - 5, Math.max(0.7, right - left), part.kind === "computation" ? 4 : 2);
  }
}

export function draw(canvas: HTMLCanvasElement, model: Model, view: View): void {
  const colours = coloursOf(canvas);
  const ctx = prepared(canvas, colours.page);
  if (!ctx) return;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const x = placeOf(view, width);
  drawTimes(ctx, view, width, height, colours.ink);
  ctx.textAlign = "center";
  model.events.forEach((row, i) => drawRow(ctx, row, axisHeight + i * rowHeight, x, view, colours));
  const arrows = model.messages.within(view.start, view.end, mostArrows);
  if (arrows) drawArrows(ctx, arrows, x, colours.ink);
  drawPath(ctx, model.path, view, x, colours.critical);
  drawNames(
    ctx,
    model.rows.map(({ name }) => name),
    height,
    colours,
  );
}

const prefixes: [number, string][] = [
  [1e12, "T"],
  [1e9, "G"],
  [1e6, "M"],
  [1e3, "k"],
  [1, ""],
];

/** "2.5 G", to be followed by a unit. */
export function prefixed(value: number): string {
  const [scale, prefix] = prefixes.find(([size]) => value >= size) ?? [1, ""];
  return `${Number((value / scale).toPrecision(3))} ${prefix}`;
}

export const rateText = (bytesPerSecond: number): string => `${prefixed(8 * bytesPerSecond)}bit/s`;

/** The mean rates of a way within each pixel. */
function ratesWithin(way: Flow, view: View, pixels: number): Float64Array {
  const rates = new Float64Array(pixels);
  const step = (view.end - view.start) / pixels;
  let before = way.until(view.start);
  for (let i = 0; i < pixels; ++i) {
    const after = way.until(view.start + (i + 1) * step);
    rates[i] = Math.max(0, after - before) / step;
    before = after;
  }
  return rates;
}

/** The area between a lane's line and its rates, one step per pixel: `room` high where `full` moves, upwards or downwards. */
function drawRates(ctx: CanvasRenderingContext2D, rates: Float64Array, full: number, middle: number, room: number, colour: string): void {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.moveTo(nameWidth, middle);
  // Pixels of one height, to a quarter of a pixel, are one step.
  let height = 0;
  rates.forEach((rate, i) => {
    const next = Math.round(4 * room * Math.min(1, rate / full)) / 4;
    if (next === height) return;
    ctx.lineTo(nameWidth + i, middle + height);
    ctx.lineTo(nameWidth + i, middle + next);
    height = next;
  });
  ctx.lineTo(nameWidth + rates.length, middle + height);
  ctx.lineTo(nameWidth + rates.length, middle);
  ctx.fill();
}

/** Per lane, what moves one way above its line and the other way below. Returns the largest rate in bytes/s. */
export function drawTraffic(canvas: HTMLCanvasElement, lanes: Lane[], view: View): number {
  const colours = coloursOf(canvas);
  const ctx = prepared(canvas, colours.page);
  if (!ctx) return 0;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const pixels = Math.max(1, Math.floor(width - nameWidth - 8));
  const rates = lanes.map(({ ways }) => ways.map((way) => ratesWithin(way, view, pixels)));
  const most = Math.max(0, ...rates.flat().map((row) => row.reduce((a, b) => Math.max(a, b), 0)));
  drawTimes(ctx, view, width, height, colours.ink);
  const room = rowHeight / 2 - 2;
  rates.forEach(([out, into], lane) => {
    const middle = middleOf(lane);
    const [outFull, intoFull] = lanes[lane].bandwidth ?? [most, most];
    if (most > 0) {
      drawRates(ctx, out, outFull, middle, -room, colours.send);
      drawRates(ctx, into, intoFull, middle, room, colours.receive);
    }
    ctx.globalAlpha = 0.4;
    ctx.fillStyle = colours.ink;
    ctx.fillRect(nameWidth, middle, pixels, 0.7);
    ctx.globalAlpha = 1;
  });
  drawNames(
    ctx,
    lanes.map(({ name }) => name),
    height,
    colours,
  );
  return most;
}

/** The lane at a height of the canvas. */
export const laneAt = (y: number): number => Math.floor((y - axisHeight) / rowHeight);
/** Whether that is above the lane's line. */
export const isAbove = (y: number): boolean => y < middleOf(laneAt(y));
