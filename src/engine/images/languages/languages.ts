/** Images of programming languages: a shell with the language's own program. */
import type { Program } from "../../base/program.ts";
import { write } from "../../base/syscalls.ts";
import { defineImage } from "../define-image.ts";
import type { ImageDefinition } from "../define-image.ts";
import { git } from "../git.ts";
import { lazyTags, tags } from "../tags.ts";
import { interpreter, literal } from "./interpreter.ts";
import type { Language, Step } from "./interpreter.ts";
import { perlLanguage } from "./perl.ts";
import { pythonLanguage } from "./python.ts";

const SLIM = ["", "-slim", "-bookworm", "-slim-bookworm", "-bullseye"];

interface Packed {
  name: string;
  sizeMB: number;
  versions: string;
  suffixes?: readonly string[];
  cmd: readonly string[];
  /** The version that a tag without a whole one stands for. */
  newest: string;
  programs(version: string): Readonly<Record<string, Program>>;
}

function define({ name, sizeMB, versions, suffixes = SLIM, cmd, newest, programs }: Packed): ImageDefinition {
  return defineImage({
    name: `docker.io/library/${name}`,
    tags: lazyTags(() => ({
      ...tags(sizeMB, versions, suffixes),
      ...tags(sizeMB / 5, versions, ["-alpine"]),
    })),
    cmd,
    // **Simplified:** the same tools in the variants on Alpine.
    userland: "debian",
    programs: (tag) => {
      const asked = /^\d+(\.\d+)*/.exec(tag)?.[0];
      const version = asked === undefined ? newest : [...asked.split("."), "0", "0"].slice(0, 3).join(".");
      // The small variants have no git.
      const all = Object.entries({ ...(!/slim|alpine/.test(tag) && { "/usr/bin/git": git }), ...programs(version) });
      return Object.fromEntries(all.map(([path, run]) => [path, { kind: "program" as const, run }]));
    },
  });
}

/** A language whose programs need a compiler: it tells its version and refuses the rest. */
function compiler(title: string, versions: Readonly<Record<string, string>>): Program {
  return function* (_ctx, argv) {
    const version = versions[argv[1] ?? ""];
    if (version !== undefined) {
      yield* write(1, `${version}\n`);
      return 0;
    }
    yield* write(2, `${title}: this playground compiles and runs no programs; it only tells its version\n`);
    return 1;
  };
}

function printing(pattern: RegExp, end: string): (statement: string) => Step | undefined {
  return (statement) => {
    const value = literal(pattern.exec(statement)?.[1] ?? "");
    if (value !== undefined) return { prints: `${value}${end}` };
    const exit = /^(?:process\.)?exit(?:\s+|\()(\d+)\)?$/.exec(statement);
    if (exit !== null) return { exits: Number(exit[1]) };
    const slept = /^sleep(?:\s+|\()(\d+)\)?$/.exec(statement);
    return slept !== null && !statement.startsWith("process") ? { sleepsMs: Number(slept[1]) * 1000 } : undefined;
  };
}

function nodeLanguage(version: string): Language {
  return {
    title: "node",
    versions: { "--version": `v${version}`, "-v": `v${version}` },
    evaluates: ["-e", "--eval"],
    step: printing(/^console\.(?:log|info)\(([\s\S]*)\)$/, "\n"),
    missing: (path) => ({
      text: `node:internal/modules/cjs/loader:1228\n  throw err;\n  ^\n\nError: Cannot find module '${path}'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15) {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}\n\nNode.js v${version}`,
      code: 1,
    }),
  };
}

/** pip finds its index no more than others find the internet. */
const pip: Program = function* run(_ctx, argv) {
  if (argv[1] === "--version") {
    yield* write(1, "pip 25.2 from /usr/local/lib/python3/site-packages/pip (python 3)\n");
    return 0;
  }
  if (argv[1] !== "install") {
    yield* write(2, `ERROR: Drydock: of pip, install and --version are here, and install finds no index\n`);
    return 1;
  }
  const wanted = argv.slice(2).find((word) => !word.startsWith("-")) ?? "";
  yield* write(
    2,
    `WARNING: Retrying after connection broken by 'NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution': /simple/${wanted}/\nERROR: Could not find a version that satisfies the requirement ${wanted} (from versions: none)\nERROR: No matching distribution found for ${wanted}\n`,
  );
  return 1;
};

export const languages: readonly ImageDefinition[] = [
  define({
    name: "python",
    sizeMB: 400,
    versions: "latest 2.7 3 3.6..14 3.9.6 3.11.0..13 3.12.0..11 3.13.0..7",
    cmd: ["python3"],
    newest: "3.13.7",
    programs(version) {
      const run = interpreter(pythonLanguage(version));
      return {
        "/usr/local/bin/python": run,
        [`/usr/local/bin/python${version[0]}`]: run,
        "/usr/local/bin/pip": pip,
        [`/usr/local/bin/pip${version[0]}`]: pip,
      };
    },
  }),
  ...["docker.io/library/perl", "registry.k8s.io/perl"].map((name) => ({
    ...define({
      name: "perl",
      sizeMB: 336,
      versions: "latest 5 5.30 5.32 5.34 5.34.0..1 5.36 5.36.0..3 5.38 5.38.0..4 5.40 5.40.0..2 5.42 5.42.0",
      suffixes: ["", "-slim", "-bookworm", "-slim-bookworm"],
      cmd: ["perl"],
      newest: "5.42.0",
      programs: (version) => ({
        "/usr/local/bin/perl": (ctx, argv) => interpreter(perlLanguage(version, argv))(ctx, argv),
      }),
    }),
    name,
  })),
  define({
    name: "node",
    sizeMB: 394,
    versions: "latest lts 0.10.40 8 10 12 14 16 17..24 18.0.0 20.0.0 22.0.0",
    cmd: ["node"],
    newest: "24.9.0",
    programs: (version) => ({ "/usr/local/bin/node": interpreter(nodeLanguage(version)) }),
  }),
  define({
    name: "ruby",
    sizeMB: 375,
    versions: "latest 2 2.5..7 3 3.0..4",
    cmd: ["ruby"],
    newest: "3.4.6",
    programs: (version) => ({
      "/usr/local/bin/ruby": interpreter({
        title: "ruby",
        versions: { "--version": `ruby ${version} [x86_64-linux]`, "-v": `ruby ${version} [x86_64-linux]` },
        evaluates: ["-e"],
        step: printing(/^puts\s*\(?([\s\S]*?)\)?$/, "\n"),
        missing: (path) => ({ text: `ruby: No such file or directory -- ${path} (LoadError)`, code: 1 }),
      }),
    }),
  }),
  define({
    name: "golang",
    sizeMB: 298,
    versions: "latest 1 1.13..25",
    cmd: ["bash"],
    newest: "1.25.1",
    programs: (version) => ({
      "/usr/local/go/bin/go": compiler("go", { version: `go version go${version} linux/amd64` }),
      "/usr/local/bin/go": compiler("go", { version: `go version go${version} linux/amd64` }),
    }),
  }),
  ...["openjdk", "eclipse-temurin"].map((name) =>
    define({
      name,
      sizeMB: 240,
      versions: "latest 8 11 17 21 24 8-jdk 8-jre 11-jdk 11-jre 17-jdk 17-jre 21-jdk 21-jre",
      suffixes: ["", "-slim"],
      cmd: ["bash"],
      newest: "24.0.0",
      programs: (version) => ({
        "/usr/local/bin/java": compiler("java", {
          "-version": `openjdk version "${version}"`,
          "--version": `openjdk ${version}`,
        }),
      }),
    }),
  ),
];
