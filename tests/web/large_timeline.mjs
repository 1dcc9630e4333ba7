// Puts a timeline of a million events into a report's page and zooms it in a real browser. Prints how long the page took to
// open and its frames to draw; fails on errors, where nothing is drawn, and where no machine's load explains the times.
//   node large_timeline.mjs REPORT.html
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { launchBrowser } from "./browser.mjs";

/** 64 ranks in a ring: each computes, sends to the next one and receives, 5,208 times. */
function timelineOf(ranks, steps) {
  const rows = [];
  const messages = { from: [], from_stack: [], to: [], to_stack: [], start: [], length: [], begin: [], moving: [], bytes: [], route: [] };
  for (let rank = 0; rank < ranks; ++rank) {
    const row = { kind: "csr".repeat(steps), stack: [], start: [], length: [], peer: [], work: [], microbatch: [], chunk: [] };
    const next = (rank + 1) % ranks;
    for (let step = 0; step < steps; ++step) {
      const start = step * 3e-3 + rank * 1e-6;
      for (const [after, peer, work] of [
        [0, -1, 0],
        [1e-3, next, -1],
        [2e-3, (rank + ranks - 1) % ranks, -1],
      ]) {
        row.stack.push(0);
        row.start.push(start + after);
        row.length.push(1e-3);
        row.peer.push(peer);
        row.work.push(work);
        row.microbatch.push(-1);
        row.chunk.push(0);
      }
      for (const [field, value] of Object.entries({ from: rank, from_stack: 0, to: next, to_stack: 0, start: start + 1e-3, length: 2e-3 }))
        messages[field].push(value);
      for (const [field, value] of Object.entries({ begin: start + 1.1e-3, moving: 1.9e-3, bytes: 1e6 * (1 + (step % 3)), route: rank }))
        messages[field].push(value);
    }
    rows.push(row);
  }
  const links = {
    name: rows.map((_, rank) => `host-${rank}`),
    bandwidth: rows.flatMap(() => [1.25e9, 1.25e9]),
    routes: rows.map((_, rank) => [2 * rank, 2 * ((rank + 1) % ranks) + 1]),
  };
  const path = { kind: "", rank: [], stack: [], from: [], from_stack: [], start: [], length: [], work: [] };
  return { run: "a million events", note: "", has_one_clock: true, roles: rows.map(() => "worker"), works: ["forward"], ranks: rows, messages, links, path };
}

const html = readFileSync(process.argv[2], "utf8");
const open = /<script[^>]*id="study"[^>]*>/.exec(html);
const [begin, end] = [open.index + open[0].length, html.indexOf("</script>", open.index)];
const study = JSON.parse(html.slice(begin, end));
study.timelines = [timelineOf(64, 5208)];
const folder = mkdtempSync(join(tmpdir(), "tandem-timeline-"));
const faults = [];
const check = (holds, what) => {
  if (!holds) faults.push(what);
};
try {
  const path = join(folder, "large.html");
  writeFileSync(path, html.slice(0, begin) + JSON.stringify(study).replaceAll("<", "\\u003c") + html.slice(end));
  const browser = await launchBrowser();
  const page = await (await browser.newContext({ viewport: { width: 1200, height: 900 } })).newPage();
  page.on("pageerror", (error) => faults.push(error.message));
  page.setDefaultTimeout(120000);
  const before = Date.now();
  await page.goto(pathToFileURL(path).href, { timeout: 120000 });
  await page.waitForSelector(".timeline canvas.bars");
  const opened = Date.now() - before;
  await page.evaluate(() => {
    document.querySelector(".traffic").open = true;
  });
  await page.waitForSelector(".traffic canvas");
  await page.waitForTimeout(500);
  const frames = await page.evaluate(async () => {
    const canvas = document.querySelector(".timeline canvas.bars");
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
    const times = [];
    for (let i = 0; i < 80; ++i) {
      const start = performance.now();
      canvas.dispatchEvent(new KeyboardEvent("keydown", { key: i < 40 ? "+" : i < 60 ? "ArrowRight" : "-", bubbles: true }));
      // The key is answered in the next frame, and that is on the screen when the one after it begins.
      await frame();
      await frame();
      times.push((performance.now() - start) / 2);
    }
    return times.sort((a, b) => a - b);
  });
  const summary = await page.textContent(".traffic summary");
  check(summary.endsWith("the 24 busiest of 64"), `the links are "${summary}"`);
  await page.locator(".traffic canvas").scrollIntoViewIfNeeded();
  const box = await page.locator(".traffic canvas").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + 32);
  const said = await page.textContent(".moved");
  check(/^host \d+, out or up: [0-9.]+ % of 10 Gbit\/s/.test(said), `pointing at a link says "${said}"`);
  await browser.close();
  const [median, most] = [frames[40], frames[75]];
  console.log(`999,936 events: open after ${opened} ms; while zooming, frames of ${median.toFixed(1)} ms (median), 95 % under ${most.toFixed(1)} ms`);
  check(median < 200, `a frame takes ${median} ms in the median`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
