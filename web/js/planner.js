// Starts a worker's wasm: that of the engines in the address. The page passes its build too, so that no cache can pair it
// with an old planner.
const { search, searchParams } = new URL(import.meta.url);

/** Loads a program of the page, which then runs. */
async function load(name) {
  const program = await import(`./lockstep-worker-${name}.js${search}`);
  await program.default({ module_or_path: new URL(`./lockstep-worker-${name}_bg.wasm${search}`, import.meta.url) });
  return program;
}

// Two schemas are compared by a program of its own, loaded when it is first asked for: what it found goes into the question, which
// then takes its way. Where it cannot be loaded, the planner says so; the next question tries again.
let differences;
addEventListener("message", (event) => {
  const [request] = Object.values(event.data.question ?? {});
  if (!request?.target_schema || request.sql?.trim() || event.data.compared) return;
  event.stopImmediatePropagation();
  differences ??= load("differences");
  differences
    .then(({ compared }) => {
      request.difference = compared(request.schema, request.target_schema, request.engine);
    })
    .catch(() => {
      differences = undefined;
    })
    .then(() => dispatchEvent(new MessageEvent("message", { data: { ...event.data, compared: true } })));
});

await load(searchParams.get("engine"));
