/**
 * Tells a log of the requests that a policy wants told. Upstream: apiserver pkg/endpoints/filters/audit.go,
 * plugin/pkg/audit/log.
 *
 * **Simplified:** components speak in-process: their paths and user agents are what they would be over HTTP, from the node
 * that they are on.
 */
import type { Node } from "../../api/generated/types.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { StatusError } from "../../api/meta/status-error.ts";
import { attributesOf } from "../auth/attributes.ts";
import { nodeNameOf } from "../auth/node-authorizer.ts";
import { managerOf } from "../managed-fields/writer.ts";
import { newUid } from "../metadata.ts";
import type { ServerContext } from "../server-context.ts";
import type { WatchHandler } from "../watch/watch-handler.ts";
import { ToldRecord, UNTOLD } from "./audit-record.ts";
import type { AuditRecord, Received } from "./audit-record.ts";
import type { AuditPolicy } from "./policy.ts";
import { requestUri } from "./request-uri.ts";
import { ruleFor } from "./rule-match.ts";

/** `--audit-policy-file` and `--audit-log-path` */
export interface AuditSettings {
  readonly policy: AuditPolicy;
  /** Takes a line, without its newline. */
  write(line: string): void;
  /** Where the components of the control plane are. */
  readonly address: string;
}

export class Auditor {
  private readonly context: ServerContext;
  private readonly settings: AuditSettings;
  private readonly version: () => string;

  constructor(context: ServerContext, settings: AuditSettings, version: () => string) {
    this.context = context;
    this.settings = settings;
    this.version = version;
  }

  begin(received: Received): AuditRecord {
    const { user, attributes } = received;
    const rule = ruleFor(this.settings.policy, user?.impersonator ?? user, attributes);
    if (rule === undefined || rule.level === "None") return UNTOLD;
    const { sim, authorizer } = this.context;
    const id = newUid(sim.random("uid/audit"));
    const record = new ToldRecord(received, {
      rule,
      id,
      now: () => sim.now,
      write: (line) => this.settings.write(line),
    });
    if (user !== undefined) {
      const { allowed, reason } = authorizer.authorize(user, attributes);
      record.annotate("authorization.k8s.io/decision", allowed ? "allow" : "forbid");
      record.annotate("authorization.k8s.io/reason", reason);
    }
    return record;
  }

  /** Of a request that has a record already only the objects are told of here. */
  request(request: ApiRequest, act: (request: ApiRequest) => ApiResponse): ApiResponse {
    const told = request.audit;
    if (told !== undefined) {
      told.asked(request);
      const response = act(request);
      told.answered(response.object);
      return response;
    }
    const record = this.begin(this.inProcess(request));
    record.asked(request);
    try {
      const response = act({ ...request, audit: record });
      record.answered(response.object);
      record.completed(response.code);
      return response;
    } catch (error) {
      if (error instanceof StatusError) record.failed(error);
      throw error;
    }
  }

  /** `start` begins a watch and answers how to end it. */
  watch(request: ApiRequest, handler: WatchHandler, start: (handler: WatchHandler) => () => void): () => void {
    if (request.audit !== undefined) return start(handler);
    const record = this.begin(this.inProcess(request));
    if (record === UNTOLD) return start(handler);
    try {
      const stop = start({
        onEvents: (events) => handler.onEvents(events),
        onEnd: (reason) => {
          record.completed(200);
          handler.onEnd(reason);
        },
      });
      record.started(200);
      return () => {
        record.completed(200);
        stop();
      };
    } catch (error) {
      if (error instanceof StatusError) record.failed(error);
      throw error;
    }
  }

  private inProcess(request: ApiRequest): Received {
    const { user, resource } = request;
    const component = managerOf({ ...request, options: {} });
    return {
      uri: requestUri(request),
      user,
      sourceIP: this.addressOf(request),
      userAgent: request.userAgent ?? `${component}/${this.version()} (linux/amd64) kubernetes/drydock`,
      attributes: attributesOf(request),
      apiVersion: resource.version,
    };
  }

  private addressOf({ user }: ApiRequest): string {
    const name = nodeNameOf(user);
    if (name === undefined) return user.name === "system:apiserver" ? "::1" : this.settings.address;
    const resource = this.context.resourceById("nodes");
    const node = resource && (this.context.objects.get(resource, "", name) as Node | undefined);
    const addresses = node?.status?.addresses ?? [];
    return addresses.find(({ type }) => type === "InternalIP")?.address ?? this.settings.address;
  }
}
