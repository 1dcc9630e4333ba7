// Builds the script and the style of the report and of the served page in built/, which the program embeds. With --check
// it writes nothing and fails where the built files are not what the source gives.
import { build } from "esbuild";
import { readFileSync, writeFileSync, mkdirSync } from "node:fs";

const isCheck = process.argv.includes("--check");
const result = await build({
  entryPoints: ["src/report.tsx", "src/serve.tsx"],
  outdir: "built",
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2020",
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "utf8",
  legalComments: "none",
  banner: {
    js: "/* Tandem, with preact 11.2.0 (c) 2015-present Jason Miller and uPlot 1.6.32 (c) 2022 Leon Sorokin: MIT licence. */",
  },
  write: false,
});

let differs = false;
for (const file of result.outputFiles) {
  // A page carries the script between tags: no text in it may end them.
  const text = file.text.replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const name = file.path.slice(file.path.lastIndexOf("/") + 1);
  const path = `built/${name}`;
  if (isCheck) {
    let built = "";
    try {
      built = readFileSync(path, "utf8");
    } catch {
      built = "";
    }
    if (built !== text) {
      console.error(`${path} is not what src/ gives: run \`npm run build\` in web/ and commit it`);
      differs = true;
    }
  } else {
    mkdirSync("built", { recursive: true });
    writeFileSync(path, text);
    console.log(`${path}: ${text.length} bytes`);
  }
}
process.exit(differs ? 1 : 0);
