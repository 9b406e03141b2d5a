/**
 * Random requests against a bare API server, and what must hold whatever they are: no crash and no 500, nothing invalid
 * stored, versions that only rise, watches that tell what lists tell, and the same end for the same seed.
 */
import type { KubeObject } from "../../../api/meta/object.ts";
import { keyOf } from "../../../api/meta/object.ts";
import { decode } from "../../../api/meta/decode.ts";
import { fieldErrorText } from "../../../api/meta/field-error.ts";
import type { ObjectList } from "../../../api/meta/request.ts";
import type { Resource } from "../../../api/meta/resource.ts";
import { resources } from "../../../api/registry.ts";
import { deepEqual, isObject } from "../../../base/json.ts";
import { RandomStreams } from "../../../sim/random.ts";
import { TestServer } from "../test-server.ts";
import { metadataErrors } from "../../validation.ts";
import { withRequiredFields } from "../../required-fields.ts";
import { Dice } from "./dice.ts";
import { RequestSource, type FuzzRequest } from "./random-requests.ts";

export interface FuzzOptions {
  seed: number;
  requests: number;
}

export interface FuzzReport {
  hash: string;
  /** Answers by status code. */
  statuses: Record<string, number>;
  /** Objects stored at the end. */
  objects: number;
}

/** What the server says of an error that it doesn't know: a defect. */
const CRASH = /^Internal error occurred: (?!failed calling webhook|error dialing backend|error sending request)/;
const CHECK_EVERY = 2000;
const MAX_TOKENS = 20;

/** Throws with the request that broke something. */
export function fuzz({ seed, requests }: FuzzOptions): FuzzReport {
  return new Fuzzer(seed).run(requests);
}

class Fuzzer {
  private readonly test: TestServer;
  private readonly source: RequestSource;
  private readonly tokens: string[] = [];
  private readonly statuses: Record<string, number> = {};
  /** What watches said: by resource, then by key. */
  private readonly seen = new Map<Resource, Map<string, KubeObject>>();
  private readonly kinds: readonly Resource[];

  constructor(seed: number) {
    this.test = new TestServer(seed);
    // Reviews are answered, never stored.
    this.kinds = resources.filter((resource) => !(resource.without?.includes("watch") ?? false));
    const dice = new Dice(new RandomStreams(seed).stream("fuzz"));
    this.source = new RequestSource(dice, resources, {
      stored: (resource, namespace, name) => this.stored(resource, namespace, name),
      tokens: this.tokens,
      revision: () => this.test.store.revision,
    });
    for (const resource of this.kinds) this.follow(resource);
  }

  run(requests: number): FuzzReport {
    for (let count = 1; count <= requests; count++) {
      const request = this.source.next();
      try {
        this.step(request);
        if (count % CHECK_EVERY === 0) this.compareWatches();
      } catch (error) {
        const { method, path, headers, body } = request;
        const shown = JSON.stringify({ method, path, headers, body });
        throw new Error(`request ${count}: ${(error as Error).message}\n${shown}`, { cause: error });
      }
    }
    this.compareWatches();
    let objects = 0;
    this.test.store.scan("", {}, () => {
      objects++;
      return true;
    });
    return { hash: this.test.server.hash(), statuses: this.statuses, objects };
  }

  private step({ method, path, headers, body, resource }: FuzzRequest): void {
    const { test } = this;
    const before = test.store.revision;
    const answer = test.http(method, path, { headers, body });
    this.statuses[answer.status] = (this.statuses[answer.status] ?? 0) + 1;
    if (answer.status >= 500) checkFailure(answer.status, answer.text);
    if (answer.status === 0 && answer.failure === "") throw new Error("no answer");
    if (test.store.revision < before) throw new Error("the revision fell");
    if (test.store.revision > before && resource !== undefined) {
      if (method === "GET") throw new Error("a read wrote");
      if (path.includes("dryRun=All")) throw new Error("a dry run wrote");
      if (answer.status >= 400) throw new Error(`a refused request wrote: ${answer.text}`);
      this.checkStored(before);
    }
    this.learn(answer.text);
    if (!answer.ended) answer.abort();
    test.settle();
  }

