// Bundles the editor and the style sheets before cargo runs. Writes only when the bytes differ: a new time stamp alone
// would make Trunk build again.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const web = new URL("../", import.meta.url);
const path = (relative) => fileURLToPath(new URL(relative, web));

const { outputFiles } = await build({
  entryPoints: { editor: path("js/editor.js"), main: path("styles/main.css") },
  outdir: path("generated"),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  write: false,
});
await mkdir(path("generated"), { recursive: true });
for (const { path: target, text } of outputFiles) {
  const before = await readFile(target, "utf8").catch(() => null);
  if (before !== text) await writeFile(target, text);
}
