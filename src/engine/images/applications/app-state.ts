import { decodeFormText, decodePercent } from "../../base/percent.ts";
import type { ServerContext } from "../define-image.ts";

/** What a running process of an application keeps in its memory: gone when it ends, as in life. */
export function processState<T>(create: () => T): (ctx: ServerContext) => T {
  const states = new WeakMap<ServerContext, T>();
  return (ctx) => {
    let state = states.get(ctx);
    if (state === undefined) {
      state = create();
      states.set(ctx, state);
    }
    return state;
  };
}

/** Runs again and again, each time so long after the last has said that it is done. */
export function repeat(ctx: ServerContext, run: (again: (delayMs: number) => void) => void): void {
  run((delayMs) => ctx.after(delayMs, () => repeat(ctx, run)));
}

/** `name=value&other=x` of a query or a form. */
export function formOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.split("&").filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const [name = "", value = ""] = pair.split(/=(.*)/s).map(decodeFormText);
      return [name, value];
    }),
  );
}

/** What stands between the slashes of a path. */
export function pathWords(path: string): string[] {
  return path.split("/").slice(1).map(decodePercent);
}

/** A cookie that the client sent. */
export function cookieOf(headers: Readonly<Record<string, string>>, name: string): string | undefined {
  for (const pair of (headers["cookie"] ?? "").split(/; */))
    if (pair.startsWith(`${name}=`)) return pair.slice(name.length + 1);
  return undefined;
}

/** So many digits of hexadecimal at random. */
export function randomHex(ctx: ServerContext, digits: number): string {
  return Array.from({ length: digits }, () => ctx.random(16).toString(16)).join("");
}
