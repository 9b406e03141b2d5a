/** Paths and query strings, by hand: the engine has no `URL`. */
import { decodeFormText, decodePercent } from "../../base/percent.ts";

/** Decoded query parameters; a name may come several times. */
export class Query {
  private readonly values = new Map<string, string[]>();

  constructor(text: string) {
    for (const pair of text.split("&")) {
      if (pair === "") continue;
      const equals = pair.indexOf("=");
      const name = decodeFormText(equals < 0 ? pair : pair.slice(0, equals));
      const value = equals < 0 ? "" : decodeFormText(pair.slice(equals + 1));
      const known = this.values.get(name);
      if (known === undefined) this.values.set(name, [value]);
      else known.push(value);
    }
  }

  get(name: string): string | undefined {
    return this.values.get(name)?.[0];
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** As Go reads a boolean parameter: present and not "false" or "0". */
  flag(name: string): boolean {
    const value = this.get(name);
    return value !== undefined && value !== "false" && value !== "0";
  }
}

/** `name=value&…` with what is undefined left out. */
export function formatQuery(parameters: readonly (readonly [string, string | undefined])[]): string {
  return parameters
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

/** Path segments (decoded) and query of an absolute or a bare URL. */
export function parseUrl(url: string): { path: string; segments: string[]; query: Query; rawQuery: string } {
  const bare = url.replace(/^[a-z]+:\/\/[^/?#]*/i, "").replace(/#.*$/, "");
  const mark = bare.indexOf("?");
  const path = mark < 0 ? bare : bare.slice(0, mark);
  const rawQuery = mark < 0 ? "" : bare.slice(mark + 1);
  const segments = path
    .split("/")
    .filter((segment) => segment !== "")
    .map(decodePercent);
  return { path: path === "" ? "/" : path, segments, query: new Query(rawQuery), rawQuery };
}
