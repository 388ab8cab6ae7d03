// Makes a release build smaller: a post_build hook of Trunk, which has no switches for any of it.
// - The custom sections "name" and "producers" go; nothing at run time reads them.
// - The scripts are minified, by terser: the editor comes out 6 kB smaller (compressed) than by esbuild.
// - What the two call each other by is shortened: names with hashes, twice, which do not compress.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { minify } from "terser";

const CUSTOM = 0;
const IMPORTS = 2;
const EXPORTS = 7;
const DROPPED = new Set(["name", "producers"]);
/** Names that wasm-bindgen made up; others (`memory`) stay. */
const MADE_UP = /^(__wbg|__wbindgen|__externref|wasm_bindgen__|.*__h[0-9a-f]{16}$)/;

/** Reads a module piece by piece. */
class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  name() {
    const length = this.number();
    this.at += length;
    return this.bytes.toString("utf8", this.at - length, this.at);
  }
  /** The bytes since a place. */
  since(start) {
    return this.bytes.subarray(start, this.at);
  }
}

function leb128(value) {
  const out = [];
  do {
    out.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value);
  return Buffer.from(out);
}

const named = (text) => Buffer.concat([leb128(Buffer.byteLength(text)), Buffer.from(text)]);

/** What an import is, behind its two names. */
function skipKind(reader) {
  const limits = () => {
    const flags = reader.number();
    reader.number();
    if (flags & 1) reader.number();
  };
  const kind = reader.byte();
  if (kind === 0) reader.number();
  else if (kind === 1) [reader.byte(), limits()];
  else if (kind === 2) limits();
  else if (kind === 3) [reader.byte(), reader.byte()];
  else if (kind === 4) [reader.byte(), reader.number()];
  else throw new Error(`an import of kind ${kind}`);
}

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

/** The module without the dropped sections, and the names that were shortened. */
function shrink(bytes) {
  const names = new Map();
  const short = (name) => {
    if (!MADE_UP.test(name)) return name;
    if (!names.has(name)) names.set(name, `$${names.size.toString(36)}`);
    return names.get(name);
  };
  const parts = [bytes.subarray(0, 8)];
  for (const reader = new Reader(bytes, 8); reader.at < bytes.length; ) {
    const start = reader.at;
    const id = reader.byte();
    const size = reader.number();
    const from = reader.at;
    reader.at += size;
    if (id === CUSTOM && DROPPED.has(new Reader(bytes, from).name())) continue;
    if (id !== IMPORTS && id !== EXPORTS) parts.push(reader.since(start));
    else {
      const body = rename(id, reader.since(from), short);
      parts.push(Buffer.from([id]), leb128(body.length), body);
    }
  }
  return { module: Buffer.concat(parts), names };
}

const { TRUNK_PROFILE: profile, TRUNK_STAGING_DIR: staging } = process.env;
if (profile === "release") {
  const files = await readdir(staging);
  const texts = new Map();
  for (const file of files.filter((file) => file.endsWith(".js"))) texts.set(file, await readFile(join(staging, file), "utf8"));
  for (const file of files.filter((file) => file.endsWith("_bg.wasm"))) {
    const wasm = join(staging, file);
    const glue = file.replace("_bg.wasm", ".js");
    const { module, names } = shrink(await readFile(wasm));
    await writeFile(wasm, module);
    texts.set(glue, texts.get(glue).replace(/[\w$]+/g, (word) => names.get(word) ?? word));
  }
  for (const [file, text] of texts) {
    const { code } = await minify(text, { module: true, ecma: 2022, compress: { passes: 2 }, format: { comments: false } });
    await writeFile(join(staging, file), code);
  }
}
