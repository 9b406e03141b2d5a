/**
 * Completion and hover from the API server's own schema, through monaco-yaml. Problems are not taken from there: they come
 * from the worker, in Kubernetes' words, and saying everything twice in two wordings would help nobody.
 */
import { configureMonacoYaml, type JSONSchema, type MonacoYamlOptions } from "monaco-yaml";
import { engine } from "../../state/engine.ts";
import { useKinds } from "../../state/kinds.ts";
import { monaco } from "./monaco.ts";

let started: Promise<void> | undefined;

export function startYaml(): Promise<void> {
  started ??= start();
  return started;
}

async function start(): Promise<void> {
  const shim = {
    ...monaco,
    editor: { ...monaco.editor, createWebWorker: createYamlWorker },
  };
  // monaco-yaml's types describe the Monaco before 0.55; what it calls is there.
  const yaml = configureMonacoYaml(shim as Parameters<typeof configureMonacoYaml>[0], await settings());
  // A definition adds kinds: they complete like those that were there.
  useKinds.subscribe(() => void settings().then((changed) => yaml.update(changed)));
}

async function settings(): Promise<MonacoYamlOptions> {
  const schema = (await engine().schema()) as JSONSchema;
  return {
    validate: false,
    completion: true,
    hover: true,
    format: { enable: false },
    schemas: [{ uri: "drydock://schema/kubernetes", fileMatch: ["**/*.yaml", "**/*.yml", "**/edit-*"], schema }],
  };
}

/**
 * Monaco 0.57 takes a running worker where monaco-yaml names a module. The worker's first message only wakes it and its
 * second is its settings, which is what the older Monaco used to send.
 */
function createYamlWorker(options: { createData?: unknown }): unknown {
  const worker = new Worker(new URL("./yaml.worker.ts", import.meta.url), { type: "module", name: "yaml" });
  worker.postMessage("ignore");
  worker.postMessage(options.createData);
  return monaco.editor.createWebWorker({ worker });
}
