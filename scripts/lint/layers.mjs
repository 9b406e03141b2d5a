/**
 * Who may import whom. The table is the one of ARCHITECTURE.md ("Who may import whom"): change both together.
 * A part is the longest prefix below that a file's path has; every part may import itself.
 */
const ENGINE = (...parts) => parts.map((part) => `engine/${part}`);
const WHOLE_ENGINE = ENGINE(
  ..."base sim etcd api apiserver client controllers scheduler kubelet runtime userland images network storage diagnose cluster index".split(
    " ",
  ),
);

export const LAYERS = {
  "engine/base": [],
  "engine/sim": ENGINE("base"),
  "engine/api": ENGINE("base"),
  "engine/etcd": ENGINE("base", "sim"),
  "engine/apiserver": ENGINE("base", "sim", "api", "etcd"),
  "engine/client": ENGINE("base", "sim", "api"),
  "engine/controllers": ENGINE("base", "sim", "api", "client"),
  "engine/scheduler": ENGINE("base", "sim", "api", "client"),
  "engine/storage": ENGINE("base", "sim", "api", "client"),
  "engine/runtime": ENGINE("base", "sim"),
  "engine/userland": ENGINE("base", "runtime"),
  "engine/images": ENGINE("base", "sim", "runtime", "userland"),
  "engine/network": ENGINE("base", "sim", "api", "client", "runtime"),
  "engine/kubelet": ENGINE("base", "sim", "api", "client", "runtime", "network", "storage"),
  "engine/diagnose": ENGINE("base", "api", "scheduler", "network", "apiserver"),
  "engine/cluster": WHOLE_ENGINE,
  "engine/index": WHOLE_ENGINE,
  kubectl: ENGINE("base", "api"),
  docker: ENGINE("base", "runtime", "userland"),
  terminal: ENGINE("base", "runtime", "userland"),
  session: [...ENGINE("index", "base", "api", "client")],
  lessons: [...ENGINE("index", "base", "api", "client")],
  views: [...ENGINE("index", "base", "api", "client"), "worker/protocol"],
  "worker/protocol": [],
  worker: [...WHOLE_ENGINE, "kubectl", "docker", "terminal", "session", "lessons", "views", "worker/protocol"],
  cli: [...WHOLE_ENGINE, "kubectl", "docker", "terminal", "session", "lessons", "views", "worker", "worker/protocol"],
  ui: [],
};

/** Only types may cross here. */
const TYPES_ONLY = { ui: ["worker/protocol", "engine/api"], views: ["worker/protocol"] };

const PARTS = Object.keys(LAYERS).sort((a, b) => b.length - a.length);

export function partOf(path) {
  const inside = path.split("/src/").at(-1);
  return PARTS.find((part) => inside === `${part}.ts` || inside.startsWith(`${part}/`));
}

function resolve(from, specifier) {
  const parts = from.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "..") parts.pop();
    else if (step !== ".") parts.push(step);
  }
  return parts.join("/");
}

function check(context, node, typeOnly) {
  const specifier = node.source?.value;
  const file = context.filename.replaceAll("\\", "/");
  if (typeof specifier !== "string" || !specifier.startsWith(".") || !file.includes("/src/")) return;
  if (/\.test\.tsx?$|\/testing\//.test(file)) return;
  const from = partOf(file);
  const target = resolve(file, specifier);
  const to = target.includes("/src/") ? partOf(target) : undefined;
  if (from === undefined || to === undefined) {
    if (from !== undefined && target.includes("/src/"))
      context.report({ node, message: `"${specifier}" is in no part of the layer table (scripts/lint/layers.mjs).` });
    return;
  }
  if (from === "ui" && to === "ui") {
    const feature = (path) => /\/src\/ui\/features\/([^/]+)\//.exec(path)?.[1];
    if (feature(file) !== undefined && feature(target) !== undefined && feature(file) !== feature(target)) {
      context.report({
        node,
        message: "A feature never imports a feature: move what both need to ui/components or ui/state.",
      });
    }
    return;
  }
  if (from === to || LAYERS[from].includes(to) || (typeOnly && TYPES_ONLY[from]?.includes(to))) return;
  const hint = TYPES_ONLY[from]?.includes(to)
    ? "only types may cross here (import type)"
    : "see the table in scripts/lint/layers.mjs and ARCHITECTURE.md";
  context.report({ node, message: `${from} may not import ${to}: ${hint}.` });
}

const layers = {
  create(context) {
    return {
      ImportDeclaration: (node) => check(context, node, node.importKind === "type"),
      ImportExpression: (node) => check(context, node, false),
      ExportNamedDeclaration: (node) => check(context, node, node.exportKind === "type"),
      ExportAllDeclaration(node) {
        context.report({ node, message: "Name what you export: no `export *`." });
      },
    };
  },
};

/** In the engine the only clock is the simulation's: `new Date(ms)` formats, `new Date()` reads the wall clock. */
const noWallClock = {
  create(context) {
    return {
      NewExpression(node) {
        if (node.callee.name === "Date" && node.arguments.length === 0) {
          context.report({ node, message: "new Date() reads the wall clock: ask the simulation for `now`." });
        }
      },
    };
  },
};

export default { meta: { name: "drydock" }, rules: { layers, "no-wall-clock": noWallClock } };
