/** Upstream: validateCustomResourceConversion of pkg/apis/apiextensions/validation/validation.go. */
import type { CustomResourceConversion } from "../generated/types.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { isDNS1035Label } from "../meta/names.ts";

const ACCEPTED = ["v1", "v1beta1"];
const UNSET = "should not be set when strategy is not set to Webhook";

export function validateConversion(conversion: CustomResourceConversion | undefined): FieldError[] {
  if (conversion === undefined) return [];
  const { strategy = "", webhook } = conversion;
  const path = "spec.conversion";
  if (strategy === "") return [required(`${path}.strategy`)];
  const errors: FieldError[] = [];
  if (strategy !== "None" && strategy !== "Webhook") {
    errors.push(notSupported(`${path}.strategy`, strategy, ["None", "Webhook"]));
  }
  if (strategy !== "Webhook") {
    if (webhook?.clientConfig !== undefined) errors.push(forbiddenField(`${path}.webhookClientConfig`, UNSET));
    if ((webhook?.conversionReviewVersions ?? []).length > 0) {
      errors.push(forbiddenField(`${path}.conversionReviewVersions`, UNSET));
    }
    return errors;
  }
  const { clientConfig } = webhook ?? {};
  if (clientConfig === undefined) {
    errors.push(required(`${path}.webhookClientConfig`, "required when strategy is set to Webhook"));
  } else if ((clientConfig.url === undefined) === (clientConfig.service === undefined)) {
    errors.push(required(`${path}.webhookClientConfig`, "exactly one of url or service is required"));
  }
  return [...errors, ...validateReviewVersions(webhook?.conversionReviewVersions ?? [], path)];
}

function validateReviewVersions(versions: readonly string[], parent: string): FieldError[] {
  const path = `${parent}.conversionReviewVersions`;
  if (versions.length === 0) return [required(path)];
  const errors = versions.flatMap((version, index) => {
    if (versions.indexOf(version) < index) return [invalidValue(`${path}[${index}]`, version, "duplicate version")];
    return isDNS1035Label(version).map((why) => invalidValue(`${path}[${index}]`, version, why));
  });
  if (!versions.some((version) => ACCEPTED.includes(version))) {
    errors.push(invalidValue(path, versions, `must include at least one of ${ACCEPTED.join(", ")}`));
  }
  return errors;
}
