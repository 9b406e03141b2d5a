/** Sends manifests to a cluster as a client would, one object at a time. */
import type { HttpCarrier } from "../../src/engine/base/http.ts";
import type { Playground } from "../../src/worker/playground.ts";
import type { Manifest } from "./collection.ts";

/** Answers come at once: the server has no network in between. */
export function send(
  carrier: HttpCarrier,
  method: string,
  path: string,
  body?: object,
): { status: number; text: string } {
  let status = 0;
  let text = "";
  carrier.send(
    {
      method,
      url: `http://localhost${path}`,
      headers: { "content-type": "application/json" },
      body: body === undefined ? "" : JSON.stringify(body),
    },
    {
      head: (code) => (status = code),
      data: (piece) => (text += piece),
      frame() {},
      end() {},
      fail: (errno) => (text = errno),
    },
  );
  return { status, text };
}

function discover(carrier: HttpCarrier, apiVersion: string): { kind: string; name: string; namespaced: boolean }[] {
  const path = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const { status, text } = send(carrier, "GET", path);
  if (status !== 200) return [];
  return (JSON.parse(text) as { resources: { kind: string; name: string; namespaced: boolean }[] }).resources;
}

/** Creates the object, in place of one of its name; what was refused is told in the server's words. */
export async function apply(
  playground: Playground,
  { object }: Manifest,
  namespaces: Set<string>,
): Promise<string | undefined> {
  const carrier = playground.apiServer({ anonymous: false });
  const { apiVersion, kind } = object;
  const resource = discover(carrier, apiVersion).find((item) => item.kind === kind && !item.name.includes("/"));
  if (resource === undefined)
    return `no matches for kind ${JSON.stringify(kind)} in version ${JSON.stringify(apiVersion)}`;
  const metadata = object.metadata ?? {};
  const namespace = resource.namespaced ? String(metadata["namespace"] ?? "default") : "";
  if (namespace !== "" && !namespaces.has(namespace)) {
    send(carrier, "POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
    namespaces.add(namespace);
    await playground.runUntil(playground.sim.now + 200);
  }
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const collection = `${root}${namespace === "" ? "" : `/namespaces/${namespace}`}/${resource.name}`;
  const post = (): { status: number; text: string } =>
    send(carrier, "POST", `${collection}?fieldValidation=Strict`, object);
  let answer = post();
  if (answer.status === 409 && metadata["name"] !== undefined && kind !== "Namespace") {
    send(carrier, "DELETE", `${collection}/${String(metadata["name"])}?gracePeriodSeconds=0`);
    await playground.runUntil(playground.sim.now + 200);
    answer = post();
  }
  // What can't be deleted was there from the beginning or is held by a finalizer; its like has been accepted before.
  if (answer.status === 409) return undefined;
  if (answer.status < 300) {
    if (kind === "CustomResourceDefinition") await playground.runUntil(playground.sim.now + 200);
    return undefined;
  }
  return (JSON.parse(answer.text) as { message: string }).message;
}
