// Starts the worker's wasm. The page passes its build in the address, so that no cache can pair it with an old planner.
const { search } = new URL(import.meta.url);
const { default: init } = await import(`./lockstep-worker.js${search}`);
await init({ module_or_path: new URL(`lockstep-worker_bg.wasm${search}`, import.meta.url) });
