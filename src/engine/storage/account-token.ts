/** Tokens of the pod's account in its volumes, kept and renewed. Upstream: pkg/kubelet/token/token_manager.go. */
import type { ServiceAccountTokenProjection } from "../api/generated/types.ts";
import { VolumeError } from "./volume-plugin.ts";
import type { VolumeHost } from "./volume-plugin.ts";

/** A token is renewed when this part of its life has passed. */
const RENEWED_AT = 0.8;
const DEFAULT_SECONDS = 3600;

interface Kept {
  readonly token: string;
  /** From when on it is asked for again. */
  readonly due: number;
}

/** By pod, then by source. */
const kept = new WeakMap<VolumeHost, Map<ServiceAccountTokenProjection, Kept>>();

/** The source's token, at most four fifths of its life old. Throws a `VolumeError` when there is none yet and nobody gives one. */
export function accountToken(source: ServiceAccountTokenProjection, host: VolumeHost): string {
  let tokens = kept.get(host);
  if (tokens === undefined) kept.set(host, (tokens = new Map()));
  const known = tokens.get(source);
  if (known !== undefined && host.now() < known.due) return known.token;
  try {
    const token = host.requestToken(source);
    const lifetime = (source.expirationSeconds ?? DEFAULT_SECONDS) * 1000;
    tokens.set(source, { token, due: host.now() + lifetime * RENEWED_AT });
    return token;
  } catch (error) {
    if (!(error instanceof VolumeError) || known === undefined) throw error;
    return known.token;
  }
}
