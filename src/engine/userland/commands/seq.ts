import { defineCommand } from "../command.ts";
import { formatPrintf } from "../printf-format.ts";

export const seq = defineCommand({
  name: "seq",
  usage:
    "Usage: seq [OPTION]... LAST\n  or:  seq [OPTION]... FIRST LAST\n  or:  seq [OPTION]... FIRST INCREMENT LAST\nPrint numbers from FIRST to LAST, in steps of INCREMENT.\n\n  -f FORMAT  printf style format\n  -s STRING  separator\n  -w  equal width with leading zeros",
  options: { none: true },
  *run(io) {
    const words = [...io.operands];
    let separator = "\n";
    let format: string | undefined;
    let equalWidth = false;
    while (/^-[^\d.]/.test(words[0] ?? "")) {
      const flag = words.shift() as string;
      if (flag === "-w" || flag === "--equal-width") equalWidth = true;
      else if (flag === "-s") separator = words.shift() ?? "";
      else if (flag.startsWith("-s")) separator = flag.slice(2);
      else if (flag === "-f") format = words.shift() ?? "%g";
      else return yield* io.misuse(`invalid option -- '${flag.slice(1)}'`);
    }
    if (words.length === 0) return yield* io.misuse("missing operand");
    if (words.length > 3) return yield* io.misuse(`extra operand '${words[3]}'`);
    const bad = words.find((word) => word === "" || Number.isNaN(Number(word)));
    if (bad !== undefined) return yield* io.misuse(`invalid floating point argument: '${bad}'`);
    const first = words.length > 1 ? Number(words[0]) : 1;
    const step = words.length === 3 ? Number(words[1]) : 1;
    const last = Number(words.at(-1));
    if (step === 0) return yield* io.misuse(`invalid Zero increment value: '${words[1]}'`);
    const digits = Math.max(
      0,
      ...words
        .slice(0, words.length === 1 ? 1 : -1)
        .concat(words.length === 1 ? [] : [])
        .map((word) => word.split(".")[1]?.length ?? 0),
    );
    const places = words.length === 1 ? 0 : digits;
    const width = equalWidth ? Math.max(first.toFixed(places).length, last.toFixed(places).length) : 0;
    let text = "";
    let any = false;
    for (let index = 0; ; index++) {
      const value = first + index * step;
      if (step > 0 ? value > last + 1e-10 : value < last - 1e-10) break;
      const shown =
        format === undefined
          ? pad(value.toFixed(places), width)
          : formatPrintf(format, [String(value)], { now: 0, quote: (each) => each }).text;
      text += any ? separator + shown : shown;
      any = true;
      if (text.length < 8192) continue;
      yield* io.out(text);
      text = "";
    }
    yield* io.out(any ? `${text}\n` : text);
    return 0;
  },
});

function pad(text: string, width: number): string {
  return text.startsWith("-") ? `-${text.slice(1).padStart(width - 1, "0")}` : text.padStart(width, "0");
}
