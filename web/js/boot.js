// Starts the page. Trunk writes the addresses of glue and wasm into this script's own tag.
const { js, wasm } = document.querySelector("script[data-js]").dataset;
try {
  const { default: init } = await import(new URL(js, document.baseURI));
  await init({ module_or_path: new URL(wasm, document.baseURI) });
} catch (error) {
  const message = document.createElement("p");
  message.setAttribute("role", "alert");
  message.textContent = `Lockstep could not start: ${error}. It needs a browser with WebAssembly (any of the last years).`;
  document.body.prepend(message);
  throw error;
}
