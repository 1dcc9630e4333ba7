// Opens a report in a real browser, as a reader would: from disk, light and dark, wide and on a telephone. Fails on any
// error of the page, on any request to outside, and where the page lacks a part of the study.
//   node report_page.mjs REPORT.html [FOLDER FOR SCREENSHOTS]
import { pathToFileURL } from "node:url";
import { launchBrowser } from "./browser.mjs";

const [page_path, shots] = process.argv.slice(2);

const faults = [];
const check = (holds, what) => {
  if (!holds) faults.push(what);
};

const browser = await launchBrowser();
const url = pathToFileURL(page_path).href;

for (const [name, width, colorScheme] of [
  ["light", 1200, "light"],
  ["dark", 1200, "dark"],
  ["narrow", 360, "light"],
]) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith("file:") && !request.url().startsWith("data:")) faults.push(`${name}: asks for ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector("h1");
  const study = JSON.parse(await page.textContent("#study"));
  check((await page.textContent("h1")) === study.question, `${name}: the question is not the heading`);
  check((await page.locator("figure").count()) === study.figures.length, `${name}: figures are missing`);
  const panels = study.figures.reduce((sum, figure) => sum + figure.panels.length, 0);
  check((await page.locator(".panel canvas").count()) === panels, `${name}: panels are missing`);
  check((await page.locator("#table tbody tr").count()) === study.table.rows.length, `${name}: rows are missing`);
  check((await page.locator("#inputs tbody tr").count()) === study.inputs.length, `${name}: inputs are missing`);
  check((await page.locator("#checks li").count()) > 0, `${name}: it does not say what was checked`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(overflow <= 0, `${name}: the page is ${overflow} px wider than the window`);
  // A canvas that was drawn has more than one colour.
  const blank = await page.evaluate(
    () =>
      [...document.querySelectorAll("canvas")].filter((canvas) => {
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        const seen = new Set();
        for (let i = 0; i < data.length && seen.size < 3; i += 4) seen.add(`${data[i]},${data[i + 1]},${data[i + 2]},${data[i + 3]}`);
        return seen.size < 3;
      }).length,
  );
  check(blank === 0, `${name}: ${blank} drawings are blank`);
  if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
  if (name === "light") {
    await zoomAFigure(page, study);
    if (study.timelines.length > 0) {
      await readThePath(page, study);
      await zoomTheTimeline(page);
    }
    if (shots && study.timelines.length > 0) await page.locator("#timeline").screenshot({ path: `${shots}/timeline.png` });
  }
  await context.close();
}

/** Dragging over a figure shows a part of it, and "show all" the whole again. */
async function zoomAFigure(page, study) {
  if (study.figures.length === 0) return;
  const plot = page.locator(".panel .u-over").first();
  await plot.scrollIntoViewIfNeeded();
  const box = await plot.boundingBox();
  await page.mouse.move(box.x + box.width * 0.2, box.y + box.height * 0.3);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.8, { steps: 4 });
  await page.mouse.up();
  const whole = page.locator(".panel .whole").first();
  check((await whole.count()) === 1, "a dragged-over figure does not zoom");
  if ((await whole.count()) === 1) await whole.click();
  check((await page.locator(".panel .whole").count()) === 0, "a zoomed figure does not return to the whole");
}

/** What a run's time hung on is said in numbers and drawn; messages have arrows, and their bytes a picture. */
async function readThePath(page, study) {
  const shares = await page.locator(".shares").first().locator("td.number").allTextContents();
  const sum = shares.reduce((whole, text) => whole + Number.parseFloat(text), 0);
  check(Math.abs(sum - 100) < 0.05 * shares.length + 1e-9, `the critical path is ${sum} % of the run's time`);
  // How many pixels of a canvas have the colour of a variable of the style sheet.
  const painted = (selector, name) =>
    page.locator(selector).evaluate((canvas, variable) => {
      const copy = document.createElement("canvas");
      copy.width = canvas.width;
      copy.height = canvas.height + 1;
      const context = copy.getContext("2d", { willReadFrequently: true });
      context.drawImage(canvas, 0, 1);
      context.fillStyle = getComputedStyle(canvas).getPropertyValue(variable);
      context.fillRect(0, 0, 1, 1);
      const wanted = context.getImageData(0, 0, 1, 1).data;
      const { data } = context.getImageData(0, 1, canvas.width, canvas.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) if (data[i] === wanted[0] && data[i + 1] === wanted[1] && data[i + 2] === wanted[2]) ++count;
      return count;
    }, name);
  check((await painted(".timeline canvas.bars", "--critical")) > 100, "the critical path is not drawn");
  await page.selectOption("#timeline select", String(study.timelines.findIndex((timeline) => timeline.messages.bytes.some((bytes) => bytes > 0))));
  await page.waitForTimeout(200);
  check((await painted(".traffic canvas", "--send")) > 20, "what leaves the ranks is not drawn");
  check((await painted(".traffic canvas", "--receive")) > 20, "what reaches the ranks is not drawn");
  await useOfLinks(page, study);
}

