// The page of a study: question, answer, figures, table, timelines, what was checked, where inputs come from, and how to
// do it again. Everything is in the page: it asks nothing of a network.
import { render } from "preact";
import { useState } from "preact/hooks";
import "uplot/dist/uPlot.min.css";
import "./style.css";
import { Figure } from "./chart";
import { readStudy, type Input, type Study, type Table } from "./study";
import { TimelineView } from "./timeline";

function TableView({ table }: { table: Table }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="results">
      <table>
        <thead>
          <tr>
            {table.columns.map((column) => (
              <th key={column.heading} class={column.is_text ? "" : "number"}>
                {column.heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, i) => (
            <tr key={i}>
              {row.map((cell, k) => (
                <td key={k} class={table.columns[k].is_text ? "" : "number"}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

const kindTexts: Record<Input["kind"], string> = {
  calibrated: "measured by calibration",
  published: "from a publication or data sheet",
  stated: "stated in the scenario",
  swept: "swept",
  default: "assumed: Tandem's default",
};

function Inputs({ inputs }: { inputs: Input[] }) {
  const [shown, setShown] = useState<string>("");
  const kinds = [...new Set(inputs.map((input) => input.kind))];
  const held = inputs.filter((input) => shown === "" || input.kind === shown);
  return (
    <>
      <p>
        Every input, and why it has its value.{" "}
        <select aria-label="which inputs" onChange={(event) => setShown((event.target as HTMLSelectElement).value)}>
          <option value="">all {inputs.length}</option>
          {kinds.map((kind) => (
            <option key={kind} value={kind}>
              {kindTexts[kind]} ({inputs.filter((input) => input.kind === kind).length})
            </option>
          ))}
        </select>
      </p>
      <div class="scroll tall" tabIndex={0} role="region" aria-label="inputs">
        <table>
          <thead>
            <tr>
              <th>key</th>
              <th>value</th>
              <th>evidence</th>
            </tr>
          </thead>
          <tbody>
            {held.map((input) => (
              <tr key={input.key}>
                <td>
                  <code>{input.key}</code>
                </td>
                <td class="value">{input.value}</td>
                <td class={`evidence ${input.kind}`}>{input.evidence}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Timelines({ study }: { study: Study }) {
  const [chosen, setChosen] = useState(0);
  return (
    <section id="timeline">
      <h2>Timeline</h2>
      {study.timelines.length > 1 && (
        <p>
          <select aria-label="which run" onChange={(event) => setChosen(Number((event.target as HTMLSelectElement).value))}>
            {study.timelines.map((timeline, i) => (
              <option key={timeline.run} value={i}>
                {timeline.run}
              </option>
            ))}
          </select>
        </p>
      )}
      <TimelineView key={chosen} timeline={study.timelines[chosen]} />
    </section>
  );
}

function List({ items }: { items: string[] }) {
  return (
    <ul>
      {items.map((item) => (
        <li key={item}>{item}</li>
      ))}
    </ul>
  );
}

function Page({ study }: { study: Study }) {
  return (
    <>
      <header>
        <p class="name">{study.name}</p>
        <h1>{study.question}</h1>
        <p class="setting">{study.setting}</p>
      </header>
      <main>
        <section id="answer">
          <h2>Answer</h2>
          {study.answers.length > 0 ? <List items={study.answers} /> : <p>The runs support no sentence beyond the table.</p>}
          {study.not_run.length > 0 && (
            <>
              <h3>Not run</h3>
              <List items={study.not_run} />
            </>
          )}
          {study.notes.length > 0 && <List items={study.notes} />}
        </section>
        <section id="figures">
          <h2>Figures</h2>
          {study.figures.map((chart) => (
            <Figure key={chart.name} chart={chart} />
          ))}
          {study.figures.length === 0 && <p>The scenario asks for no figure.</p>}
        </section>
        <section id="table">
          <h2>Results</h2>
          <TableView table={study.table} />
          {study.baseline && <p class="hint">{study.baseline}</p>}
        </section>
        {study.timelines.length > 0 && <Timelines study={study} />}
        <section id="checks">
          <h2>What was checked</h2>
          <List items={study.checks} />
        </section>
        <section id="inputs">
          <h2>Inputs</h2>
          <Inputs inputs={study.inputs} />
        </section>
        <section id="reproduce">
          <h2>Do it again</h2>
          <pre>{study.reproduce.commands.join("\n")}</pre>
          <dl>
            {study.reproduce.program.map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <details>
            <summary>The scenario</summary>
            <pre>{study.reproduce.scenario}</pre>
          </details>
        </section>
      </main>
    </>
  );
}

const place = document.getElementById("page");
if (place) render(<Page study={readStudy()} />, place);
