/**
 * Admission: plugins that may change or refuse a write after decoding and before storage. First all mutations in order,
 * then, on the final object, all verdicts. Upstream: apiserver pkg/admission/chain.go; order of pkg/kubeapiserver/options/plugins.go.
 */
import type { KubeObject } from "../../api/meta/object.ts";
import type { ApiRequest } from "../../api/meta/request.ts";
import type { ServerContext } from "../server-context.ts";

export interface AdmissionRequest {
  readonly operation: "create" | "update" | "delete" | "connect";
  readonly request: ApiRequest;
  /** Name after generateName. */
  readonly name: string;
  readonly old: KubeObject | undefined;
  /** Of an object that is not one of the resource: a Binding, an Eviction, what a connection's query says. */
  readonly kind?: { readonly group: string; readonly version: string; readonly kind: string };
  readonly context: ServerContext;
  /** Texts for `Warning:` headers: plugins add to it. */
  readonly warnings: string[];
}

export interface AdmissionPlugin {
  /** Upstream's plugin name. */
  readonly name: string;
  /** Resource ids it looks at; absent: all. */
  readonly resources?: readonly string[];
  /** Asked about everything that may be written or connected to: what it looks for stands in objects. Default: false. */
  readonly interceptor?: boolean;
  /** Upstream it is no plugin but a part of how the kind is stored: nobody switches it off. Default: false. */
  readonly inherent?: boolean;
  /** Returns the same object when nothing changes. */
  mutate?(object: KubeObject, attributes: AdmissionRequest): KubeObject;
  /** Whether all plugins are to change the object once more; asked after they have. It must say no in the end. */
  again?(attributes: AdmissionRequest): boolean;
  /** Throws a StatusError to refuse. `object` is undefined for a delete. */
  validate?(object: KubeObject | undefined, attributes: AdmissionRequest): void;
}

/** The subresource that the client wrote to: `scale` is an update of the object to storage, and not to plugins. */
export function writtenSubresource({ subresource, writtenThrough }: ApiRequest): string {
  return writtenThrough ?? subresource;
}

/** What a plugin wants the audit of the request to know: a line of the journal, unless the request is a dry run. */
export function annotate({ context, request, name }: AdmissionRequest, key: string, value: string): void {
  request.audit?.annotate(key, value);
  if (request.options.dryRun ?? false) return;
  const { resource, namespace, user } = request;
  const subject = namespace === "" ? `${resource.id}/${name}` : `${resource.id}/${namespace}/${name}`;
  context.sim.record("audit", { actor: user.name, subject, detail: `${key}: ${value}` });
}

export class AdmissionChain {
  private readonly all: readonly AdmissionPlugin[];
  /** Those of them that are on. */
  private plugins: readonly AdmissionPlugin[] = [];
  private interceptors: readonly AdmissionPlugin[] = [];
  private readonly byResource = new Map<string, readonly AdmissionPlugin[]>();

  constructor(plugins: readonly AdmissionPlugin[], enabled: ReadonlySet<string>) {
    this.all = plugins;
    this.enable(enabled);
  }

  /** Plugins of these names are on from now, and no others. */
  enable(names: ReadonlySet<string>): void {
    this.plugins = this.all.filter(({ name, inherent }) => inherent === true || names.has(name));
    this.interceptors = this.plugins.filter(({ interceptor }) => interceptor);
    this.byResource.clear();
  }

  mutate(object: KubeObject, attributes: AdmissionRequest): KubeObject {
    return mutateBy(this.pluginsFor(attributes.request.resource.id), object, attributes);
  }

  validate(object: KubeObject | undefined, attributes: AdmissionRequest): void {
    for (const plugin of this.pluginsFor(attributes.request.resource.id)) plugin.validate?.(object, attributes);
  }

  /** Of a status: no other plugin changes one. */
  mutateByInterceptors(object: KubeObject, attributes: AdmissionRequest): KubeObject {
    return mutateBy(this.interceptors, object, attributes);
  }

  /** What policies and webhooks say of something that no other plugin knows. */
  intercept(object: KubeObject, attributes: AdmissionRequest): void {
    const admitted = this.mutateByInterceptors(object, attributes);
    for (const plugin of this.interceptors) plugin.validate?.(admitted, attributes);
  }

  private pluginsFor(id: string): readonly AdmissionPlugin[] {
    let plugins = this.byResource.get(id);
    if (plugins === undefined) {
      plugins = this.plugins.filter((plugin) => plugin.resources?.includes(id) ?? true);
      this.byResource.set(id, plugins);
    }
    return plugins;
  }
}

function mutateBy(plugins: readonly AdmissionPlugin[], object: KubeObject, attributes: AdmissionRequest): KubeObject {
  let admitted = object;
  for (;;) {
    let again = false;
    for (const plugin of plugins) {
      if (plugin.mutate !== undefined) admitted = plugin.mutate(admitted, attributes);
      if (plugin.again !== undefined) again ||= plugin.again(attributes);
    }
    if (!again) return admitted;
  }
}
