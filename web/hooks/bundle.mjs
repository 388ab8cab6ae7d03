// Bundles the editor before cargo runs. Writes only when the bytes differ: a new time stamp alone would rebuild the wasm.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = new URL("../", import.meta.url);
const target = new URL("generated/editor.js", web);

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("js/editor.js", web))],
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  write: false,
});
const before = await readFile(target, "utf8").catch(() => null);
if (before !== outputFiles[0].text) {
  await mkdir(new URL(".", target), { recursive: true });
  await writeFile(target, outputFiles[0].text);
}
