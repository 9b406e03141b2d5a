/** What mongosh is told: `db.things.find({…}).limit(3)`, `show dbs`, `use shop`. Objects are written as JavaScript writes them. */
import { MongoError } from "./documents.ts";

export interface MongoCall {
  /** `db`, `db.things`, `rs`, as a path. */
  path: readonly string[];
  calls: readonly { name: string; args: readonly unknown[] }[];
}

class Reader {
  private at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text.trim().replace(/;$/, "");
  }

  private fail(): never {
    throw new MongoError(`SyntaxError: this playground does not understand: ${this.text.slice(this.at)}`);
  }

  private take(pattern: RegExp): string | undefined {
    const sticky = new RegExp(`\\s*(?:${pattern.source})`, "y");
    sticky.lastIndex = this.at;
    const match = sticky.exec(this.text);
    if (match === null) return undefined;
    this.at = sticky.lastIndex;
    return match[1] ?? match[0].trim();
  }

  private value(): unknown {
    if (this.take(/\{/) !== undefined) {
      const object: Record<string, unknown> = {};
      while (this.take(/\}/) === undefined) {
        const name = this.take(/([\w$]+)/) ?? this.string();
        if (name === undefined || this.take(/:/) === undefined) this.fail();
        object[name as string] = this.value();
        if (this.take(/,/) === undefined && !/^\s*\}/.test(this.text.slice(this.at))) this.fail();
      }
      return object;
    }
    if (this.take(/\[/) !== undefined) return this.list(/\]/);
    const text = this.string();
    if (text !== undefined) return text;
    const word = this.take(/(-?\d+(?:\.\d+)?|true|false|null)/);
    return word === undefined ? this.fail() : JSON.parse(word);
  }

  private string(): string | undefined {
    const quoted = this.take(/("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')/);
    return quoted?.slice(1, -1).replace(/\\(.)/g, "$1");
  }

  private list(end: RegExp): unknown[] {
    const values: unknown[] = [];
    while (this.take(end) === undefined) {
      values.push(this.value());
      if (this.take(/,/) === undefined && !new RegExp(`^\\s*${end.source}`).test(this.text.slice(this.at))) this.fail();
    }
    return values;
  }

  call(): MongoCall {
    const path: string[] = [this.take(/([A-Za-z_]\w*)/) ?? this.fail()];
    const calls: { name: string; args: unknown[] }[] = [];
    while (this.take(/\./) !== undefined) {
      const name = this.take(/([\w$-]+)/) ?? this.fail();
      if (this.take(/\(/) !== undefined) calls.push({ name, args: this.list(/\)/) });
      else if (calls.length === 0) path.push(name);
      else calls.push({ name, args: [] });
    }
    if (this.at < this.text.length) this.fail();
    return { path, calls };
  }
}

export function parseCall(text: string): MongoCall {
  return new Reader(text).call();
}

/** As mongosh prints values. */
export function shown(value: unknown, indent = ""): string {
  if (typeof value === "string") return `'${value}'`;
  if (typeof value !== "object" || value === null) return String(value);
  const deeper = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[\n${value.map((each) => deeper + shown(each, deeper)).join(",\n")}\n${indent}]`;
  }
  const fields = Object.entries(value).map(([name, each]) =>
    name === "_id" && typeof each === "string" && /^[0-9a-f]{24}$/.test(each)
      ? `_id: ObjectId('${each}')`
      : `${name}: ${shown(each, deeper)}`,
  );
  if (fields.length === 0) return "{}";
  const line = `{ ${fields.join(", ")} }`;
  return line.length + indent.length <= 76 && !line.includes("\n")
    ? line
    : `{\n${fields.map((field) => deeper + field).join(",\n")}\n${indent}}`;
}