  /** Everything that was written since `before` is valid and decodes to itself. */
  private checkStored(before: number): void {
    for (const { current } of this.test.store.since(before)) {
      if (current === undefined) continue;
      const object = current.value;
      const resource = this.kinds.find(
        ({ kind, apiVersion }) => kind === object.kind && apiVersion === object.apiVersion,
      );
      if (resource === undefined) throw new Error(`stored as no known kind: ${object.apiVersion} ${object.kind}`);
      if (object.metadata.resourceVersion !== String(current.modRevision))
        throw new Error("stored under another version");
      const { object: decoded, unknownFields } = decode<KubeObject>(resource, JSON.parse(JSON.stringify(object)));
      if (unknownFields.length > 0) throw new Error(`stored with unknown fields: ${unknownFields.join()}`);
      if (!deepEqual(withRequiredFields(resource.structure, decoded), withRequiredFields(resource.structure, object))) {
        throw new Error(`decodes to something else: ${JSON.stringify(object)}`);
      }
      // Upstream lets an update of a few kinds pass what their create refuses.
      const ofKind = resource.validateUpdate?.(object, object) ?? resource.validate?.(object) ?? [];
      const errors = [...metadataErrors(resource, object), ...ofKind];
      if (errors.length > 0) {
        throw new Error(`stored and invalid: ${errors.map(fieldErrorText).join("; ")}: ${JSON.stringify(object)}`);
      }
    }
  }

  private follow(resource: Resource): void {
    const known = new Map<string, KubeObject>();
    this.seen.set(resource, known);
    let last = 0;
    this.test.server.watch<KubeObject>(
      {
        verb: "watch",
        resource,
        namespace: "",
        name: "",
        subresource: "",
        options: {},
        user: { name: "fuzz", uid: "", groups: ["system:masters"], extra: {} },
      },
      {
        onEvents: (events) => {
          for (const { type, object } of events) {
            const version = Number(object.metadata.resourceVersion);
            if (type !== "ADDED" && version <= last) throw new Error(`watch went back from ${last} to ${version}`);
            last = Math.max(last, version);
            if (type === "DELETED") known.delete(keyOf(object));
            else known.set(keyOf(object), object);
          }
        },
        onEnd: (reason) => {
          throw new Error(`a watch ended: ${reason}`);
        },
      },
    );
  }

  private compareWatches(): void {
    this.test.settle();
    for (const [resource, known] of this.seen) {
      const { items } = this.test.send<ObjectList<KubeObject>>(resource as Resource<never>, {
        verb: "list",
        namespace: "",
      }).object;
      const listed = this.everywhere(resource, items);
      const same = listed.length === known.size && listed.every((item) => deepEqual(known.get(keyOf(item)), item));
      if (!same) throw new Error(`watch and list of ${resource.id} differ`);
    }
  }

  private everywhere(resource: Resource, items: KubeObject[]): KubeObject[] {
    if (!resource.namespaced) return items;
    const { server } = this.test;
    const user = { name: "fuzz", uid: "", groups: ["system:masters"], extra: {} };
    const request = { verb: "list", resource, namespace: "", name: "", subresource: "", options: {}, user } as const;
    return server.request<ObjectList<KubeObject>>(request).object.items;
  }

  private stored(resource: Resource, namespace: string, name: string): KubeObject | undefined {
    return this.seen.get(resource)?.get(resource.namespaced ? `${namespace}/${name}` : name);
  }

  private learn(text: string): void {
    const token = /"continue":"([^"]+)"/.exec(text)?.[1];
    if (token === undefined) return;
    this.tokens.push(token);
    if (this.tokens.length > MAX_TOKENS) this.tokens.shift();
  }
}

function checkFailure(status: number, text: string): void {
  if (status !== 500) return;
  let message = text;
  try {
    const parsed: unknown = JSON.parse(text);
    if (isObject(parsed)) message = String(parsed["message"]);
  } catch {
    // YAML or a page: the text itself.
    message = /^message: *(.*)$/m.exec(text)?.[1]?.replace(/^["']/, "") ?? text;
  }
  // Other 500s are upstream's own: patches and applies that don't fit.
  if (CRASH.test(message)) throw new Error(`500: ${message}`);
}
