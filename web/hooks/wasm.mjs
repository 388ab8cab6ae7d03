// Reading and writing WebAssembly modules, as far as the hook that shrinks them needs it.

/** Reads bytes from front to back. */
export class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  get done() {
    return this.at >= this.bytes.length;
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
  /** Passes numbers, of whatever width and sign. */
  skip(count = 1) {
    for (; count > 0; count--) while (this.byte() & 0x80);
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

export function leb128(value) {
  const out = [];
  do {
    out.push((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
    value >>>= 7;
  } while (value);
  return Buffer.from(out);
}

/** The same for a number that may be negative. */
export function signedLeb128(value) {
  const out = [];
  for (; value < -0x40 || value > 0x3f; value >>= 7) out.push((value & 0x7f) | 0x80);
  return Buffer.from([...out, value & 0x7f]);
}

export const named = (text) => Buffer.concat([leb128(Buffer.byteLength(text)), Buffer.from(text)]);

/** Passes what an import is, behind its two names. True for a function. */
export function skipKind(reader) {
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
  return kind === 0;
}

/** The sections by what they hold. */
export const SECTION = { custom: 0, types: 1, imports: 2, functions: 3, globals: 6, exports: 7, start: 8, elements: 9, code: 10 };

/** The sections of a module: `{ id, body }`. */
export function sections(bytes) {
  const found = [];
  for (const reader = new Reader(bytes, 8); !reader.done; ) {
    const id = reader.byte();
    const size = reader.number();
    reader.at += size;
    found.push({ id, body: reader.since(reader.at - size) });
  }
  return found;
}

/** Reads one of the sections; one that a module has not is an empty list. */
export const section = (all, id) => new Reader(all.find((section) => section.id === id)?.body ?? Buffer.from([0]));

/** A list: its length, then each of its items as `item` writes it. */
export function list(reader, item) {
  const count = reader.number();
  return Buffer.concat([leb128(count), ...Array.from({ length: count }, () => item(reader))]);
}

/** How many functions a module imports; their numbers come before its own. */
export function importedFunctions(all) {
  let imported = 0;
  list(section(all, SECTION.imports), (reader) => {
    [reader.name(), reader.name()];
    if (skipKind(reader)) imported++;
    return Buffer.alloc(0);
  });
  return imported;
}

/** How many numbers follow an instruction; -1 where it is not that simple. */
function operands(code) {
  if ([0x0e, 0x1c, 0x43, 0x44, 0xfc].includes(code)) return -1;
  if ([0x02, 0x03, 0x04, 0x0c, 0x0d, 0x10, 0x12, 0x3f, 0x40, 0x41, 0x42, 0xd0, 0xd2].includes(code)) return 1;
  if (code === 0x11 || code === 0x13) return 2;
  if (code >= 0x20 && code <= 0x26) return 1;
  if (code >= 0x28 && code <= 0x3e) return 2;
  if (code <= 0x01 || code === 0x05 || code === 0x0b || code === 0x0f || code === 0x1a || code === 0x1b) return 0;
  if ((code >= 0x45 && code <= 0xc4) || code === 0xd1) return 0;
  throw new Error(`an instruction ${code.toString(16)}`);
}

/** How many numbers follow each instruction behind the prefix 0xfc. */
const PREFIXED = [0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** Passes one instruction. Gives its code; behind the prefix 0xfc, 0xfc00 and what follows. */
export function instruction(reader) {
  const code = reader.byte();
  const count = operands(code);
  if (count >= 0) reader.skip(count);
  else if (code === 0x0e) reader.skip(reader.number() + 1);
  else if (code === 0x1c) reader.skip(reader.number());
  else if (code === 0x43) reader.at += 4;
  else if (code === 0x44) reader.at += 8;
  else {
    const behind = reader.number();
    if (PREFIXED[behind] === undefined) throw new Error("an instruction behind 0xfc");
    reader.skip(PREFIXED[behind]);
    return 0xfc00 + behind;
  }
  return code;
}

/** The names of functions by their numbers, as the custom section "name" has them. */
export function functionNames(all) {
  const found = new Map();
  for (const { id, body } of all) {
    const reader = new Reader(body);
    if (id !== SECTION.custom || reader.name() !== "name") continue;
    while (!reader.done) {
      const kind = reader.byte();
      const end = reader.number() + reader.at;
      if (kind === 1) for (let count = reader.number(); count > 0; count--) found.set(reader.number(), reader.name());
      reader.at = end;
    }
  }
  return found;
}

/** A module of these sections. */
export const assemble = (all) =>
  Buffer.concat([Buffer.from("\0asm\x01\0\0\0", "latin1"), ...all.flatMap(({ id, body }) => [Buffer.from([id]), leb128(body.length), body])]);
