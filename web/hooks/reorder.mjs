// Puts the functions of a module into an order in which it compresses better: those of one type with the same local variables
// beside each other, in the order of their instructions. wasm-bindgen leaves them in an order of its own, so nothing is lost by it.
//
// Leaves out what only a function that is never entered calls: of the SQL parser, the grammar of queries. An expression could
// lead there as far as the linker sees; `leads_to_a_query` in core/src/parse/inside/dialect.rs holds that none does.
import { Reader, leb128, skipKind } from "./wasm.mjs";

const IMPORTS = 2;
const FUNCTIONS = 3;
const GLOBALS = 6;
const EXPORTS = 7;
const START = 8;
const ELEMENTS = 9;
const CODE = 10;

/** How many numbers follow an instruction; -1 where it is not that simple. */
function operands(code) {
  if ([0x0e, 0x10, 0x12, 0x1c, 0x43, 0x44, 0xd2, 0xfc].includes(code)) return -1;
  if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x3f, 0x40, 0x41, 0x42, 0xd0].includes(code)) return 1;
  if (code === 0x11 || code === 0x13) return 2;
  if (code >= 0x20 && code <= 0x26) return 1;
  if (code >= 0x28 && code <= 0x3e) return 2;
  if (code <= 0x01 || code === 0x05 || code === 0x0b || code === 0x0f || code === 0x1a || code === 0x1b) return 0;
  if ((code >= 0x45 && code <= 0xc4) || code === 0xd1) return 0;
  throw new Error(`an instruction ${code.toString(16)}`);
}

/** How many numbers follow each instruction behind the prefix 0xfc. */
const PREFIXED = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Instructions up to the `end` that closes them, with the functions that they name renumbered. */
function instructions(reader, renumbered) {
  const parts = [];
  let start = reader.at;
  for (let depth = 1; depth > 0; ) {
    const code = reader.byte();
    const count = operands(code);
    if (count > 0) reader.skip(count);
    else if (code === 0x10 || code === 0x12 || code === 0xd2) {
      parts.push(reader.since(start), leb128(renumbered(reader.number())));
      start = reader.at;
    } else if (code === 0x0e) reader.skip(reader.number() + 1);
    else if (code === 0x1c) reader.skip(reader.number());
    else if (code === 0x43) reader.at += 4;
    else if (code === 0x44) reader.at += 8;
    else if (code === 0xfc) {
      const more = PREFIXED[reader.number()];
      if (more === undefined) throw new Error("an instruction behind 0xfc");
      reader.skip(more);
    }
    if (code >= 0x02 && code <= 0x04) depth++;
    else if (code === 0x0b) depth--;
  }
  return Buffer.concat([...parts, reader.since(start)]);
}

/** A list: its length, then each of its items as `item` writes it. */
function list(reader, item) {
  const count = reader.number();
  return Buffer.concat([leb128(count), ...Array.from({ length: count }, () => item(reader))]);
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
function reached(section, functions, imported) {
  const found = new Set();
  const open = [];
  const see = (index) => {
    if (!found.has(index)) open.push(index);
    found.add(index);
    return index;
  };
  list(section(GLOBALS), (reader) => Buffer.concat([kept(reader, () => reader.skip(2)), instructions(reader, see)]));
  list(section(EXPORTS), (reader) => {
    reader.name();
    const kind = reader.byte();
    const index = reader.number();
    if (kind === 0) see(index);
    return Buffer.alloc(0);
  });
  // Without a start this is 0, an import.
  see(section(START).number());
  list(section(ELEMENTS), (reader) => element(reader, see));
  while (open.length > 0) {
    const index = open.pop();
    if (index >= imported) instructions(new Reader(functions[index - imported].code), see);
  }
  return found;
}

/** The sections of a module with its functions in the better order; those that `isNever` names are never entered. */
export function reorder(all, isNever) {
  const section = (id) => new Reader(all.find((section) => section.id === id)?.body ?? Buffer.from([0]));
  let imported = 0;
  list(section(IMPORTS), (reader) => {
    [reader.name(), reader.name()];
    if (skipKind(reader)) imported++;
    return Buffer.alloc(0);
  });
  const types = [];
  list(section(FUNCTIONS), (reader) => leb128(types[types.push(reader.number()) - 1]));
  const functions = [];
  list(section(CODE), (reader) => {
    const size = reader.number();
    reader.at += size;
    const place = functions.length;
    const body = isNever(imported + place) ? NEVER : parts(reader.since(reader.at - size));
    functions.push({ place, ...body });
    return Buffer.alloc(0);
  });
  const used = reached(section, functions, imported);
  const ordered = functions
    .filter(({ place }) => used.has(imported + place))
    .toSorted((a, b) => types[a.place] - types[b.place] || Buffer.compare(a.locals, b.locals) || Buffer.compare(a.code, b.code));
  const places = new Map(ordered.map(({ place }, at) => [imported + place, imported + at]));
  const renumbered = (index) => (index < imported ? index : places.get(index));
  const rewritten = {
    [FUNCTIONS]: () => Buffer.concat([leb128(ordered.length), ...ordered.map(({ place }) => leb128(types[place]))]),
    [GLOBALS]: (body) => list(new Reader(body), (reader) => Buffer.concat([kept(reader, () => reader.skip(2)), instructions(reader, renumbered)])),
    [EXPORTS]: (body) =>
      list(new Reader(body), (reader) => {
        let kind;
        const name = kept(reader, () => [reader.name(), (kind = reader.byte())]);
        const index = reader.number();
        return Buffer.concat([name, leb128(kind === 0 ? renumbered(index) : index)]);
      }),
    [START]: (body) => leb128(renumbered(new Reader(body).number())),
    [ELEMENTS]: (body) => list(new Reader(body), (reader) => element(reader, renumbered)),
    [CODE]: () =>
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

