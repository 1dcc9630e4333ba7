// The page of `tandem serve`: sliders over a scenario. A change is answered by formula at once, and by simulation as soon
// as it is there; which is which is said on the numbers and on the figure.
import { render } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import "./serve.css";
import { Figure } from "./chart";
import { Moves } from "./moves";
import { ask, readAddress, writeAddress, type Description, type FormulaPoint, type Lever, type Simulated, type State } from "./serve_api";
import { busyOf, chartOf } from "./serve_chart";
import { WholeStudy } from "./serve_run";
import { TimelineView } from "./timeline";
import { prefixed, timeText } from "./timeline_draw";

function valueText(lever: Lever, value: number): string {
  if (lever.unit === "s") return timeText(value);
  if (lever.unit === "") return lever.name === "straggler" ? `${value.toFixed(1)}x` : String(value);
  return `${prefixed(value)}${lever.unit}`;
}

const steps = 400;

function SliderFor({ lever, value, change }: { lever: Lever; value: number; change: (value: number) => void }) {
  const toPosition = (at: number) => (lever.is_logarithmic ? (steps * Math.log(at / lever.low)) / Math.log(lever.high / lever.low) : at);
  const toValue = (position: number) =>
    lever.is_logarithmic ? Math.min(lever.high, Number((lever.low * (lever.high / lever.low) ** (position / steps)).toPrecision(3))) : position;
  return (
    <label>
      <span>
        {lever.label} <output>{valueText(lever, value)}</output>
      </span>
      <input
        type="range"
        name={lever.name}
        min={lever.is_logarithmic ? 0 : lever.low}
        max={lever.is_logarithmic ? steps : lever.high}
        step={lever.is_logarithmic || lever.is_whole ? 1 : 0.1}
        value={toPosition(value)}
        aria-valuetext={valueText(lever, value)}
        onInput={(event) => change(toValue(Number((event.target as HTMLInputElement).value)))}
      />
    </label>
  );
}

