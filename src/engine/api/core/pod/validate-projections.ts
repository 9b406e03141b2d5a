/** Sources of projected volumes. Upstream: validateProjectionSources in pkg/apis/core/validation/validation.go. */
import type {
  ClusterTrustBundleProjection,
  ServiceAccountTokenProjection,
  VolumeProjection,
} from "../../generated/types.ts";
import { forbiddenField, invalidValue, required, type FieldError } from "../../meta/field-error.ts";
import { isDNS1123Subdomain } from "../../meta/names.ts";
import { validateLabelSelector } from "../../meta/validate-meta.ts";
import { validateLocalPath } from "./validate-paths.ts";
import { validateDownwardFile, validateKeyToPath } from "./validate-volume-items.ts";

const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** `field` is the path of the projected volume. */
export function validateProjected(sources: readonly VolumeProjection[], field: string, errors: FieldError[]): void {
  const taken = new Set<string>();
  const claimPath = (path: string, blamed: string): void => {
    if (taken.has(path)) errors.push(invalidValue(field, blamed, "conflicting duplicate paths"));
    taken.add(path);
  };
  for (const [index, source] of sources.entries()) {
    const path = `${field}.sources[${index}]`;
    for (const name of ["secret", "configMap"] as const) {
      const projection = source[name];
      if (projection === undefined) continue;
      if (!projection.name) errors.push(required(`${path}.${name}.name`));
      for (const [at, item] of (projection.items ?? []).entries()) {
        validateKeyToPath(item, `${path}.${name}.items[${at}]`, errors);
        if (item.path) claimPath(item.path, projection.name ?? "");
      }
    }
    for (const item of source.downwardAPI?.items ?? []) {
      validateDownwardFile(item, `${path}.downwardAPI`, errors);
      if (item.path) claimPath(item.path, item.path);
    }
    if (source.serviceAccountToken !== undefined) {
      validateToken(source.serviceAccountToken, { field, path: `${path}.serviceAccountToken` }, errors);
    }
    if (source.clusterTrustBundle !== undefined) {
      validateTrustBundle(source.clusterTrustBundle, `${path}.clusterTrustBundle`, errors);
      claimPath(source.clusterTrustBundle.path ?? "", source.clusterTrustBundle.path ?? "");
    }
    if (Object.values(source).filter((value) => value !== undefined && value !== null).length > 1) {
      errors.push(forbiddenField(path, "may not specify more than 1 volume type per source"));
    }
  }
}

function validateToken(
  token: ServiceAccountTokenProjection,
  // Upstream complains about the token's path at the volume.
  { field, path }: { field: string; path: string },
  errors: FieldError[],
): void {
  const seconds = token.expirationSeconds ?? 0;
  const complain = (detail: string): void =>
    void errors.push(invalidValue(`${path}.expirationSeconds`, seconds, detail));
  if (seconds < MIN_TOKEN_SECONDS) complain("may not specify a duration less than 10 minutes");
  if (seconds > MAX_TOKEN_SECONDS) complain("may not specify a duration larger than 2^32 seconds");
  if (!token.path) errors.push(required(`${field}.path`));
  else validateLocalPath(token.path, `${field}.path`, errors);
}

function validateTrustBundle(bundle: ClusterTrustBundleProjection, field: string, errors: FieldError[]): void {
  const { name, signerName, labelSelector, path = "" } = bundle;
  if (name !== undefined && signerName !== undefined) {
    errors.push(invalidValue(field, bundle, "only one of name and signerName may be used"));
  } else if (name !== undefined) {
    if (name === "") errors.push(required(`${field}.name`, "must be a valid object name"));
    // `signer.example:name`: the last part is the object's own name.
    for (const text of isDNS1123Subdomain(name.slice(name.lastIndexOf(":") + 1))) {
      errors.push(invalidValue(`${field}.name`, name, `not a valid clustertrustbundlename: ${text}`));
    }
    if (labelSelector !== undefined) {
      const detail = "labelSelector must be unset if name is specified";
      errors.push(invalidValue(`${field}.labelSelector`, labelSelector, detail));
    }
  } else if (signerName !== undefined) {
    if (signerName === "") errors.push(required(`${field}.signerName`, "must be a valid signer name"));
    if (labelSelector !== undefined) validateLabelSelector(labelSelector, `${field}.labelSelector`, errors);
  } else {
    errors.push(required(field, "either name or signerName must be specified"));
  }
  if (path === "") errors.push(required(`${field}.path`));
  validateLocalPath(path, `${field}.path`, errors);
}