/** In a simulation every link has its use: a message alone on its way has all of it, and no link is always idle. */
async function useOfLinks(page, study) {
  const simulated = study.timelines.findIndex((timeline) => timeline.has_one_clock && timeline.links.name.length > 1);
  const measured = study.timelines.findIndex((timeline) => !timeline.has_one_clock && timeline.messages.bytes.length > 0);
  check(simulated >= 0 && measured >= 0, "there is no simulated run with links, or no measured one");
  await page.selectOption("#timeline select", String(measured));
  check((await page.textContent(".traffic summary")).startsWith("Bytes that leave each rank"), "links of a real run are not known");
  await page.selectOption("#timeline select", String(simulated));
  check((await page.textContent(".traffic summary")).startsWith("Use of each link"), "the use of links is not shown");
  const { links } = study.timelines[simulated];
  const canvas = page.locator(".traffic canvas");
  await canvas.scrollIntoViewIfNeeded();
  const box = await canvas.boundingBox();
  const seen = links.name.map(() => [0, 0]);
  for (let row = 0; row < links.name.length; ++row) {
    for (let x = 119; x < box.width - 9; x += 3) {
      await page.mouse.move(box.x + x, box.y + 24 + 26 * row + (x % 2 === 0 ? 7 : 19));
      const [, way, share] = /(out|in) or .*: ([0-9.]+) % of 1 Mbit\/s/.exec(await page.textContent(".moved")) ?? [];
      const at = way === "out" ? 0 : 1;
      seen[row][at] = Math.max(seen[row][at], Number(share ?? 0));
    }
  }
  const shares = seen.flat();
  check(
    shares.every((share) => share > 0),
    `links that are never used: ${JSON.stringify(seen)}`,
  );
  check(Math.abs(Math.max(...shares) - 100) < 1, `the largest use of a link is ${Math.max(...shares)} %`);
}

/** The keyboard zooms, and pointing at a bar says what it is. */
async function zoomTheTimeline(page) {
  const canvas = page.locator(".timeline canvas.bars");
  await canvas.scrollIntoViewIfNeeded();
  const before = await canvas.evaluate((element) => element.toDataURL());
  await canvas.focus();
  for (let i = 0; i < 6; ++i) await page.keyboard.press("+");
  await page.waitForTimeout(100);
  check((await canvas.evaluate((element) => element.toDataURL())) !== before, "the timeline does not zoom by keyboard");
  const box = await canvas.boundingBox();
  for (let x = 0.2; x < 0.95; x += 0.05) await page.mouse.move(box.x + box.width * x, box.y + 37);
  check((await page.textContent(".said")).startsWith("rank "), "pointing at the timeline says nothing");
}

await browser.close();
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? `${page_path}: well in light, dark and narrow windows` : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
