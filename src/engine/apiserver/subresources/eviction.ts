/**
 * POST pods/x/eviction: a delete that a disruption budget may refuse. Upstream: pkg/registry/core/pod/storage/eviction.go.
 */
import type {
  Condition,
  Eviction,
  Pod,
  PodDisruptionBudget,
  PodDisruptionBudgetStatus,
} from "../../api/generated/types.ts";
import { isPodReady, isPodTerminal } from "../../api/core/pod/conditions.ts";
import { markDisrupted } from "../../api/core/pod/mark-disrupted.ts";
import type { ApiRequest, ApiResponse } from "../../api/meta/request.ts";
import { labelSelectorAsSelector } from "../../api/meta/selectors.ts";
import { badRequest, forbidden, StatusError } from "../../api/meta/status-error.ts";
import { podDisruptionBudgets } from "../../api/registry.ts";
import { formatTime } from "../../base/time.ts";
import { admitPosted, EVICTION } from "../admission/subresource-admission.ts";
import { inheritOwners } from "../managed-fields/ownership.ts";
import type { ServerContext } from "../server-context.ts";
import { deleteAdmitted } from "../verbs/delete.ts";
import { optionsFromBody } from "../verbs/delete-options.ts";
import { existing } from "../verbs/get.ts";

const EVICTED = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 };
const WHY = { reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" };
const REFUSED = "Cannot evict pod as it would violate the pod's disruption budget.";
const SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
const ALLOWED = "DisruptionAllowed";
/** More pods on their way out than this and the budget's controller must be dead. */
const MAX_DISRUPTED = 2000;
const RETRY_SECONDS = 10;

export function evict(context: ServerContext, request: ApiRequest): ApiResponse {
  const eviction = request.body as Partial<Eviction>;
  const said = eviction.metadata?.name ?? "";
  if (said !== "" && said !== request.name) throw badRequest("name in URL does not match name in Eviction object");
  const warnings = admitPosted(context, request, EVICTION);
  const options = { ...request.options, ...optionsFromBody(eviction.deleteOptions) };
  const pod = existing(context, request) as Pod;
  const dryRun = options.dryRun ?? false;
  if (!isUnguarded(pod)) takeFromBudget(context, request, { pod, dryRun });
  if (!dryRun) {
    const disrupted = markDisrupted(pod, context.sim.now, WHY);
    const { resource, user } = request;
    if (disrupted !== pod) {
      context.objects.put(disrupted, {
        ...{ resource, user, verb: "update", fresh: undefined },
        note: (stored) => inheritOwners(stored, pod),
      });
    }
  }
  deleteAdmitted(context, { ...request, verb: "delete", subresource: "", options });
  return { code: 201, object: EVICTED, warnings };
}

/** Nothing is lost with a pod that doesn't run yet, has ended, or is going. */
function isUnguarded(pod: Pod): boolean {
  return pod.status?.phase === "Pending" || isPodTerminal(pod) || pod.metadata.deletionTimestamp !== undefined;
}

/** Throws when the pod's budget doesn't allow another disruption; notes the pod in it when it does. */
function takeFromBudget(
  context: ServerContext,
  request: ApiRequest,
  { pod, dryRun }: { pod: Pod; dryRun: boolean },
): void {
  const budgets = context.lists
    .list(podDisruptionBudgets, request.namespace)
    .filter(({ spec }) => labelSelectorAsSelector(spec?.selector).matches(pod.metadata.labels));
  if (budgets.length > 1) throw new StatusError(500, "", SEVERAL);
  const [budget] = budgets;
  if (budget === undefined || (!isPodReady(pod) && sparesUnready(budget))) return;
  const status = withDisrupted(budget, pod.metadata.name, context.sim.now);
  if (dryRun) return;
  const taken: PodDisruptionBudget = { ...budget, status };
  context.objects.put(taken, {
    ...{ resource: podDisruptionBudgets, user: request.user, verb: "update", fresh: undefined },
    note: (stored) => inheritOwners(stored, budget),
  });
}

/** An unready pod isn't counted as healthy: it may go when nothing is amiss without it. */
function sparesUnready({ spec, status }: PodDisruptionBudget): boolean {
  if (spec?.unhealthyPodEvictionPolicy === "AlwaysAllow") return true;
  const { currentHealthy = 0, desiredHealthy = 0 } = status ?? {};
  return desiredHealthy > 0 && currentHealthy >= desiredHealthy;
}

/** The budget's status once one more pod is on its way out. */
function withDisrupted(budget: PodDisruptionBudget, pod: string, now: number): PodDisruptionBudgetStatus {
  const { metadata, status = {} } = budget;
  const { name, generation = 0 } = metadata;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = status;
  if (observedGeneration < generation) {
    throw tooMany(`The disruption budget ${name} is still being processed by the server.`, RETRY_SECONDS);
  }
  if (disruptionsAllowed < 0) throw refuse(name, "pdb disruptions allowed is negative");
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED) {
    throw refuse(name, "DisruptedPods map too big - too many evictions not confirmed by PDB controller");
  }
  if (disruptionsAllowed === 0) throw exhausted(name, status);
  const left = disruptionsAllowed - 1;
  const conditions = left > 0 ? status.conditions : withInsufficient(status, now);
  return {
    ...status,
    disruptionsAllowed: left,
    disruptedPods: { ...disruptedPods, [pod]: formatTime(now) },
    ...(conditions && { conditions }),
  };
}

function exhausted(
  name: string,
  { conditions = [], desiredHealthy = 0, currentHealthy = 0 }: PodDisruptionBudgetStatus,
) {
  const condition = conditions.find(({ type }) => type === ALLOWED);
  if (condition?.reason === "SyncFailed") {
    const why = `does not allow evicting pods currently because it failed sync: ${condition.message}`;
    return tooMany(`The disruption budget ${name} ${why}`);
  }
  return tooMany(
    `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`,
  );
}

function withInsufficient(
  { conditions = [], observedGeneration = 0 }: PodDisruptionBudgetStatus,
  now: number,
): Condition[] {
  const before = conditions.find(({ type }) => type === ALLOWED);
  const lastTransitionTime = before?.status === "False" ? before.lastTransitionTime : formatTime(now);
  const condition: Condition = {
    type: ALLOWED,
    status: "False",
    observedGeneration,
    lastTransitionTime,
    reason: "InsufficientPods",
    message: "",
  };
  return [...conditions.filter((other) => other !== before), condition];
}

function refuse(name: string, why: string): StatusError {
  return forbidden({ group: "policy", resource: "poddisruptionbudget" }, name, why);
}

function tooMany(message: string, retryAfterSeconds = 0): StatusError {
  return new StatusError(429, "TooManyRequests", REFUSED, {
    causes: [{ reason: "DisruptionBudget", message }],
    ...(retryAfterSeconds > 0 && { retryAfterSeconds }),
  });
}
