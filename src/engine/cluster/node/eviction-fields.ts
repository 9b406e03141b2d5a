/** The thresholds of a KubeletConfiguration. Upstream: pkg/kubelet/eviction/helpers.go (parseThresholdStatements). */
import { QuantityError, quantityValue } from "../../api/meta/quantity.ts";
import { isObject } from "../../base/json.ts";
import { EVICTION_SIGNALS } from "../../kubelet/kubelet-settings.ts";
import type { Amount, EvictionSignal, SoftThreshold } from "../../kubelet/kubelet-settings.ts";
import { duration, FieldProblem } from "./field-values.ts";

/** Upstream takes them from nodefs; memory of the pods together is the node's here. */
const IDLE = ["containerfs.available", "containerfs.inodesFree", "allocatableMemory.available"];
export const IDLE_SIGNALS: Readonly<Record<string, readonly string[]>> = { evictionHard: IDLE, evictionSoft: IDLE };

/** Throws a FieldProblem; undefined: nothing is said. */
export function thresholds(value: unknown): Map<EvictionSignal, Amount> | undefined {
  if (!isObject(value)) return undefined;
  const found = new Map<EvictionSignal, Amount>();
  for (const [signal, content] of Object.entries(value)) {
    const text = String(content);
    const known = knownSignal(signal);
    if (text === "0%" || text === "100%") continue;
    const amount = amountOf(text);
    if ("share" in amount && amount.share > 1) {
      throw failed(`eviction percentage threshold ${signal} must be <= 100%: ${text}`);
    }
    if ("share" in amount && amount.share < 0) {
      throw failed(`eviction percentage threshold ${signal} must be >= 0%: ${text}`);
    }
    if ("absolute" in amount && amount.absolute <= 0) {
      throw failed(`eviction threshold ${signal} must be positive: ${text}`);
    }
    if (known !== undefined) found.set(known, amount);
  }
  return found;
}

/** Those that change nothing have to have their grace period too. Throws a FieldProblem or a DecodeProblem. */
export function softThresholds(value: unknown, graces: unknown): Map<EvictionSignal, SoftThreshold> {
  const amounts = thresholds(value);
  const found = new Map<EvictionSignal, SoftThreshold>();
  for (const signal of isObject(value) ? Object.keys(value) : []) {
    const text = isObject(graces) ? graces[signal] : undefined;
    if (text === undefined) {
      throw failed(`grace period must be specified for the soft eviction threshold ${signal}`);
    }
    const graceMs = duration(text);
    const amount = amounts?.get(signal as EvictionSignal);
    if (amount !== undefined) found.set(signal as EvictionSignal, { amount, graceMs });
  }
  return found;
}

/** Throws a FieldProblem. */
export function minimumReclaim(value: unknown): Map<EvictionSignal, Amount> {
  const found = new Map<EvictionSignal, Amount>();
  for (const [signal, text] of Object.entries(isObject(value) ? value : {})) {
    const known = knownSignal(signal);
    const amount = amountOf(String(text));
    if ("share" in amount && amount.share <= 0) {
      throw failed(`eviction percentage minimum reclaim ${signal} must be positive: ${text}`);
    }
    if ("absolute" in amount && amount.absolute < 0) {
      throw failed(`negative eviction minimum reclaim specified for ${signal}`);
    }
    if (known !== undefined) found.set(known, amount);
  }
  return found;
}

function knownSignal(signal: string): EvictionSignal | undefined {
  const known = EVICTION_SIGNALS.find((each) => each === signal);
  if (known === undefined && !IDLE.includes(signal)) throw failed(`unsupported eviction signal ${signal}`);
  return known;
}

function amountOf(text: string): Amount {
  const [, percent] = /^(-?\d+(?:\.\d+)?)%$/.exec(text) ?? [];
  if (percent !== undefined) return { share: Number(percent) / 100 };
  try {
    return { absolute: quantityValue(text) };
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw failed(error.message);
  }
}

function failed(why: string): FieldProblem {
  return new FieldProblem(`failed to create kubelet: ${why}`);
}
