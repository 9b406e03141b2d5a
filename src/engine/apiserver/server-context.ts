import type { KubeObject } from "../api/meta/object.ts";
import type { ApiRequest, ApiResponse } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { Simulation } from "../sim/simulation.ts";
import type { AdmissionChain } from "./admission/admission.ts";
import type { Authenticator } from "./auth/authentication/authenticator.ts";
import type { Authorizer } from "./auth/authorizer.ts";
import type { ServerSettings } from "./settings/server-settings.ts";
import type { ResourceHooks } from "./storage/resource-hooks.ts";
import type { LiveLists } from "./storage/live-lists.ts";
import type { ObjectStore } from "./storage/object-store.ts";
import type { PodsByNode } from "./storage/pods-by-node.ts";

export interface WebhookCall {
  /** With the address of the service. */
  url: string;
  body: unknown;
  timeoutMs: number;
  /** The name that the server's certificate has to have. */
  host: string;
  /** Whose certificates are trusted, in PEM. */
  authorities: string;
}

/** Sends JSON to an address of the cluster. Answers with the response's JSON, or why there is none. */
export type WebhookCaller = (call: WebhookCall) => { answer: unknown } | { failure: string; answered?: true };

/** What a verb needs of its server. */
export interface ServerContext {
  readonly sim: Simulation;
  readonly objects: ObjectStore;
  /** What admission reads at almost every request. */
  readonly lists: LiveLists;
  readonly podsByNode: PodsByNode;
  readonly admission: AdmissionChain;
  /** What it was told; another object after each change. */
  readonly settings: ServerSettings;
  readonly authenticator: Authenticator;
  readonly authorizer: Authorizer;
  /** What a resource does beside storing, by resource id (services take addresses). */
  readonly hooks: ReadonlyMap<string, ResourceHooks>;
  /** Where the objects of computed resources come from, by resource id. */
  readonly computed: ReadonlyMap<string, () => readonly KubeObject[]>;
  /** Posts a review to a service's cluster IP; undefined without a network to reach it by. */
  readonly callWebhook: () => WebhookCaller | undefined;
  /** Asks the server that an APIService names. */
  readonly askRemote: (request: ApiRequest) => ApiResponse;
  resourceById(id: string): Resource | undefined;
  /** The resource as it is stored, custom ones included. */
  resourceByKind(apiVersion: string, kind: string): Resource | undefined;
}
