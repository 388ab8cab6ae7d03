// Starts a worker's wasm: that of the engines in the address. The page passes its build too, so that no cache can pair it
// with an old planner.
const { search, searchParams } = new URL(import.meta.url);

/** Loads a program of the page, which then runs. */
async function load(name) {
  const program = await import(`./lockstep-worker-${name}.js${search}`);
  await program.default({ module_or_path: new URL(`./lockstep-worker-${name}_bg.wasm${search}`, import.meta.url) });
  return program;
}

// What a visit may do without is a program of its own, loaded when it is first asked for. Where it cannot be loaded, the next question
// tries again.
const beside = new Map();

/** A program that the planner does not hold; undefined when it cannot be loaded. */
function program(name) {
  if (!beside.has(name)) {
    const loading = load(name).catch(() => {
      beside.delete(name);
    });
    beside.set(name, loading);
  }
  return beside.get(name);
}

/** Puts what two schemas differ in into a request. Where nothing does, the planner says so. */
async function compare(request) {
  const differences = await program("differences");
  request.difference = differences?.compared(request.schema, request.target_schema, request.engine);
}

/** Puts sizes that are given as JSON into a table: planners read no JSON, and say so where nothing does. */
async function tabulate(request) {
  const texts = await program("texts");
  request.stats = texts?.table_of(request.stats) ?? request.stats;
}

/** Answers with a plan in the form in which it is taken away, or with the sizes in a pasted text. */
async function answer(id, { export: asked, read_sizes: pasted }) {
  const texts = await program("texts");
  if (!texts) return postMessage({ failed: { id, reason: "a part of the page could not be loaded" } });
  const content = asked ? texts.exported(asked, planner.planned(asked.request)) : texts.sizes_read(pasted);
  return postMessage({ answer: { id, content } });
}

addEventListener("message", (event) => {
  const { id, question, prepared } = event.data;
  const request = question?.plan ?? question?.export?.request;
  const needs = [
    [request?.target_schema && !request.sql?.trim(), compare],
    [/^\s*[[{]/.test(request?.stats ?? ""), tabulate],
  ].filter(([needed]) => needed && !prepared);
  if (!needs.length && !question?.export && question?.read_sizes === undefined) return;
  event.stopImmediatePropagation();
  // The question takes its way again when it is prepared. What stops a program stops the worker.
  const prepare = async () => {
    for (const [, step] of needs) await step(request);
    dispatchEvent(new MessageEvent("message", { data: { ...event.data, prepared: true } }));
  };
  (needs.length ? prepare() : answer(id, question)).catch(reportError);
});

const planner = await load(searchParams.get("engine"));
