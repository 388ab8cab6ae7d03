// Copies of a length that is known become calls: `i32.const 12, memory.copy` calls a function that copies 12 bytes by loads and
// stores. Rust moves strings and structs around in this way in some thousand places; the call takes fewer bytes than the two
// instructions, and less time than `memory.copy`, which browsers leave to a function outside of the wasm.
import { Reader, SECTION, importedFunctions, instruction, leb128, list, section, signedLeb128 } from "./wasm.mjs";

const LOCAL_GET = 0x20;
const CONST = 0x41;
const CALL = 0x10;
const END = 0x0b;
const COPY = 0xfc0a;

/** Longer ones are worth the way out of the wasm. */
const LONGEST_BY_LOADS = 128;

/** How many bytes are moved at once, by which load and which store. */
const MOVES = [[8, 0x29, 0x37], [4, 0x28, 0x36], [2, 0x2f, 0x3b], [1, 0x2d, 0x3a]];

/** A function of two addresses, to and from, that gives nothing back. */
const COPIER = Buffer.from([0x60, 2, 0x7f, 0x7f, 0]);

/** A body of a function after its length. */
const sized = (parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([leb128(body.length), body]);
};

/** A function that copies so many bytes. All is loaded before anything is stored: as `memory.copy` it may overlap. */
function copier(length) {
  const [to, from] = [[LOCAL_GET, 0], [LOCAL_GET, 1]];
  const [loads, stores] = [[], []];
  if (length > LONGEST_BY_LOADS) loads.push(Buffer.from([...to, ...from, CONST]), signedLeb128(length), Buffer.from([0xfc, 0x0a, 0, 0]));
  else {
    let at = 0;
    for (const [width, load, store] of MOVES) {
      for (; length - at >= width; at += width) {
        loads.push(Buffer.from([...to, ...from, load, 0]), leb128(at));
        stores.unshift(Buffer.from([store, 0]), leb128(at));
      }
    }
  }
  return sized([Buffer.from([0]), ...loads, ...stores, Buffer.from([END])]);
}

/** Reads a function and hands each copy of a known length over: where it begins, where it ends, its length. */
function eachCopy(body, found) {
  const reader = new Reader(body);
  for (let count = reader.number(); count > 0; count--) reader.skip(2);
  let [before, start] = [0, 0];
  while (!reader.done) {
    const at = reader.at;
    const code = instruction(reader);
    const isNegative = body[at - 1] & 0x40;
    if (code === COPY && before === CONST && !isNegative) found(start, reader.at, new Reader(body, start + 1).number());
    [before, start] = [code, at];
  }
}

/** The number of the type of functions that copy; -1 if the module has none. */
function typeOfCopiers(all) {
  let [place, number] = [0, -1];
  list(section(all, SECTION.types), (reader) => {
    const start = reader.at;
    reader.byte();
    // The parameters, then the results.
    for (let lists = 0; lists < 2; lists++) reader.skip(reader.number());
    if (reader.since(start).equals(COPIER)) number = place;
    place++;
    return Buffer.alloc(0);
  });
  return number;
}

/** The sections of a module in which copies of a length that occurs more than once are calls. */
export function shareCopies(all) {
  const type = typeOfCopiers(all);
  const bodies = [];
  list(section(all, SECTION.code), (reader) => {
    const size = reader.number();
    reader.at += size;
    bodies.push(reader.since(reader.at - size));
    return Buffer.alloc(0);
  });
  const times = new Map();
  for (const body of bodies) eachCopy(body, (_start, _end, length) => times.set(length, (times.get(length) ?? 0) + 1));
  const shared = type < 0 ? [] : [...times.keys()].filter((length) => times.get(length) > 1);
  const first = importedFunctions(all) + bodies.length;
  const copiers = new Map(shared.map((length, place) => [length, first + place]));
  const called = (body) => {
    const parts = [];
    let at = 0;
    eachCopy(body, (start, end, length) => {
      if (!copiers.has(length)) return;
      parts.push(body.subarray(at, start), Buffer.from([CALL]), leb128(copiers.get(length)));
      at = end;
    });
    return sized([...parts, body.subarray(at)]);
  };
  const count = bodies.length + shared.length;
  const types = section(all, SECTION.functions);
  types.number();
  const rewritten = {
    [SECTION.functions]: () => Buffer.concat([leb128(count), types.bytes.subarray(types.at), ...shared.map(() => leb128(type))]),
    [SECTION.code]: () => Buffer.concat([leb128(count), ...bodies.map(called), ...shared.map(copier)]),
  };
  return all.map(({ id, body }) => ({ id, body: rewritten[id]?.() ?? body }));
}
