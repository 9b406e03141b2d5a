/**
 * `kubectl apply --prune --applyset`: an object of the cluster remembers which kinds and namespaces a set of applied
 * objects has members in; the members carry its id as a label. Upstream: kubectl pkg/cmd/apply/applyset.go.
 * As upstream, only with KUBECTL_APPLYSET=true in the environment.
 */
import type { KubeObject } from "../engine/api/meta/object.ts";
import { encodeBase64Bytes, utf8Encode } from "../engine/base/base64.ts";
import { sha256 } from "../engine/base/digests.ts";
import type { Call } from "../engine/base/syscalls.ts";
import { CLIENT_VERSION } from "./client-version.ts";
import { deleteOne } from "./delete-object.ts";
import { type ApiResource, apiVersionOf, resourcePath } from "./discovery.ts";
import { ApiError, CommandError, hasReason } from "./errors.ts";
import type { Flag } from "./flags.ts";
import type { Invocation } from "./invocation.ts";
import { operationLine } from "./printers/object-printer.ts";
import { type Info, infoFromObject, withTypeMeta } from "./resource-builder.ts";
import { APPLY_PATCH } from "./server-side.ts";

const TOOL = "kubectl";
const TOOLING = "applyset.kubernetes.io/tooling";
const NAMESPACES = "applyset.kubernetes.io/additional-namespaces";
const KINDS = "applyset.kubernetes.io/contains-group-kinds";
const ID = "applyset.kubernetes.io/id";
const PART_OF = "applyset.kubernetes.io/part-of";
const PARENT_TYPE = "applyset.kubernetes.io/is-parent-type";
const DEFAULT_PARENT = "secrets";
const BUILT_IN_PARENTS = ["secrets", "configmaps"];

export const APPLY_SET_FLAG: Flag = {
  name: "applyset",
  type: "string",
  gate: "KUBECTL_APPLYSET",
  usage: "With --prune: [RESOURCE][.GROUP]/NAME of the object that remembers what was applied.",
};

/** Kinds as `Kind.group`, and namespaces, in which members are. */
interface Members {
  kinds: ReadonlyMap<string, ApiResource>;
  namespaces: ReadonlySet<string>;
}

const NO_MEMBERS: Members = { kinds: new Map(), namespaces: new Set() };

export class ApplySet {
  private readonly call: Invocation;
  private readonly parent: Info;
  private readonly id: string;
  private before: Members = NO_MEMBERS;
  private now: Members = NO_MEMBERS;

  private constructor(call: Invocation, parent: Info) {
    this.call = call;
    this.parent = parent;
    const { name, namespace, resource } = parent;
    const parts = [name, namespace, resource.kind, resource.group].join(".");
    const digest = sha256(utf8Encode(parts)).match(/../g) ?? [];
    const encoded = encodeBase64Bytes(digest.map((byte) => Number.parseInt(byte, 16)));
    this.id = `applyset-${encoded.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}-v1`;
  }

  /** The set that --applyset names; undefined when it names none. */
  static *named(call: Invocation): Call<ApplySet | undefined> {
    const text = call.flags.string("applyset");
    if (text === "") return undefined;
    const slash = text.indexOf("/");
    const [type, name] = slash < 0 ? [DEFAULT_PARENT, text] : [text.slice(0, slash), text.slice(slash + 1)];
    const invalid = (why: string): CommandError =>
      new CommandError(`invalid parent reference ${JSON.stringify(text)}: ${why}`);
    if (name === "") throw invalid("name cannot be blank");
    const resource = yield* call.discovery.lookUp(type);
    const [plain = "", ...group] = type.split(".");
    if (resource === undefined) throw invalid(`no matches for ${group.join(".")}/, Resource=${plain}`);
    return new ApplySet(call, { resource, name, namespace: resource.namespaced ? namespaceGiven(call) : "" });
  }

