// Drops the custom sections "name" and "producers" from the wasm of a release build: an eighth of its size, and nothing
// at run time reads them. A post_build hook of Trunk, which has no switch for it.
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const CUSTOM = 0;
const DROPPED = new Set(["name", "producers"]);

function leb128(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value >>> 0, at];
  }
}

/** The module without the dropped sections. */
function strip(bytes) {
  const kept = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length; ) {
    const [size, body] = leb128(bytes, at + 1);
    const end = body + size;
    const dropped = bytes[at] === CUSTOM && DROPPED.has(customName(bytes, body));
    if (!dropped) kept.push(bytes.subarray(at, end));
    at = end;
  }
  return Buffer.concat(kept);
}

function customName(bytes, body) {
  const [length, at] = leb128(bytes, body);
  return bytes.toString("utf8", at, at + length);
}

const { TRUNK_PROFILE: profile, TRUNK_STAGING_DIR: staging } = process.env;
if (profile === "release") {
  for (const name of (await readdir(staging)).filter((file) => file.endsWith(".wasm"))) {
    const path = join(staging, name);
    await writeFile(path, strip(await readFile(path)));
  }
}
