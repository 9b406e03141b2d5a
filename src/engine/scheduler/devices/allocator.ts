/**
 * Finds devices for claims on one node: requests one after the other, with every choice taken back where what follows
 * can't be had. Upstream: dynamic-resource-allocation/structured/internal/stable/allocator_stable.go.
 *
 * Simplified: no admin access, no shares of a device's capacity, no binding conditions: who asks for those is told so. A
 * device that allows several allocations gets one. Upstream gives up after ten seconds, this after so many tries.
 */
import type {
  AllocationResult,
  DeviceClass,
  DeviceConstraint,
  DeviceRequest,
  DeviceRequestAllocationResult,
  DeviceSelector,
  DeviceSubRequest,
  DeviceTaint,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceResourceClaim,
} from "../../api/generated/types.ts";
import { keyOf } from "../../api/meta/object.ts";
import { attributeOf, sameValue } from "./attributes.ts";
import type { PooledDevice } from "./device-pools.ts";
import type { DeviceSelectors } from "./device-selectors.ts";

/** Why devices can't be looked for, or why nobody goes on looking. */
export class AllocationError extends Error {}

export interface AllocationFacts {
  readonly node: string;
  /** What can be used there. */
  readonly devices: readonly PooledDevice[];
  /** Ids of devices that claims have already. */
  readonly inUse: { has(id: string): boolean };
  readonly deviceClass: (name: string) => DeviceClass | undefined;
  readonly selectors: DeviceSelectors;
}

interface Choice {
  readonly pooled: PooledDevice;
  /** `<request>` or `<request>/<alternative>` */
  readonly request: string;
}

/** Of devices on one node: enough for every way to choose 8 of 16. */
const MOST_TRIES = 50_000;

/** What the attempts for all claims have in common. */
interface Search {
  readonly facts: AllocationFacts;
  /** Ids of devices that are chosen at the moment. */
  readonly taken: Set<string>;
  /** What each request means: told once, however often the choices before it are taken back. */
  readonly meant: Map<Request, readonly PooledDevice[]>;
  tries: number;
}

/** One allocation for each claim; undefined: not all of them can be had there. Throws an AllocationError. */
export function allocate(
  claims: readonly ResourceResourceClaim[],
  facts: AllocationFacts,
): AllocationResult[] | undefined {
  const search: Search = { facts, taken: new Set(), meant: new Map(), tries: 0 };
  const results: Choice[][] = [];
  const claimAt = (index: number): boolean => {
    const claim = claims[index];
    if (claim === undefined) return true;
    return new ClaimAttempt(claim, search).run((choices) => {
      results[index] = [...choices];
      return claimAt(index + 1);
    });
  };
  if (!claimAt(0)) return undefined;
  return claims.map((claim, index) => resultOf(claim, results[index] ?? [], facts));
}

/** What a device may say of itself that would decide who gets it: rather nobody than the wrong one. */
const NOT_SIMULATED = ["consumesCounters", "bindingConditions", "bindingFailureConditions"] as const;

type Request = ExactDeviceRequest | DeviceSubRequest;

class ClaimAttempt {
  private readonly claim: ResourceResourceClaim;
  private readonly search: Search;
  private readonly choices: Choice[] = [];

  constructor(claim: ResourceResourceClaim, search: Search) {
    this.claim = claim;
    this.search = search;
  }

  /** Calls `then` with each way to satisfy the claim until it says true. */
  run(then: (choices: readonly Choice[]) => boolean): boolean {
    return this.requestAt(0, then);
  }

  private requestAt(index: number, then: (choices: readonly Choice[]) => boolean): boolean {
    const requests = this.claim.spec.devices?.requests ?? [];
    const request = requests[index];
    if (request === undefined) return then(this.choices);
    return alternativesOf(request).some(([name, alternative]) => {
      const wanted = this.candidates(name, alternative);
      const next = (): boolean => this.requestAt(index + 1, then);
      return alternative.allocationMode === "All"
        ? this.takeAll(name, wanted, next)
        : this.take(name, wanted, { from: 0, left: alternative.count ?? 1, next });
    });
  }

  /** `left` more of `wanted`, from a place on: every combination once. */
  private take(
    request: string,
    wanted: readonly PooledDevice[],
    { from, left, next }: { from: number; left: number; next: () => boolean },
  ): boolean {
    if (left === 0) return next();
    for (let at = from; at + left <= wanted.length; at++) {
      const pooled = wanted[at] as PooledDevice;
      if (!this.isFree(pooled) || !this.fits({ pooled, request })) continue;
      this.push({ pooled, request });
      if (this.take(request, wanted, { from: at + 1, left: left - 1, next })) return true;
      this.pop();
    }
    return false;
  }

  private takeAll(request: string, wanted: readonly PooledDevice[], next: () => boolean): boolean {
    if (wanted.length === 0) return false;
    let count = 0;
    for (const pooled of wanted) {
      if (!this.isFree(pooled) || !this.fits({ pooled, request })) break;
      this.push({ pooled, request });
      count++;
    }
    if (count === wanted.length && next()) return true;
    while (count-- > 0) this.pop();
    return false;
  }

  private push(choice: Choice): void {
    if (++this.search.tries > MOST_TRIES) throw new AllocationError("timed out trying to allocate devices");
    this.choices.push(choice);
    this.search.taken.add(choice.pooled.id);
  }

