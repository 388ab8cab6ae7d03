// Puts the functions of a module into an order in which it compresses better: those of one type with the same local variables
// beside each other, in the order of their instructions. wasm-bindgen leaves them in an order of its own, so nothing is lost by it.
//
// Leaves out what only a function that is never entered calls: of the SQL parser, the grammar of queries. An expression could
// lead there as far as the linker sees; `leads_to_a_query` in core/src/parse/inside/dialect.rs holds that none does. So no query is
// ever made, and what would take one down again is never entered either.
import { Reader, SECTION, importedFunctions, instruction, leb128, list, section } from "./wasm.mjs";

/** Instructions that name a function: two calls, and one that takes its address. */
const NAMES_FUNCTION = new Set([0x10, 0x12, 0xd2]);

/** Instructions up to the `end` that closes them, with the functions that they name renumbered. */
function instructions(reader, renumbered) {
  const parts = [];
  let start = reader.at;
  for (let depth = 1; depth > 0; ) {
    const operand = reader.at + 1;
    const code = instruction(reader);
    if (NAMES_FUNCTION.has(code)) {
      parts.push(reader.bytes.subarray(start, operand), leb128(renumbered(new Reader(reader.bytes, operand).number())));
      start = reader.at;
    }
    if (code >= 0x02 && code <= 0x04) depth++;
    else if (code === 0x0b) depth--;
  }
  return Buffer.concat([...parts, reader.since(start)]);
}

/** What was passed by `skip`, as it is. */
function kept(reader, skip) {
  const start = reader.at;
  skip(reader);
  return reader.since(start);
}

/** One segment of a table: functions by number or by expression. */
function element(reader, renumbered) {
  const flags = reader.number();
  const parts = [leb128(flags)];
  if (!(flags & 1)) {
    if (flags & 2) parts.push(kept(reader, () => reader.skip()));
    parts.push(instructions(reader, renumbered));
  }
  if (flags & 3) parts.push(kept(reader, () => reader.skip()));
  parts.push(list(reader, () => (flags & 4 ? instructions(reader, renumbered) : leb128(renumbered(reader.number())))));
  return Buffer.concat(parts);
}

/** The parts of a function: its local variables, its instructions. */
function parts(bytes) {
  const reader = new Reader(bytes);
  for (let count = reader.number(); count > 0; count--) reader.skip(2);
  return { locals: reader.since(0), code: bytes.subarray(reader.at) };
}

/** A body that is never run, and traps if it is. */
const NEVER = { locals: Buffer.from([0]), code: Buffer.from([0x00, 0x0b]) };

/** The functions that can be reached from outside or through a table, by their numbers. */
function reached(all, functions, imported) {
  const found = new Set();
  const open = [];
  const see = (index) => {
    if (!found.has(index)) open.push(index);
    found.add(index);
    return index;
  };
  list(section(all, SECTION.globals), (reader) => Buffer.concat([kept(reader, () => reader.skip(2)), instructions(reader, see)]));
  list(section(all, SECTION.exports), (reader) => {
    reader.name();
    const kind = reader.byte();
    const index = reader.number();
    if (kind === 0) see(index);
    return Buffer.alloc(0);
  });
  // Without a start this is 0, an import.
  see(section(all, SECTION.start).number());
  list(section(all, SECTION.elements), (reader) => element(reader, see));
  while (open.length > 0) {
    const index = open.pop();
    if (index >= imported) instructions(new Reader(functions[index - imported].code), see);
  }
  return found;
}

const NONE = new Set();

/** The sections of a module with its functions in the better order; those of `never` are not entered, and lead to those of `gone`. */
export function reorder(all, { never = NONE, gone = NONE } = {}) {
  const imported = importedFunctions(all);
  const types = [];
  list(section(all, SECTION.functions), (reader) => leb128(types[types.push(reader.number()) - 1]));
  const functions = [];
  list(section(all, SECTION.code), (reader) => {
    const size = reader.number();
    reader.at += size;
    const place = functions.length;
    const body = never.has(imported + place) ? NEVER : parts(reader.since(reader.at - size));
    functions.push({ place, ...body });
    return Buffer.alloc(0);
  });
  const used = reached(all, functions, imported);
  if ([...gone].some((index) => used.has(index))) throw new Error("a function that should be gone is still called");
  const ordered = functions
    .filter(({ place }) => used.has(imported + place))
    .toSorted((a, b) => types[a.place] - types[b.place] || Buffer.compare(a.locals, b.locals) || Buffer.compare(a.code, b.code));
  const places = new Map(ordered.map(({ place }, at) => [imported + place, imported + at]));
  const renumbered = (index) => (index < imported ? index : places.get(index));
  const rewritten = {
    [SECTION.functions]: () => Buffer.concat([leb128(ordered.length), ...ordered.map(({ place }) => leb128(types[place]))]),
    [SECTION.globals]: (body) => list(new Reader(body), (reader) => Buffer.concat([kept(reader, () => reader.skip(2)), instructions(reader, renumbered)])),
    [SECTION.exports]: (body) =>
      list(new Reader(body), (reader) => {
        let kind;
        const name = kept(reader, () => [reader.name(), (kind = reader.byte())]);
        const index = reader.number();
        return Buffer.concat([name, leb128(kind === 0 ? renumbered(index) : index)]);
      }),
    [SECTION.start]: (body) => leb128(renumbered(new Reader(body).number())),
    [SECTION.elements]: (body) => list(new Reader(body), (reader) => element(reader, renumbered)),
    [SECTION.code]: () =>
      Buffer.concat([
        leb128(ordered.length),
        ...ordered.flatMap(({ locals, code }) => {
          const reader = new Reader(code);
          const written = instructions(reader, renumbered);
          if (!reader.done) throw new Error("a function that goes on behind its end");
          return [leb128(locals.length + written.length), locals, written];
        }),
      ]),
  };
  return all.map(({ id, body }) => ({ id, body: rewritten[id]?.(body) ?? body }));
}

