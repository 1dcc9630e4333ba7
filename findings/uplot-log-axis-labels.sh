#!/usr/bin/env bash
# uPlot drops tick labels of a logarithmic axis, even those of ticks that were given to it.
#
# An axis of uPlot takes its ticks from `splits` and their texts from `values`. On a logarithmic scale a default `filter`
# stands between the two: where the axis is short, only ticks whose number begins with certain digits keep a label, the others
# get null. A plot against 1, 2, 4, ... 64 workers, with exactly these ticks, then shows "1" and "16" and leaves its reader to
# guess the rest. An axis that states its own ticks needs `filter: (u, splits) => splits`, too.
#
# Shown: the ticks that `values` is given for such an axis, without and with a filter; jsdom stands in for a browser. Seen with
# uplot 1.6.32 and jsdom 26.1.0.
set -eu -o pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
command -v npm >/dev/null || { echo "needs node and npm" >&2; exit 2; }
cd "$folder"
npm install --silent --no-audit --no-fund uplot@1.6.32 jsdom@26.1.0 >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
cat >labels.cjs <<'CODE'
const { JSDOM } = require("jsdom");
const { window } = new JSDOM("<body></body>", { pretendToBeVisual: true });
const canvas = new Proxy({ measureText: () => ({ width: 8 }) }, { get: (known, name) => known[name] ?? (() => {}) });
window.HTMLCanvasElement.prototype.getContext = () => canvas;
window.matchMedia = () => ({ addEventListener() {}, removeEventListener() {} });
Object.assign(globalThis, {
  window, document: window.document, CustomEvent: window.CustomEvent, HTMLElement: window.HTMLElement, devicePixelRatio: 1, matchMedia: window.matchMedia,
  requestAnimationFrame: (draw) => setTimeout(draw), Path2D: class { moveTo() {} lineTo() {} rect() {} arc() {} },
});
Object.defineProperty(globalThis, "navigator", { value: window.navigator, configurable: true });
const uPlot = require("uplot");

const workers = [1, 2, 4, 8, 16, 32, 64];
function labels(filter) {
  let given = [];
  const axis = { splits: () => workers, values: (_plot, ticks) => (given = ticks).map(String) };
  if (filter) axis.filter = filter;
  new uPlot({ width: 300, height: 200, scales: { x: { time: false, distr: 3 } }, series: [{}, {}], axes: [axis, {}] },
    [workers, workers], document.body);
  return new Promise((done) => setTimeout(() => done(JSON.stringify(given)), 50));
}
(async () => {
  console.log(await labels());
  console.log(await labels((_plot, ticks) => ticks));
})();
CODE
node labels.cjs >labels || exit 1
{ read -r without; read -r with; } <labels
echo "uplot $(node -p 'require("uplot/package.json").version')"
echo "ticks of the axis:       [1,2,4,8,16,32,64]"
echo "labelled, no filter:     $without"
echo "labelled, with a filter: $with"
[[ $without == *null* && $with == "[1,2,4,8,16,32,64]" ]]