  /** Refuses what may not stand beside --applyset, and parents that can't be one. */
  *check(): Call<void> {
    const { flags } = this.call;
    const { resource, namespace } = this.parent;
    if (!flags.bool("prune")) throw new CommandError("--applyset requires --prune");
    if (resource.namespaced && namespace === "") {
      throw new CommandError("namespace is required to use namespace-scoped ApplySet");
    }
    if (!this.isBuiltInParent() && !(yield* this.isPermittedParent())) {
      throw new CommandError(
        `resource "${resource.group}/${resource.version}, Resource=${resource.name}" is not permitted as an ApplySet parent`,
      );
    }
    if (flags.bool("force")) throw new CommandError("--force cannot be used with --prune");
    if (flags.bool("all")) throw new CommandError("--all is incompatible with --applyset");
    if (flags.string("selector") !== "") throw new CommandError("--selector is incompatible with --applyset");
    if (flags.list("prune-allowlist").length > 0) {
      throw new CommandError("--prune-allowlist is incompatible with --applyset");
    }
  }

  /** The objects with the label of members. */
  join(infos: readonly Info[]): Info[] {
    return infos.map((info) => {
      const object = info.object as KubeObject;
      if (object.metadata.labels?.[PART_OF] !== undefined) {
        throw new CommandError(`ApplySet label ${JSON.stringify(PART_OF)} already set in input data`);
      }
      const labels = { ...object.metadata.labels, [PART_OF]: this.id };
      return { ...info, object: { ...object, metadata: { ...object.metadata, labels } } };
    });
  }

  /** Notes on the parent what is about to be applied beside what was, so that nothing is lost when apply is interrupted. */
  *beforeApply(infos: readonly Info[]): Call<void> {
    this.before = yield* this.readParent();
    this.now = {
      kinds: new Map(infos.map(({ resource }) => [kindName(resource), resource])),
      namespaces: new Set(infos.flatMap(({ namespace }) => (namespace === "" ? [] : [namespace]))),
    };
    yield* this.writeParent({
      kinds: new Map([...this.before.kinds, ...this.now.kinds]),
      namespaces: new Set([...this.before.namespaces, ...this.now.namespaces]),
    });
  }

  /** Deletes members that were not applied, then notes what is left. */
  *prune(applied: readonly KubeObject[]): Call<void> {
    const kept = new Set(applied.map((object) => object.metadata.uid));
    for (const [, kind] of [...this.before.kinds].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const namespaces = kind.namespaced ? [...this.before.namespaces].sort() : [""];
      for (const namespace of namespaces) yield* this.pruneIn(kind, namespace, kept);
    }
    try {
      yield* this.writeParent(this.now);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new CommandError(`apply and prune succeeded, but ApplySet update failed: ${error.message}`);
    }
  }

  private *pruneIn(kind: ApiResource, namespace: string, kept: ReadonlySet<string | undefined>): Call<void> {
    const { call } = this;
    const list = yield* call.rest.json<{ items: KubeObject[] }>({
      path: resourcePath(kind, { namespace }),
      query: { labelSelector: `${PART_OF}=${this.id}` },
    });
    for (const item of list.items) {
      if (kept.has(item.metadata.uid)) continue;
      const object = withTypeMeta(item, kind);
      if (call.dryRun !== "client") {
        yield* deleteOne(call, infoFromObject(kind, object), call.flags.int("grace-period"));
      }
      yield* call.out(operationLine(call, object, "pruned"));
    }
  }

  private isBuiltInParent(): boolean {
    const { group, name } = this.parent.resource;
    return group === "" && BUILT_IN_PARENTS.includes(name);
  }

  /** Definitions say of custom resources whether they may be parents. */
  private *isPermittedParent(): Call<boolean> {
    const { name, group } = this.parent.resource;
    const list = yield* this.call.rest.json<{ items: KubeObject[] }>({
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
      query: { labelSelector: PARENT_TYPE },
    });
    return list.items.some((definition) => definition.metadata.name === `${name}.${group}`);
  }