  private pop(): void {
    this.search.taken.delete((this.choices.pop() as Choice).pooled.id);
  }

  private isFree({ id }: PooledDevice): boolean {
    const { taken, facts } = this.search;
    return !taken.has(id) && !facts.inUse.has(id);
  }

  /** Devices that the request means, whoever has them now. */
  private candidates(name: string, request: Request): readonly PooledDevice[] {
    const { meant } = this.search;
    let found = meant.get(request);
    if (found === undefined) meant.set(request, (found = this.devicesOf(name, request)));
    return found;
  }

  private devicesOf(name: string, request: Request): readonly PooledDevice[] {
    const { deviceClassName, selectors = [], tolerations = [] } = request;
    const { deviceClass, devices } = this.search.facts;
    const about = `claim ${keyOf(this.claim)}, request ${name}`;
    if ("adminAccess" in request && request.adminAccess === true) {
      throw new AllocationError(`${about}: admin access is requested, but the feature is disabled`);
    }
    if (request.capacity !== undefined) {
      throw new AllocationError(`${about}: has capacity requests, but the feature is disabled`);
    }
    const found = deviceClass(deviceClassName);
    if (found === undefined) {
      throw new AllocationError(`request ${name}: device class ${deviceClassName} does not exist`);
    }
    const tests = [
      ...this.testsOf(found.spec.selectors ?? [], `class ${deviceClassName}`),
      ...this.testsOf(selectors, about),
    ];
    const meant = devices.filter(
      (pooled) =>
        tests.every((test) => test(pooled)) &&
        (pooled.device.taints ?? []).every((taint) => isTolerated(taint, tolerations)),
    );
    for (const { id, device } of meant) {
      const lacking = NOT_SIMULATED.find((field) => (device[field] ?? []).length > 0);
      if (lacking !== undefined)
        throw new AllocationError(`${about}: device ${id} has ${lacking}, which is not simulated`);
    }
    return meant;
  }

  private testsOf(selectors: readonly DeviceSelector[], about: string): ((pooled: PooledDevice) => boolean)[] {
    return selectors.map(({ cel }, index) => {
      const test = this.search.facts.selectors(cel?.expression ?? "");
      if (typeof test !== "function") {
        throw new AllocationError(`${about}: selector #${index}: CEL compile error: ${test.error}`);
      }
      return (pooled) => {
        const verdict = test(pooled);
        if (typeof verdict === "boolean") return verdict;
        throw new AllocationError(`${about}: selector #${index}: CEL runtime error: ${verdict.error}`);
      };
    });
  }

  /** Whether the claim's constraints allow a device beside those that were chosen. */
  private fits(choice: Choice): boolean {
    return (this.claim.spec.devices?.constraints ?? []).every((constraint) => {
      if (!concerns(constraint, choice.request)) return true;
      const name = constraint.matchAttribute ?? constraint.distinctAttribute ?? "";
      const own = attributeOf(choice.pooled, name);
      if (own === undefined) return false;
      const isDistinct = constraint.matchAttribute === undefined;
      return this.choices.every((other) => {
        if (!concerns(constraint, other.request)) return true;
        const value = attributeOf(other.pooled, name);
        return value !== undefined && sameValue(own, value) !== isDistinct;
      });
    });
  }
}

function alternativesOf({ name, exactly, firstAvailable = [] }: DeviceRequest): (readonly [string, Request])[] {
  if (exactly !== undefined) return [[name, exactly]];
  return firstAvailable.map((sub) => [`${name}/${sub.name}`, sub] as const);
}

function concerns({ requests = [] }: DeviceConstraint, request: string): boolean {
  return requests.length === 0 || requests.includes(request) || requests.includes(request.split("/")[0] as string);
}

/** Upstream: pkg/apis/resource/v1 ToleratesTaint. */
function isTolerated(taint: DeviceTaint, tolerations: readonly DeviceToleration[]): boolean {
  if (taint.effect === "None") return true;
  return tolerations.some(({ key = "", operator = "Equal", value = "", effect = "" }) => {
    if (effect !== "" && effect !== taint.effect) return false;
    if (key !== "" && key !== taint.key) return false;
    return operator === "Exists" || value === (taint.value ?? "");
  });
}

function resultOf(
  { spec }: ResourceResourceClaim,
  choices: readonly Choice[],
  { node, deviceClass }: AllocationFacts,
): AllocationResult {
  const results = choices.map(({ request, pooled }): DeviceRequestAllocationResult => {
    return { request, driver: pooled.driver, pool: pooled.pool, device: pooled.device.name };
  });
  const asked = new Set(choices.map(({ request }) => request));
  const ofClasses = (spec.devices?.requests ?? []).flatMap((request) =>
    alternativesOf(request)
      .filter(([name]) => asked.has(name))
      .flatMap(([name, { deviceClassName }]) =>
        (deviceClass(deviceClassName)?.spec.config ?? []).map((config) => ({
          source: "FromClass",
          requests: [name],
          ...config,
        })),
      ),
  );
  const config = [...ofClasses, ...(spec.devices?.config ?? []).map((each) => ({ source: "FromClaim", ...each }))];
  const isLocal = choices.some(({ pooled }) => pooled.local);
  return {
    devices: { results, ...(config.length > 0 && { config }) },
    ...(isLocal && {
      nodeSelector: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] }],
      },
    }),
  };
}