function Choose({ name, label, options, value, change }: { name: string; label: string; options: string[]; value: number; change: (index: number) => void }) {
  return (
    <label>
      <span>{label}</span>
      <select name={name} value={value} onChange={(event) => change(Number((event.target as HTMLSelectElement).value))}>
        {options.map((option, i) => (
          <option key={option} value={i}>
            {option}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The state of a study: what the address says of it, and its scenario for the rest. Values that are none are passed over. */
function stateFrom(study: Description, held: Record<string, string>): State {
  const state: State = { strategy: 0, codec: "none" };
  for (const lever of study.levers) {
    const given = Number(held[lever.name] ?? Number.NaN);
    state[lever.name] = given >= lever.low && given <= lever.high ? given : lever.value;
  }
  const strategy = study.strategies.findIndex(({ label }) => label === held.strategy);
  if (strategy >= 0) state.strategy = strategy;
  if (held.codec && study.codecs.includes(held.codec)) state.codec = held.codec;
  return state;
}

function addressOf(name: string, study: Description, state: State): Record<string, string> {
  const held: Record<string, string> = { study: name, strategy: study.strategies[state.strategy as number].label };
  for (const lever of study.levers) if (state[lever.name] !== lever.value) held[lever.name] = String(state[lever.name]);
  if (state.codec !== "none") held.codec = String(state.codec);
  return held;
}

interface Answers {
  label: string;
  formula: FormulaPoint[];
  simulated: Simulated[];
  status: string;
  error: string;
}

const nothing: Answers = { label: "", formula: [], simulated: [], status: "", error: "" };

/** Formula first; then simulations, the state's own first, one after the other until the state changes. */
function useAnswers(name: string, over: string, state: State): Answers {
  const [answers, setAnswers] = useState<Answers>(nothing);
  const text = JSON.stringify(state);
  useEffect(() => {
    const stop = new AbortController();
    const run = async () => {
      const formula = await ask<{ label: string; points: FormulaPoint[] }>("formula", { study: name, state }, stop.signal);
      setAnswers({ ...nothing, label: formula.label, formula: formula.points, status: "by formula; simulating ..." });
      // A slider that is still moving is not simulated.
      await new Promise((resolve) => setTimeout(resolve, 150));
      const own = Number(state[over]);
      const others = formula.points.filter((point) => !point.refused && point.at !== own).map((point) => point.at);
      const wanted = [own, ...others];
      for (const [i, at] of wanted.entries()) {
        if (stop.signal.aborted) return;
        const body = { study: name, state: { ...state, [over]: at }, trace: at === own };
        const simulated = { ...(await ask<Simulated>("simulation", body, stop.signal)), at };
        const status = i + 1 < wanted.length ? `simulated ${i + 1} of ${wanted.length} ...` : `simulated ${wanted.length} of ${wanted.length}`;
        setAnswers((held) => ({ ...held, simulated: [...held.simulated, simulated], status }));
      }
    };
    run().catch((error: Error) => {
      if (!stop.signal.aborted) setAnswers((held) => ({ ...held, status: "", error: error.message }));
    });
    return () => stop.abort();
  }, [name, text]);
  return answers;
}

function Numbers({ answers, at }: { answers: Answers; at: number }) {
  const formula = answers.formula.find((point) => point.at === at);
  const simulated = answers.simulated.find((point) => point.at === at);
  return (
    <dl class="numbers">
      <div class="formula">
        <dt>a step takes at least (formula)</dt>
        <dd>{formula?.step_s === undefined ? "–" : timeText(formula.step_s)}</dd>
        <dd class="hint">{formula?.refused ?? (formula?.bound_by ? `bound by ${formula.bound_by}` : "")}</dd>
      </div>
      <div class="simulated">
        <dt>a step takes (simulated)</dt>
        <dd>{simulated ? timeText(simulated.step_s) : "…"}</dd>
        <dd class="hint">{simulated ? `${Number(simulated.samples_per_s.toPrecision(3))} samples/s; busy ${(100 * busyOf(simulated)).toPrecision(3)} %` : ""}</dd>
      </div>
    </dl>
  );
}

function StudyView({ name, study, held }: { name: string; study: Description; held: Record<string, string> }) {
  const [state, setState] = useState<State>(() => stateFrom(study, held));
  const answers = useAnswers(name, study.over, state);
  const change = (key: string, value: number | string) => setState((before) => ({ ...before, [key]: value }));
  useEffect(() => writeAddress(addressOf(name, study, state)), [name, study, state]);
  const chart = useMemo(() => chartOf(study.over, answers.label, answers.formula, answers.simulated), [answers]);
  const own = answers.simulated.find((point) => point.at === state[study.over]);
  const levers = study.levers.filter((lever) => lever.name !== "microbatches" || study.strategies[state.strategy as number].has_microbatches);
  return (
    <>
      <header>
        <h1>{study.question}</h1>
        {study.task && <p class="task">{study.task}</p>}
      </header>
      <div class="bench">
        <form class="levers" aria-label="what to change" onSubmit={(event) => event.preventDefault()}>
          <Choose
            name="strategy"
            label="strategy"
            options={study.strategies.map(({ label }) => label)}
            value={state.strategy as number}
            change={(index) => change("strategy", index)}
          />
          <Choose
            name="codec"
            label="codec of what is sent"
            options={study.codecs}
            value={study.codecs.indexOf(String(state.codec))}
            change={(index) => change("codec", study.codecs[index])}
          />
          {levers.map((lever) => (
            <SliderFor key={lever.name} lever={lever} value={Number(state[lever.name])} change={(value) => change(lever.name, value)} />
          ))}
          <button type="button" onClick={() => setState(stateFrom(study, {}))}>
            as the scenario says
          </button>
          <p class="status" aria-live="polite">
            {answers.error ? <span class="error">{answers.error}</span> : answers.status}
          </p>
        </form>
        <main>
          <Numbers answers={answers} at={Number(state[study.over])} />
          {chart && <Figure chart={chart} />}
        </main>
      </div>
      {own?.timeline && (
        <section id="run">
          <h2>The simulated run</h2>
          <Moves timeline={own.timeline} />
          <TimelineView timeline={own.timeline} />
        </section>
      )}
      <WholeStudy name={name} />
    </>
  );
}

function Page() {
  const held = useRef(readAddress());
  const [names, setNames] = useState<string[]>([]);
  const [name, setName] = useState("");
  const [study, setStudy] = useState<Description | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    ask<{ studies: string[] }>("studies", {})
      .then(({ studies }) => {
        setNames(studies);
        setName(studies.includes(held.current.study) ? held.current.study : studies[0]);
      })
      .catch((failed: Error) => setError(failed.message));
  }, []);
  useEffect(() => {
    if (!name) return;
    setStudy(null);
    setError("");
    ask<Description>("study", { study: name })
      .then(setStudy)
      .catch((failed: Error) => setError(failed.message));
  }, [name]);
  return (
    <>
      <nav>
        <span class="name">tandem serve</span>
        <select aria-label="which study" value={name} onChange={(event) => setName((event.target as HTMLSelectElement).value)}>
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </nav>
      {error && <p class="error">{error}</p>}
      {study && <StudyView key={name} name={name} study={study} held={held.current.study === name ? held.current : {}} />}
    </>
  );
}

const place = document.getElementById("page");
if (place) render(<Page />, place);
