// The browser that pages are tested in. Where it or what drives it is missing, the program ends as a skipped test.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";

const skipped = 77;

/** Starts Debian's chromium, without a window. */
export async function launchBrowser() {
  const chromium_path = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
  if (!chromium_path) {
    console.log("skipped: chromium is not installed (apt install chromium)");
    process.exit(skipped);
  }
  const require = createRequire(new URL("../../web/package.json", import.meta.url));
  let chromium;
  try {
    ({ chromium } = require("playwright-core"));
  } catch {
    console.error("playwright-core is missing: run `npm ci` in web/");
    process.exit(skipped);
  }
  return chromium.launch({
    executablePath: chromium_path,
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
}
