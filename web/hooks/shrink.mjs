// Makes a release build smaller: a post_build hook of Trunk, which has no switches for any of it.
// - The custom sections "name" and "producers" go; nothing at run time reads them.
// - The scripts are minified, by terser: the editor comes out 6 kB smaller (compressed) than by esbuild.
// - What the two call each other by is shortened: names with hashes, twice, which do not compress.
// - The wasm goes through wasm-opt: functions alike become one, and -O1 makes code that compresses better than -Oz does (measured).
// - The functions of the wasm are put into an order that compresses better, and what no expression leads to is left out.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import binaryen from "binaryen";
import { minify } from "terser";
import { reorder } from "./reorder.mjs";
import { Reader, assemble, functionNames, leb128, named, sections, skipKind } from "./wasm.mjs";

const CUSTOM = 0;
const IMPORTS = 2;
const EXPORTS = 7;
const DROPPED = new Set(["name", "producers"]);
/** Names that wasm-bindgen made up; others (`memory`) stay. */
const MADE_UP = /^(__wbg|__wbindgen|__externref|wasm_bindgen__|.*__h[0-9a-f]{16}$)/;

/** Where the grammar of queries begins. */
const QUERIES = /sqlparser.*parser.*Parser.*parse_query(17h[0-9a-f]{16}E|::h[0-9a-f]{16})?$/;

/** A section of imports or exports with short names. */
function rename(id, body, short) {
  const reader = new Reader(body);
  const count = reader.number();
  const parts = [leb128(count)];
  for (let i = 0; i < count; i++) {
    if (id === IMPORTS) parts.push(named(reader.name()));
    parts.push(named(short(reader.name())));
    const start = reader.at;
    if (id === IMPORTS) skipKind(reader);
    else [reader.byte(), reader.number()];
    parts.push(reader.since(start));
  }
  return Buffer.concat(parts);
}

/** What browsers of the last years read, and the compiler uses. */
const FEATURES = ["MutableGlobals", "BulkMemory", "BulkMemoryOpt", "SignExt", "NontrappingFPToInt", "ReferenceTypes", "Multivalue", "CallIndirectOverlong"];

/** What wasm-opt makes of a module. */
function optimised(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(FEATURES.reduce((all, name) => all | binaryen.Features[name], 0));
  binaryen.setOptimizeLevel(1);
  binaryen.setShrinkLevel(0);
  module.runPasses(["duplicate-function-elimination"]);
  module.optimize();
  const out = Buffer.from(module.emitBinary());
  module.dispose();
  return out;
}

/** The module without the dropped sections and functions, and the names that were shortened. */
function shrink(bytes, isWorker) {
  const names = new Map();
  const short = (name) => {
    if (!MADE_UP.test(name)) return name;
    if (!names.has(name)) names.set(name, `$${names.size.toString(36)}`);
    return names.get(name);
  };
  const isDropped = ({ id, body }) => id === CUSTOM && DROPPED.has(new Reader(body).name());
  const isNamed = ({ id }) => id === IMPORTS || id === EXPORTS;
  const all = sections(bytes);
  const queries = new Set([...functionNames(all)].filter(([, name]) => QUERIES.test(name)).map(([index]) => index));
  if (isWorker && queries.size !== 1) throw new Error(`${queries.size} functions that begin the grammar of queries, not one`);
  const kept = all.filter((section) => !isDropped(section));
  const needed = assemble(reorder(kept, (index) => queries.has(index)));
  const better = sections(optimised(needed)).filter((section) => !isDropped(section));
  const renamed = better.map((section) => (isNamed(section) ? { ...section, body: rename(section.id, section.body, short) } : section));
  const module = assemble(reorder(renamed, () => false));
  if (!WebAssembly.validate(module)) throw new Error("the hook has broken a module");
  return { module, names };
}

const { TRUNK_PROFILE: profile, TRUNK_STAGING_DIR: staging } = process.env;
if (profile === "release") {
  const files = await readdir(staging);
  const texts = new Map();
  for (const file of files.filter((file) => file.endsWith(".js"))) texts.set(file, await readFile(join(staging, file), "utf8"));
  for (const file of files.filter((file) => file.endsWith("_bg.wasm"))) {
    const wasm = join(staging, file);
    const glue = file.replace("_bg.wasm", ".js");
    const { module, names } = shrink(await readFile(wasm), file.includes("worker"));
    await writeFile(wasm, module);
    texts.set(glue, texts.get(glue).replace(/[\w$]+/g, (word) => names.get(word) ?? word));
  }
  for (const [file, text] of texts) {
    const { code } = await minify(text, { module: true, ecma: 2022, compress: { passes: 2 }, format: { comments: false } });
    await writeFile(join(staging, file), code);
  }
}
