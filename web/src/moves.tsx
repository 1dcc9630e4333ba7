// A simulated run, played: ranks on a circle, and each message as a dot that goes from its sender to its receiver while
// the simulation says that it is on its way. Nothing is drawn that is not an event of the run.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Timeline } from "./study";
import { timeText } from "./timeline_draw";

interface Move {
  from: number;
  to: number;
  start: number;
  end: number;
}

interface Busy {
  rank: number;
  start: number;
  end: number;
  work: string;
}

function playOf(timeline: Timeline): { moves: Move[]; busy: Busy[]; end: number } {
  const moves: Move[] = [];
  const busy: Busy[] = [];
  let end = 0;
  timeline.ranks.forEach((held, rank) => {
    for (let i = 0; i < held.start.length; ++i) {
      const span = { start: held.start[i], end: held.start[i] + held.length[i] };
      end = Math.max(end, span.end);
      // A receive ends with the message's arrival, so it stands for the message.
      if (held.kind[i] === "r") moves.push({ from: held.peer[i], to: rank, ...span });
      if (held.kind[i] === "c") busy.push({ rank, work: timeline.works[held.work[i]] ?? "", ...span });
    }
  });
  return { moves, busy, end };
}

function draw(canvas: HTMLCanvasElement, timeline: Timeline, play: ReturnType<typeof playOf>, time: number): void {
  const ratio = devicePixelRatio;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const ctx = canvas.getContext("2d");
  if (!ctx) return;
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  ctx.setTransform(ratio, 0, 0, ratio, 0, 0);
  ctx.clearRect(0, 0, width, height);
  const ranks = timeline.ranks.length;
  const radius = Math.min(width, height) / 2 - 34;
  const place = (rank: number): [number, number] => {
    const angle = (2 * Math.PI * rank) / ranks - Math.PI / 2;
    return ranks === 1 ? [width / 2, height / 2] : [width / 2 + radius * Math.cos(angle), height / 2 + radius * Math.sin(angle)];
  };
  const size = Math.max(5, Math.min(17, (2.2 * radius) / Math.max(ranks, 4)));
  for (const move of play.moves) {
    if (move.start > time || move.end < time || move.from < 0) continue;
    const share = move.end > move.start ? (time - move.start) / (move.end - move.start) : 1;
    const [fromX, fromY] = place(move.from);
    const [toX, toY] = place(move.to);
    ctx.strokeStyle = colour("line");
    ctx.lineWidth = 1.5;
    ctx.beginPath();
    ctx.moveTo(fromX, fromY);
    ctx.lineTo(toX, toY);
    ctx.stroke();
    ctx.fillStyle = colour("send");
    ctx.beginPath();
    ctx.arc(fromX + (toX - fromX) * share, fromY + (toY - fromY) * share, Math.max(3, size / 3), 0, 7);
    ctx.fill();
  }
  const working = new Map<number, string>();
  for (const one of play.busy) if (one.start <= time && one.end >= time) working.set(one.rank, one.work);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.font = `${Math.max(9, size * 0.8)}px system-ui, sans-serif`;
  for (let rank = 0; rank < ranks; ++rank) {
    const [x, y] = place(rank);
    const work = working.get(rank);
    const name = work === undefined ? "idle" : work.startsWith("backward") ? "backward" : work.startsWith("forward") ? "forward" : "compute";
    ctx.fillStyle = work === undefined ? colour("page") : colour(name);
    ctx.strokeStyle = colour(name);
    ctx.lineWidth = 2;
    ctx.beginPath();
    ctx.arc(x, y, size, 0, 7);
    ctx.fill();
    ctx.stroke();
    if (size < 8) continue;
    ctx.fillStyle = work === undefined ? colour("ink") : colour("page");
    ctx.fillText(String(rank), x, y + 0.5);
  }
}

export function Moves({ timeline }: { timeline: Timeline }) {
  const play = useMemo(() => playOf(timeline), [timeline]);
  const canvas = useRef<HTMLCanvasElement>(null);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const [time, setTime] = useState(0);
  const [isPlaying, setPlaying] = useState(!isStill);

  // The whole run takes fifteen seconds.
  useEffect(() => {
    if (!isPlaying) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const passed = ((now - last) / 15000) * play.end;
      last = now;
      setTime((held) => (held + passed > play.end ? 0 : held + passed));
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, play]);

  useEffect(() => {
    if (canvas.current) draw(canvas.current, timeline, play, Math.min(time, play.end));
  }, [time, play, timeline]);

  return (
    <div class="moves">
      <canvas ref={canvas} role="img" aria-label="messages between ranks, played from the simulation" />
      <div class="player">
        <button type="button" onClick={() => setPlaying(!isPlaying)}>
          {isPlaying ? "pause" : "play"}
        </button>
        <input
          type="range"
          min={0}
          max={1000}
          value={(1000 * time) / play.end}
          aria-label="time within the run"
          onInput={(event) => {
            setPlaying(false);
            setTime((Number((event.target as HTMLInputElement).value) / 1000) * play.end);
          }}
        />
        <span class="hint">{timeText(Math.min(time, play.end))} of the simulated run</span>
      </div>
    </div>
  );
}
