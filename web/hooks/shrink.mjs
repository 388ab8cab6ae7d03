// Makes a release build smaller: a post_build hook of Trunk, which has no switches for any of it.
// - The custom sections "name" and "producers" go; nothing at run time reads them.
// - The scripts are minified, by terser: the editor comes out 6 kB smaller (compressed) than by esbuild.
// - Constants that are added to an address become part of the instruction that uses it.
// - What the two call each other by is shortened: names with hashes, twice, which do not compress.
// - The wasm goes through wasm-opt: functions alike become one, and -O1 makes code that compresses better than -Oz does (measured),
//   and better still without parameters that nobody reads and without hints at alignment, which promise nothing.
// - Copies of a length that is known are calls.
// - The functions of the wasm are put into an order that compresses better, and what no expression leads to is left out.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import binaryen from "binaryen";
import { minify } from "terser";
import { shareCopies } from "./copies.mjs";
import { reorder } from "./reorder.mjs";
import { Reader, SECTION, assemble, functionNames, leb128, named, sections, skipKind } from "./wasm.mjs";

const DROPPED = new Set(["name", "producers"]);
/** Names that wasm-bindgen made up; others (`memory`) stay. */
const MADE_UP = /^(__wbg|__wbindgen|__externref|wasm_bindgen__|.*__h[0-9a-f]{16}$)/;

/**
 * Where the grammar of queries begins, and what would take a query down that it had read. Only two functions make a query: the
 * first, and one that must be gone where the first is never entered. (What the compiler could merge the second with for having the
 * same code takes down what only a query contains.)
 */
const QUERIES = /sqlparser.*parser.*Parser.*parse_query(17h[0-9a-f]{16}E|::h[0-9a-f]{16})?$/;
const DROPPED_QUERY = /drop_in_place(::)?<sqlparser[^<>,]*::query::Query>(17h[0-9a-f]{16}E|::h[0-9a-f]{16})?$/;
const ALSO_MAKES_QUERY = /sqlparser.*parser.*Parser.*parse_table_(factor|and_joins)/;

/**
 * How the library writes floats, 5 kB of a planner: ours are written by whole numbers (`tenths` in core/src/words.rs), serde_json has
 * writing of its own, also in its errors. That none is written otherwise is seen by the browser test that asks for every plan of the
 * fixtures: it would trap.
 */
const FLOATS = /^<f64 as .*fmt::Display>::fmt$/;

/** The name of a worker's program, and of the one that reads no SQL. */
const PROGRAM = /^lockstep-worker-(\w+)_bg/;
const WRITES = "texts";

/** A section of imports or exports with short names. */
function rename(id, body, short) {
  const reader = new Reader(body);
  const count = reader.number();
  const parts = [leb128(count)];
  for (let i = 0; i < count; i++) {
    if (id === SECTION.imports) parts.push(named(reader.name()));
    parts.push(named(short(reader.name())));
    const start = reader.at;
    if (id === SECTION.imports) skipKind(reader);
    else [reader.byte(), reader.number()];
    parts.push(reader.since(start));
  }
  return Buffer.concat(parts);
}

/** What browsers of the last years read, and the compiler uses. */
const FEATURES = ["MutableGlobals", "BulkMemory", "BulkMemoryOpt", "SignExt", "NontrappingFPToInt", "ReferenceTypes", "Multivalue", "CallIndirectOverlong"];

/** Once more over what has become of locals and blocks: 3 kB less of a planner, compressed. */
const AGAIN = ["optimize-instructions", "precompute", "simplify-locals-nostructure", "rse", "merge-locals", "coalesce-locals", "remove-unused-brs", "vacuum", "reorder-locals"];

/** What wasm-opt makes of a module. */
function optimised(bytes) {
  const module = binaryen.readBinary(bytes);
  module.setFeatures(FEATURES.reduce((all, name) => all | binaryen.Features[name], 0));
  binaryen.setOptimizeLevel(1);
  binaryen.setShrinkLevel(0);
  // The first kilobyte is the far end of the stack: no address there is ever computed by adding to one below it.
  binaryen.setLowMemoryUnused(true);
  module.runPasses(["duplicate-function-elimination"]);
  module.optimize();
  module.runPasses(["dae-optimizing", "optimize-added-constants-propagate", ...AGAIN, "dealign"]);
  const out = Buffer.from(module.emitBinary());
  module.dispose();
  return out;
}

/** The module without the dropped sections and functions, and the names that were shortened. */
function shrink(bytes, program) {
  const renamings = new Map();
  const short = (name) => {
    if (!MADE_UP.test(name)) return name;
    if (!renamings.has(name)) renamings.set(name, `$${renamings.size.toString(36)}`);
    return renamings.get(name);
  };
  const isDropped = ({ id, body }) => id === SECTION.custom && DROPPED.has(new Reader(body).name());
  const isNamed = ({ id }) => id === SECTION.imports || id === SECTION.exports;
  const all = sections(bytes);
  const names = [...functionNames(all)];
  const called = (pattern) => new Set(names.filter(([, name]) => pattern.test(name)).map(([index]) => index));
  const [queries, dropped] = [called(QUERIES), called(DROPPED_QUERY)];
  const reads = program && program !== WRITES;
  if (reads && queries.size !== 1) throw new Error(`${queries.size} functions that begin the grammar of queries, not one`);
  if (reads && dropped.size === 0) throw new Error("no function that takes a query down");
  const floats = reads ? called(FLOATS) : new Set();
  if (floats.size > 1) throw new Error(`${floats.size} functions that write a float, not one`);
  const kept = all.filter((section) => !isDropped(section));
  const needed = assemble(reorder(kept, { never: new Set([...queries, ...dropped, ...floats]), gone: called(ALSO_MAKES_QUERY) }));
  const better = sections(optimised(needed)).filter((section) => !isDropped(section));
  const renamed = better.map((section) => (isNamed(section) ? { ...section, body: rename(section.id, section.body, short) } : section));
  const module = assemble(reorder(shareCopies(renamed)));
  if (!WebAssembly.validate(module)) throw new Error("the hook has broken a module");
  return { module, renamings };
}

const { TRUNK_PROFILE: profile, TRUNK_STAGING_DIR: staging } = process.env;
if (profile === "release") {
  const files = await readdir(staging);
  const texts = new Map();
  for (const file of files.filter((file) => file.endsWith(".js"))) texts.set(file, await readFile(join(staging, file), "utf8"));
  for (const file of files.filter((file) => file.endsWith("_bg.wasm"))) {
    const wasm = join(staging, file);
    const glue = file.replace("_bg.wasm", ".js");
    const { module, renamings } = shrink(await readFile(wasm), PROGRAM.exec(file)?.[1]);
    await writeFile(wasm, module);
    texts.set(glue, texts.get(glue).replace(/[\w$]+/g, (word) => renamings.get(word) ?? word));
  }
  for (const [file, text] of texts) {
    const { code } = await minify(text, { module: true, ecma: 2022, compress: { passes: 2 }, format: { comments: false } });
    await writeFile(join(staging, file), code);
  }
}
