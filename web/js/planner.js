// Starts a worker's wasm: that of the engines in the address. The page passes its build too, so that no cache can pair it
// with an old planner.
const { search, searchParams } = new URL(import.meta.url);
const name = `./lockstep-worker-${searchParams.get("engine")}`;
const { default: init } = await import(`${name}.js${search}`);
await init({ module_or_path: new URL(`${name}_bg.wasm${search}`, import.meta.url) });
