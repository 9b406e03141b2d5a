import type { Call } from "../base/syscalls.ts";
import { setTtyMode, write } from "../base/syscalls.ts";

/** A line of a terminal without echo, as passwords are typed; null when the input ends. */
export function* readSilently(fd: number): Call<string | null> {
  yield* setTtyMode(fd, "raw");
  let text = "";
  try {
    for (;;) {
      const keys = (yield { call: "read", fd }) as string | null;
      if (keys === null || keys.includes("\u0004")) return text === "" ? null : text;
      if (keys.includes("\u0003")) return null;
      for (const key of keys) {
        if (key === "\r" || key === "\n") return `${text}\n`;
        text = key === "\u007f" ? text.slice(0, -1) : text + key;
      }
    }
  } finally {
    yield* setTtyMode(fd, "cooked");
    yield* write(2, "");
  }
}
