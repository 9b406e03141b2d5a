/**
 * The structs of a Go program, from the type descriptions that reflection reads at run time: which fields, how JSON names
 * them, whether they are pointers. Source: Go's internal/abi/type.go, layout of 64-bit programs since Go 1.21.
 */
import { readFileSync } from "node:fs";

export interface GoField {
  json: string;
  omitempty: boolean;
  pointer: boolean;
  /** A struct whose fields JSON writes into the parent. */
  inline: boolean;
  /** `k8s.io/api/core/v1.Container` when it is one, or a list or map of them. */
  struct: string;
}

const MAP = 21;
const POINTER = 22;
const SLICE = 23;
const STRUCT = 25;
const HAS_UNCOMMON = 1;
const EXTRA_STAR = 2;
const TYPE_SIZE = 48;

interface Section {
  address: number;
  offset: number;
  size: number;
}

/** Full name → fields, for every struct that something points to or that one of those holds. */
export function readGoStructs(path: string): Map<string, GoField[]> {
  const program = new GoProgram(readFileSync(path));
  return program.structs();
}

class GoProgram {
  private readonly bytes: Buffer;
  private readonly sections: Map<string, Section>;
  private readonly types: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.sections = readSections(bytes);
    this.types = this.section(".rodata").address;
  }

  structs(): Map<string, GoField[]> {
    const found = new Map<string, GoField[]>();
    const links = this.section(".typelink");
    const pending: number[] = [];
    for (let at = 0; at < links.size; at += 4) pending.push(this.types + this.bytes.readInt32LE(links.offset + at));
    const seen = new Set<number>();
    for (let type = pending.pop(); type !== undefined; type = pending.pop()) {
      if (seen.has(type)) continue;
      seen.add(type);
      const element = this.element(type);
      if (element !== undefined) pending.push(element);
      if (this.kind(type) !== STRUCT) continue;
      const fields = this.fields(type);
      pending.push(...fields.map((field) => field.type));
      found.set(
        this.fullName(type),
        fields.filter(({ json }) => json !== undefined).map((field) => this.describe(field)),
      );
    }
    return found;
  }

  private describe({ json = "", type }: { json?: string | undefined; type: number }): GoField {
    const [name = "", ...options] = json.split(",");
    let base = type;
    for (let inner = this.element(base); inner !== undefined; inner = this.element(base)) base = inner;
    return {
      json: name,
      omitempty: options.includes("omitempty"),
      pointer: this.kind(type) === POINTER,
      inline: name === "",
      struct: this.kind(base) === STRUCT ? this.fullName(base) : "",
    };
  }

  private fields(type: number): { json: string | undefined; type: number }[] {
    const first = this.word(type + 56);
    return Array.from({ length: this.word(type + 64) }, (_, index) => {
      const at = first + 24 * index;
      return { json: /json:"([^"]*)"/.exec(this.name(this.word(at)).tag)?.[1], type: this.word(at + 8) };
    });
  }

  private element(type: number): number | undefined {
    const kind = this.kind(type);
    if (kind === POINTER || kind === SLICE) return this.word(type + TYPE_SIZE);
    return kind === MAP ? this.word(type + TYPE_SIZE + 8) : undefined;
  }

  private kind(type: number): number {
    return (this.bytes[this.place(type) + 23] as number) & 31;
  }

  private fullName(type: number): string {
    const flags = this.bytes[this.place(type) + 20] as number;
    const { text } = this.name(this.types + this.int(type + 40));
    const name = (flags & EXTRA_STAR) === 0 ? text : text.slice(1);
    const path = (flags & HAS_UNCOMMON) === 0 ? 0 : this.int(type + 80);
    return path === 0 ? name : `${this.name(this.types + path).text}.${name.split(".").at(-1)}`;
  }

  private name(address: number): { text: string; tag: string } {
    let at = this.place(address);
    const tagged = ((this.bytes[at++] as number) & 2) !== 0;
    const read = (): string => {
      let size = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = this.bytes[at++] as number;
        size += (byte & 127) * scale;
        if (byte < 128) break;
      }
      at += size;
      return this.bytes.toString("utf8", at - size, at);
    };
    const text = read();
    return { text, tag: tagged ? read() : "" };
  }

  private word(address: number): number {
    return Number(this.bytes.readBigUInt64LE(this.place(address)));
  }

  private int(address: number): number {
    return this.bytes.readInt32LE(this.place(address));
  }

  private place(address: number): number {
    for (const { address: start, offset, size } of this.sections.values()) {
      if (address >= start && address < start + size) return offset + address - start;
    }
    throw new Error(`no section has the address ${address.toString(16)}`);
  }

  private section(name: string): Section {
    const section = this.sections.get(name);
    if (section === undefined) throw new Error(`the program has no section ${name}`);
    return section;
  }
}

/** Those that are loaded from the file, of a 64-bit ELF. */
function readSections(bytes: Buffer): Map<string, Section> {
  const table = Number(bytes.readBigUInt64LE(0x28));
  const size = bytes.readUInt16LE(0x3a);
  const count = bytes.readUInt16LE(0x3c);
  const header = (index: number) => {
    const at = table + size * index;
    const word = (offset: number): number => Number(bytes.readBigUInt64LE(at + offset));
    return {
      name: bytes.readUInt32LE(at),
      kind: bytes.readUInt32LE(at + 4),
      address: word(0x10),
      offset: word(0x18),
      size: word(0x20),
    };
  };
  const names = header(bytes.readUInt16LE(0x3e)).offset;
  const NO_BITS = 8;
  const sections = new Map<string, Section>();
  for (let index = 0; index < count; index++) {
    const { name, kind, address, offset, size: length } = header(index);
    const end = bytes.indexOf(0, names + name);
    if (kind !== NO_BITS && address !== 0)
      sections.set(bytes.toString("latin1", names + name, end), { address, offset, size: length });
  }
  return sections;
}
