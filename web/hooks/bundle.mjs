// Bundles the editor and the style sheets before cargo runs. Writes only when the bytes differ: a new time stamp alone
// would make Trunk build again.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = new URL("../", import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, web));

const options = { outdir: path("generated"), bundle: true, format: "esm", target: "es2022", legalComments: "none", write: false };
// A release's scripts are minified by the hook that follows; what is small already would come out larger.
const scripts = { entryPoints: { editor: path("js/editor.js") }, minify: process.env.TRUNK_PROFILE !== "release" };
const styles = { entryPoints: { main: path("styles/main.css") }, minify: true };
const built = await Promise.all([scripts, styles].map((part) => build({ ...options, ...part })));
await mkdir(path("generated"), { recursive: true });
for (const { path: target, text } of built.flatMap(({ outputFiles }) => outputFiles)) {
  const before = await readFile(target, "utf8").catch(() => null);
  if (before !== text) await writeFile(target, text);
}
