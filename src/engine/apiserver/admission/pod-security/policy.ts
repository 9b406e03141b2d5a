/** What a namespace's labels ask of its pods. Upstream: k8s.io/pod-security-admission/api/helpers.go. */
import { invalidValue, type FieldError } from "../../../api/meta/field-error.ts";
import { memoize } from "../../../api/meta/share.ts";

/** From lax to strict. */
export const LEVELS = ["privileged", "baseline", "restricted"] as const;
export type Level = (typeof LEVELS)[number];

export interface LevelVersion {
  readonly level: Level;
  /** Minor version of Kubernetes whose rules hold. */
  readonly minor: number;
  /** `restricted:latest` */
  readonly text: string;
}

export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
  /** Labels that can't be read. */
  readonly errors: readonly FieldError[];
}

const PREFIX = "pod-security.kubernetes.io/";
const LATEST = "latest";
const LATEST_MINOR = Number.MAX_SAFE_INTEGER;
export const VERSION = /^v1\.(0|[1-9][0-9]*)$/;

const PRIVILEGED: LevelVersion = { level: "privileged", minor: LATEST_MINOR, text: "privileged:latest" };
export const NO_POLICY: Policy = { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED, errors: [] };

type Labels = Readonly<Record<string, string>>;

/** `defaults`: what holds where the labels say nothing. */
export function policyOf(labels: Labels | undefined, defaults: Policy): Policy {
  if (labels === undefined) return defaults;
  let read = readers.get(defaults);
  if (read === undefined) readers.set(defaults, (read = memoize((each: Labels) => readLabels(each, defaults))));
  return read(labels);
}

const readers = new WeakMap<Policy, (labels: Labels) => Policy>();

export function isStricter(a: Level, b: Level): boolean {
  return LEVELS.indexOf(a) > LEVELS.indexOf(b);
}

function readLabels(labels: Labels, defaults: Policy): Policy {
  if (!Object.keys(labels).some((key) => key.startsWith(PREFIX))) return defaults;
  const errors: FieldError[] = [];
  const complain = (label: string, why: string): void =>
    void errors.push(invalidValue(`metadata.labels[${label}]`, labels[label], why));
  /** `unspoken`: what holds where no label speaks; `unreadable`: the level where it can't be understood. */
  const mode = (name: string, unspoken: LevelVersion, unreadable: Level): LevelVersion => {
    const levelLabel = `${PREFIX}${name}`;
    const versionLabel = `${levelLabel}-version`;
    const said = labels[levelLabel];
    const version = labels[versionLabel];
    const level = said === undefined ? unspoken.level : (LEVELS.find((known) => known === said) ?? unreadable);
    if (said !== undefined && said !== level) complain(levelLabel, `must be one of ${LEVELS.join(", ")}`);
    if (version === undefined) return said === undefined ? unspoken : levelVersion(level, LATEST);
    if (version !== LATEST && !VERSION.test(version)) complain(versionLabel, 'must be "latest" or "v1.x"');
    return levelVersion(level, version);
  };
  const enforce = mode("enforce", defaults.enforce, "restricted");
  const audit = mode("audit", defaults.audit, "privileged");
  // Who doesn't speak of warnings is warned of what would be refused.
  const unwarned = enforce === defaults.enforce ? defaults.warn : enforce;
  return { enforce, audit, warn: mode("warn", unwarned, "privileged"), errors };
}

export function levelVersion(level: Level, version: string): LevelVersion {
  const minor = VERSION.exec(version)?.[1];
  if (minor === undefined) return { level, minor: LATEST_MINOR, text: `${level}:${LATEST}` };
  return { level, minor: Number(minor), text: `${level}:${version}` };
}
