// Copies that the build makes calls of do what `memory.copy` did: every length, overlaps in both directions, and out of bounds.
import assert from "node:assert/strict";
import { test } from "node:test";
import binaryen from "binaryen";
import { shareCopies } from "../../web/hooks/copies.mjs";
import { assemble, sections } from "../../web/hooks/wasm.mjs";

const LENGTHS = Array.from({ length: 301 }, (_, length) => length);
const PAGE = 65536;

/** A module that copies so many bytes in two functions a length: what occurs once is left alone. */
function original() {
  const copy = (length, name) =>
    `(func (export "${name}${length}") (param i32 i32) (memory.copy (local.get 0) (local.get 1) (i32.const ${length})))`;
  const functions = LENGTHS.flatMap((length) => [copy(length, "a"), copy(length, "b")]);
  const module = binaryen.parseText(`(module (memory (export "memory") 1) ${functions.join("\n")})`);
  module.setFeatures(binaryen.Features.BulkMemory | binaryen.Features.BulkMemoryOpt);
  const bytes = Buffer.from(module.emitBinary());
  module.dispose();
  return bytes;
}

const instance = (bytes) => new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;

/** The memory after a copy within bytes that are all different from their neighbours; null if it traps. */
function after(exports, name, to, from) {
  const memory = new Uint8Array(exports.memory.buffer);
  for (let at = 0; at < memory.length; at++) memory[at] = (at * 7 + (at >> 8)) & 0xff;
  try {
    exports[name](to, from);
  } catch (error) {
    assert.ok(error instanceof WebAssembly.RuntimeError);
    return null;
  }
  return Buffer.from(memory);
}

const before = original();
const all = sections(before);
const shared = assemble(shareCopies(all));
const [wanted, got] = [instance(before), instance(shared)];

test("copies are calls", () => {
  const copies = (bytes) => bytes.toString("latin1").split("\xfc\x0a\x00\x00").length - 1;
  assert.ok(copies(before) >= 2 * LENGTHS.length);
  assert.ok(copies(Buffer.from(shared)) < LENGTHS.length);
});

test("every length, apart and overlapping", () => {
  for (const length of LENGTHS) {
    for (const [to, from] of [[1000, 5000], [1000, 1000], [1001, 1000], [1000, 1001], [1000 + (length >> 1), 1000]]) {
      for (const name of [`a${length}`, `b${length}`]) {
        assert.deepEqual(after(got, name, to, from), after(wanted, name, to, from), `${name} to ${to} from ${from}`);
      }
    }
  }
});

test("out of bounds is a trap", () => {
  for (const length of LENGTHS.slice(1)) {
    for (const [to, from] of [[PAGE - length + 1, 0], [0, PAGE - length + 1], [-1, 0]]) {
      assert.equal(after(wanted, `a${length}`, to, from), null);
      assert.equal(after(got, `a${length}`, to, from), null, `${length} to ${to} from ${from}`);
    }
  }
});
