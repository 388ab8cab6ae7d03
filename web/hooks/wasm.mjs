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

/** The sections of a module: `{ id, body }`. */
export function sections(bytes) {
  const list = [];
  for (const reader = new Reader(bytes, 8); !reader.done; ) {
    const id = reader.byte();
    const size = reader.number();
    reader.at += size;
    list.push({ id, body: reader.since(reader.at - size) });
  }
  return list;
}

/** The names of functions by their numbers, as the custom section "name" has them. */
export function functionNames(all) {
  const found = new Map();
  for (const { id, body } of all) {
    const reader = new Reader(body);
    if (id !== 0 || reader.name() !== "name") continue;
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
export const assemble = (list) =>
  Buffer.concat([Buffer.from("\0asm\x01\0\0\0", "latin1"), ...list.flatMap(({ id, body }) => [Buffer.from([id]), leb128(body.length), body])]);
