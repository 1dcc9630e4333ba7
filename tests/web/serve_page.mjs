// Opens the served page in a real browser and moves its levers. Fails on any error of the page, on any request to outside,
// where an answer does not come or is not marked as what it is, and where the token stays in the address.
//   node serve_page.mjs ADDRESS [FOLDER FOR SCREENSHOTS]
import { launchBrowser } from "./browser.mjs";

const [address, shots] = process.argv.slice(2);

const faults = [];
const check = (holds, what) => {
  if (!holds) faults.push(what);
};
const token = address.slice(address.indexOf("token=") + 6);
const origin = new URL(address).origin;

const browser = await launchBrowser();

async function open(name, width, options, hash) {
  const context = await browser.newContext({ viewport: { width, height: 900 }, ...options });
  const page = await context.newPage();
  page.on("console", (message) => {
    // The browser itself reports every answer that is a refusal; the page shows its reason.
    if (message.text().includes("status of 400")) return;
    if (message.type() === "error" || message.type() === "warning") faults.push(`${name}: console: ${message.text()}`);
  });
  page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
  page.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith("data:")) faults.push(`${name}: asks for ${url}`);
    if (url.includes(token)) faults.push(`${name}: the token is in an address`);
  });
  await page.goto(hash ? `${address}&${hash}` : address);
  await page.waitForSelector("h1");
  return { context, page };
}

const simulated = (page) => page.waitForFunction(() => /^simulated (\d+) of \1$/.test(document.querySelector(".status")?.textContent ?? ""), null, { timeout: 60000 });
const number = (page, which) => page.textContent(`.numbers .${which} dd`);

/** A slider is set as a hand does it: the page hears of every change. */
async function slide(page, name, position) {
  await page.locator(`input[name=${name}]`).evaluate((input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
  }, position);
}

{
  const started = Date.now();
  const { context, page } = await open("toys", 1200, { colorScheme: "light" });
  check(!(await page.evaluate(() => location.href)).includes(token), "the token stays in the address");
  for (const toy of ["one-slow-worker", "two-nodes", "diloco", "fill-the-bubble"]) {
    await page.selectOption("nav select", toy);
    await page.waitForFunction((name) => location.hash.includes(`study=${name}`), toy);
    await page.waitForSelector(".numbers .formula dd:not(:empty)");
    if (toy === "one-slow-worker") console.log(`first answer after ${Date.now() - started} ms`);
    await simulated(page);
    check(/[0-9]/.test(await number(page, "formula")), `${toy}: no formula`);
    check(/[0-9]/.test(await number(page, "simulated")), `${toy}: no simulation`);
    check((await page.textContent(".numbers .formula dt")).includes("formula"), `${toy}: the formula is not marked`);
    check((await page.locator("#figure-answer canvas").count()) === 1, `${toy}: no figure`);
    check((await page.locator(".moves canvas").count()) === 1, `${toy}: nothing moves`);
    check((await page.locator(".timeline canvas.bars").count()) === 1, `${toy}: no timeline`);
    if (shots) await page.screenshot({ path: `${shots}/${toy}.png`, fullPage: true });
  }

  // The whole study is run from the page, and another one cancelled.
  await page.selectOption("nav select", "two-nodes");
  await page.click("#whole button[name=run]");
  await page.waitForFunction(() => document.querySelector(".whole-status")?.textContent?.includes("two-nodes: ended"), null, { timeout: 60000 });
  check((await page.textContent("#whole pre")).includes("results/two-nodes/report.html"), "the answer of the whole study is not shown");
  if (shots) await page.locator("#whole").screenshot({ path: `${shots}/whole.png` });
  await page.selectOption("nav select", "fill-the-bubble");
  await simulated(page);

  // A change is answered by formula at once and by simulation after it, and changes what is told.
  const before = await number(page, "simulated");
  const changed = Date.now();
  await slide(page, "latency", 400);
  await page.waitForFunction(() => document.querySelector(".status")?.textContent?.startsWith("by formula"), null, { polling: 5 });
  console.log(`by formula ${Date.now() - changed} ms after a slider moved`);
  await simulated(page);
  check((await number(page, "simulated")) !== before, "half a second of latency changes nothing");
  const link = await page.evaluate(() => location.hash);
  check(link.includes("latency=0.5"), `the state is not in the address: ${link}`);

  // What moves is played from the run: two moments differ.
  const canvas = page.locator(".moves canvas");
  await canvas.scrollIntoViewIfNeeded();
  const first = await canvas.evaluate((element) => element.toDataURL());
  await page.waitForFunction((held) => document.querySelector(".moves canvas").toDataURL() !== held, first);
  await page.click("nav select");
  await context.close();

  // A pasted state is the same state.
  const again = await open("pasted", 1200, { colorScheme: "dark" }, link.slice(1));
  await simulated(again.page);
  check((await again.page.evaluate(() => location.hash)) === link, "a pasted state is another state");
  check((await again.page.textContent("h1")).includes("bubble"), "a pasted state is of another study");
  if (shots) await again.page.screenshot({ path: `${shots}/dark.png`, fullPage: true });
  // What a strategy refuses is said in words.
  await again.page.selectOption("select[name=codec]", { label: "fp16" });
  await again.page.waitForSelector(".status .error");
  check((await again.page.textContent(".status .error")).length > 10, "a refusal has no reason");
  await again.context.close();
}

{
  const { context, page } = await open("narrow", 360, { colorScheme: "light", reducedMotion: "reduce" });
  await simulated(page);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  check(overflow <= 0, `narrow: the page is ${overflow} px wider than the window`);
  check((await page.textContent(".player button")) === "play", "it moves although less motion is asked for");
  await page.focus("input[name=workers]");
  const workers = await page.inputValue("input[name=workers]");
  await page.keyboard.press("ArrowRight");
  check((await page.inputValue("input[name=workers]")) === String(Number(workers) + 1), "the keyboard moves no slider");
  if (shots) await page.screenshot({ path: `${shots}/narrow.png`, fullPage: true });
  await context.close();
}

{
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(origin);
  await page.waitForSelector(".error");
  check((await page.textContent(".error")).includes("tandem serve"), "without the token, the page does not say where to get it");
  await context.close();
}

await browser.close();
for (const fault of faults) console.error(fault);
console.log(faults.length === 0 ? "the served page is well" : `${faults.length} faults`);
process.exit(faults.length === 0 ? 0 : 1);
