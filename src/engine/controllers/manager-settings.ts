/**
 * What an instance of kube-controller-manager is told by its flags. Upstream: cmd/kube-controller-manager/app/options.
 * **Simplified:** other flags than these change nothing.
 */
import { parseGoDuration } from "../base/go-duration.ts";
import { HOUR, MINUTE, SECOND } from "../base/time.ts";
import { unknownController } from "./controller-names.ts";

/** Times in milliseconds. */
export interface ManagerSettings {
  /** `--controllers`: names, `-name` for one that doesn't run, `*` for all that are on by default. */
  readonly controllers: readonly string[];
  /** `--terminated-pod-gc-threshold`: of pods that have ended only so many are kept; all of them when it is not above 0. */
  readonly terminatedPods: number;
  /** `--legacy-service-account-token-clean-up-period`: so long a token of old may be unused, and marked as invalid. */
  readonly legacyTokenPeriod: number;
  /** `--cluster-signing-duration`: the longest life of a certificate. */
  readonly signingDuration: number;
  /** `--max-endpoints-per-slice` */
  readonly endpointsPerSlice: number;
  readonly nodes: NodeSettings;
  readonly autoscaler: AutoscalerSettings;
}

export interface NodeSettings {
  /** `--node-monitor-grace-period`: a node that has been silent for longer is not known to be ready. */
  readonly monitorGrace: number;
  /** `--node-startup-grace-period`: silence of a node that has never posted its status. */
  readonly startupGrace: number;
  /** `--node-eviction-rate` and `--secondary-node-eviction-rate`: nodes a second that are given up, the second while many are silent. */
  readonly evictionRate: number;
  readonly secondaryEvictionRate: number;
  /** `--large-cluster-size-threshold`: partly disrupted, a smaller zone evicts nothing at all. */
  readonly largeCluster: number;
  /** `--unhealthy-zone-threshold`: the share of silent nodes from which on a zone is partly disrupted. */
  readonly unhealthyZone: number;
}

/** `--horizontal-pod-autoscaler-…` */
export interface AutoscalerSettings {
  /** `sync-period` */
  readonly syncPeriod: number;
  /** `tolerance` */
  readonly tolerance: number;
  /** `cpu-initialization-period` */
  readonly cpuInitialization: number;
  /** `initial-readiness-delay` */
  readonly initialReadiness: number;
  /** `downscale-stabilization` */
  readonly downscaleStabilization: number;
}

export const DEFAULT_MANAGER_SETTINGS: ManagerSettings = {
  controllers: ["*", "bootstrap-signer-controller", "token-cleaner-controller"],
  terminatedPods: 12_500,
  legacyTokenPeriod: 8760 * HOUR,
  signingDuration: 8760 * HOUR,
  endpointsPerSlice: 100,
  nodes: {
    monitorGrace: 50 * SECOND,
    startupGrace: MINUTE,
    evictionRate: 0.1,
    secondaryEvictionRate: 0.01,
    largeCluster: 50,
    unhealthyZone: 0.55,
  },
  autoscaler: {
    syncPeriod: 15 * SECOND,
    tolerance: 0.1,
    cpuInitialization: 5 * MINUTE,
    initialReadiness: 30 * SECOND,
    downscaleStabilization: 5 * MINUTE,
  },
};

/** What stands behind a flag's name. */
type Flag = (name: string) => string | undefined;

/** The values can be read. */
export function managerSettings(flag: Flag): ManagerSettings {
  const byDefault = DEFAULT_MANAGER_SETTINGS;
  const duration = (name: string, otherwise: number): number => {
    const ms = parseGoDuration(flag(name) ?? "");
    return typeof ms === "number" ? ms : otherwise;
  };
  const number = (name: string, otherwise: number): number => Number(flag(name) ?? otherwise);
  const { nodes, autoscaler } = byDefault;
  const scaling = "horizontal-pod-autoscaler";
  return {
    controllers: controllersOf(flag),
    terminatedPods: number("terminated-pod-gc-threshold", byDefault.terminatedPods),
    legacyTokenPeriod: duration("legacy-service-account-token-clean-up-period", byDefault.legacyTokenPeriod),
    signingDuration: duration("cluster-signing-duration", byDefault.signingDuration),
    endpointsPerSlice: number("max-endpoints-per-slice", byDefault.endpointsPerSlice),
    nodes: {
      monitorGrace: duration("node-monitor-grace-period", nodes.monitorGrace),
      startupGrace: duration("node-startup-grace-period", nodes.startupGrace),
      evictionRate: number("node-eviction-rate", nodes.evictionRate),
      secondaryEvictionRate: number("secondary-node-eviction-rate", nodes.secondaryEvictionRate),
      largeCluster: number("large-cluster-size-threshold", nodes.largeCluster),
      unhealthyZone: number("unhealthy-zone-threshold", nodes.unhealthyZone),
    },
    autoscaler: {
      syncPeriod: duration(`${scaling}-sync-period`, autoscaler.syncPeriod),
      tolerance: number(`${scaling}-tolerance`, autoscaler.tolerance),
      cpuInitialization: duration(`${scaling}-cpu-initialization-period`, autoscaler.cpuInitialization),
      initialReadiness: duration(`${scaling}-initial-readiness-delay`, autoscaler.initialReadiness),
      downscaleStabilization: duration(`${scaling}-downscale-stabilization`, autoscaler.downscaleStabilization),
    },
  };
}

function controllersOf(flag: Flag): string[] {
  const words = (flag("controllers") ?? "*").split(",").filter((word) => word !== "");
  const isOn = (name: string, otherwise: string): boolean => /^[1tT]/.test(flag(name) ?? otherwise);
  return [
    ...(isOn("enable-garbage-collector", "true") ? [] : ["-garbage-collector-controller"]),
    ...(isOn("allocate-node-cidrs", "false") ? [] : ["-node-ipam-controller"]),
    ...words,
  ];
}

/** What ends a manager with such settings. Upstream: `Validate` of the options. */
export function managerProblem({ controllers, endpointsPerSlice: endpoints }: ManagerSettings): string | undefined {
  const unknown = unknownController(controllers);
  if (unknown !== undefined) return `${JSON.stringify(unknown)} is not in the list of known controllers`;
  if (endpoints < 1) return `max-endpoints-per-slice can't be less than 1, but got ${endpoints}`;
  return endpoints > 1000 ? `max-endpoints-per-slice can't be more than 1000, but got ${endpoints}` : undefined;
}
