import { defineCommand } from "../command.ts";
import { mapLines } from "../lines.ts";

export const cut = defineCommand({
  name: "cut",
  usage: `
Usage: cut OPTION... [FILE]...
Print selected parts of lines from each FILE to standard output.

  -b LIST, -c LIST  these bytes, characters     -f LIST  these fields
  -d DELIM  instead of TAB                      -s  not lines without delimiters
  --complement, --output-delimiter=STRING`,
  options: {
    flags: "sn",
    values: "bcfd",
    long: {
      "bytes=": "b",
      "characters=": "c",
      "fields=": "f",
      "delimiter=": "d",
      "only-delimited": "s",
      complement: "complement",
      "output-delimiter=": "out",
    },
  },
  *run(io) {
    const list = io.value("f") ?? io.value("c") ?? io.value("b");
    if (list === undefined) return yield* io.misuse("you must specify a list of bytes, characters, or fields");
    const ranges = parseRanges(list);
    if (ranges === undefined) return yield* io.misuse(`invalid field range`);
    const delimiter = io.value("d") ?? "\t";
    if ([...delimiter].length > 1) return yield* io.misuse("the delimiter must be a single character");
    const glue = io.value("out") ?? (io.value("f") === undefined ? "" : delimiter);
    const wanted = (index: number): boolean =>
      ranges.some(([from, to]) => index >= from && index <= to) !== io.has("complement");
    return yield* io.eachInput((fd) =>
      mapLines(fd, (line) => {
        if (io.value("f") === undefined) return [...line].filter((_, at) => wanted(at + 1)).join(glue);
        if (!line.includes(delimiter)) return io.has("s") ? undefined : line;
        return line
          .split(delimiter)
          .filter((_, at) => wanted(at + 1))
          .join(glue);
      }),
    );
  },
});

/** `1,3-5,7-` */
function parseRanges(text: string): [number, number][] | undefined {
  const ranges: [number, number][] = [];
  for (const part of text.split(",")) {
    const match = /^(\d*)(-?)(\d*)$/.exec(part);
    if (match === null || (match[1] === "" && match[3] === "") || match[1] === "0") return undefined;
    const from = match[1] === "" ? 1 : Number(match[1]);
    ranges.push([from, match[2] === "" ? from : match[3] === "" ? Number.POSITIVE_INFINITY : Number(match[3])]);
  }
  return ranges;
}
