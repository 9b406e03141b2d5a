import type { Draft, KubeObject } from "../api/meta/object.ts";
import type { ApiRequest, ObjectList, PatchType, RequestOptions, Verb } from "../api/meta/request.ts";
import type { Resource } from "../api/meta/resource.ts";
import type { UserInfo } from "../api/meta/user-info.ts";
import type { Transport } from "./transport.ts";

/** The verbs on one resource, as one user. `namespace` is "" for cluster-scoped resources; every failure is a `StatusError`. */
export interface ResourceClient<T extends KubeObject> {
  get(namespace: string, name: string): T;
  list(namespace: string, options?: RequestOptions): ObjectList<T>;
  create(draft: Draft<T>, options?: RequestOptions): T;
  /** Fails with Conflict when `metadata.resourceVersion` is set and not the stored one. */
  update(object: T, options?: RequestOptions): T;
  updateStatus(object: T, options?: RequestOptions): T;
  patch(
    namespace: string,
    name: string,
    patch: unknown,
    options?: RequestOptions & { type?: PatchType; subresource?: string },
  ): T;
  delete(namespace: string, name: string, options?: RequestOptions): void;
}

/** A client that acts as `user` (`system:kube-scheduler`, `system:node:worker-1` …). */
export class Client {
  readonly transport: Transport;
  readonly user: UserInfo;
  private readonly clients = new Map<Resource, ResourceClient<KubeObject>>();

  constructor(transport: Transport, user: UserInfo) {
    this.transport = transport;
    this.user = user;
  }

  resource<T extends KubeObject>(resource: Resource<T>): ResourceClient<T> {
    let client = this.clients.get(resource);
    if (client === undefined) {
      client = createResourceClient(this, resource);
      this.clients.set(resource, client);
    }
    return client as ResourceClient<T>;
  }

  /** Posts to a subresource that takes a body of its own: `binding`, `eviction`. */
  post<T extends KubeObject>(
    resource: Resource<T>,
    target: { namespace: string; name: string; subresource: string },
    body: unknown,
  ): unknown {
    const { namespace, name, subresource } = target;
    const request = this.build(resource, "create", { namespace, name, options: {} });
    return this.transport.request({ ...request, subresource, body }).object;
  }

  /** Puts a subresource that is no status: `approval`. */
  put<T extends KubeObject>(
    resource: Resource<T>,
    target: { namespace: string; name: string; subresource: string },
    body: T,
  ): unknown {
    const { namespace, name, subresource } = target;
    const request = this.build(resource, "update", { namespace, name, options: {} });
    return this.transport.request({ ...request, subresource, body }).object;
  }

  build<T extends KubeObject>(
    resource: Resource<T>,
    verb: Verb,
    target: { namespace: string; name: string; options: RequestOptions },
  ): ApiRequest {
    return {
      verb,
      resource,
      namespace: target.namespace,
      name: target.name,
      subresource: "",
      options: target.options,
      user: this.user,
    };
  }
}

const NO_OPTIONS: RequestOptions = {};

function createResourceClient<T extends KubeObject>(client: Client, resource: Resource<T>): ResourceClient<T> {
  const { transport } = client;
  const send = <R>(verb: Verb, target: Target, content?: Content): R => {
    const request = client.build(resource, verb, target);
    if (content !== undefined) {
      request.body = content.body;
      request.subresource = content.subresource ?? "";
      if (content.patchType !== undefined) request.patchType = content.patchType;
    }
    return transport.request<R>(request).object;
  };
  const update = (object: T, options: RequestOptions, subresource: string): T => {
    const { namespace = "", name } = object.metadata;
    return send("update", { namespace, name, options }, { body: object, subresource });
  };
  return {
    get: (namespace, name) => send("get", { namespace, name, options: NO_OPTIONS }),
    list: (namespace, options = NO_OPTIONS) => send("list", { namespace, name: "", options }),
    create: (draft, options = NO_OPTIONS) => {
      const namespace = draft.metadata.namespace ?? "";
      return send("create", { namespace, name: "", options }, { body: draft });
    },
    update: (object, options = NO_OPTIONS) => update(object, options, ""),
    updateStatus: (object, options = NO_OPTIONS) => update(object, options, "status"),
    patch: (namespace, name, body, { type = "strategic", subresource = "", ...options } = {}) =>
      send("patch", { namespace, name, options }, { body, patchType: type, subresource }),
    delete: (namespace, name, options = NO_OPTIONS) => void send("delete", { namespace, name, options }),
  };
}

interface Target {
  namespace: string;
  name: string;
  options: RequestOptions;
}

interface Content {
  body: unknown;
  subresource?: string;
  patchType?: PatchType;
}