  private *readParent(): Call<Members> {
    const { call, parent } = this;
    const { name, resource } = parent;
    let object: KubeObject;
    try {
      object = yield* call.rest.json<KubeObject>({ path: resourcePath(resource, parent) });
    } catch (error) {
      if (!hasReason(error, "NotFound")) throw error;
      if (this.isBuiltInParent()) return NO_MEMBERS;
      throw new CommandError("custom resource ApplySet parents cannot be created automatically");
    }
    const shown = JSON.stringify(`${resource.name}.${resource.group}/${name}`);
    const { annotations = {}, labels = {} } = object.metadata;
    const tooling = annotations[TOOLING];
    if (tooling === undefined) {
      throw new CommandError(
        `ApplySet parent object ${shown} already exists and is missing required annotation ${JSON.stringify(TOOLING)}`,
      );
    }
    const tool = tooling.includes("/") ? tooling.slice(0, tooling.lastIndexOf("/")) : tooling;
    if (tool !== TOOL) {
      throw new CommandError(
        `ApplySet parent object ${shown} already exists and is managed by tooling ${JSON.stringify(tool)} instead of ${JSON.stringify(TOOL)}`,
      );
    }
    const id = labels[ID];
    if (id === undefined) {
      throw new CommandError(`ApplySet parent object ${shown} exists and does not have required label ${ID}`);
    }
    if (id !== this.id) {
      throw new CommandError(
        `ApplySet parent object ${shown} exists and has incorrect value for label ${JSON.stringify(ID)} (got: ${id}, want: ${this.id})`,
      );
    }
    const kinds = yield* this.readKinds(annotations[KINDS], shown);
    const namespaces = new Set((annotations[NAMESPACES] ?? "").split(",").filter((namespace) => namespace !== ""));
    if (resource.namespaced) namespaces.add(parent.namespace);
    return { kinds, namespaces };
  }

  private *readKinds(annotation: string | undefined, parent: string): Call<Map<string, ApiResource>> {
    const failed = (why: string): CommandError => new CommandError(`parsing ApplySet annotation on ${parent}: ${why}`);
    if (annotation === undefined) {
      throw failed(`kubectl requires the ${JSON.stringify(KINDS)} annotation to be set on all ApplySet parent objects`);
    }
    const resources = yield* this.call.discovery.resources();
    const kinds = new Map<string, ApiResource>();
    for (const text of annotation.split(",").filter((part) => part !== "")) {
      const resource = resources.find((entry) => kindName(entry) === text);
      if (resource === undefined) {
        throw failed(
          `could not find mapping for kind in ${JSON.stringify(KINDS)} annotation: no matches for kind ${JSON.stringify(text.split(".")[0])} in group ${JSON.stringify(text.split(".").slice(1).join("."))}`,
        );
      }
      kinds.set(text, resource);
    }
    return kinds;
  }

  private *writeParent(members: Members): Call<void> {
    const { resource, name, namespace } = this.parent;
    if (this.call.dryRun === "client") return;
    const others = [...members.namespaces].filter((other) => other !== namespace).sort();
    const body = {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: {
        name,
        ...(namespace !== "" && { namespace }),
        labels: { [ID]: this.id },
        annotations: {
          [TOOLING]: `${TOOL}/${CLIENT_VERSION.gitVersion}`,
          [KINDS]: [...members.kinds.keys()].sort().join(","),
          [NAMESPACES]: others.join(","),
        },
      },
    };
    try {
      yield* this.send(body, false);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.reason !== "Conflict") throw new CommandError(`failed to update ApplySet: ${error.message}`);
      yield* this.send(body, true);
    }
  }

  /** As the manager of all that it writes, so that what is left out goes. */
  private *send(body: object, force: boolean): Call<void> {
    yield* this.call.rest.json({
      method: "PATCH",
      path: resourcePath(this.parent.resource, this.parent),
      query: { ...this.call.writeQuery(), fieldManager: `${TOOL}-applyset`, force: String(force) },
      body,
      contentType: APPLY_PATCH,
    });
  }
}

function namespaceGiven(call: Invocation): string {
  return call.config.namespaceGiven ? call.namespace : "";
}

/** `ConfigMap`, `Deployment.apps` */
function kindName({ kind, group }: ApiResource): string {
  return group === "" ? kind : `${kind}.${group}`;
}
