/** What the kinds that make pods of a template have in common. Upstream: pkg/apis/apps/validation/validation.go. */
import type { LabelSelector, PodTemplateSpec } from "../generated/types.ts";
import { validatePodTemplate } from "../core/pod/validation.ts";
import { forbiddenField, invalidValue, notSupported, required, type FieldError } from "../meta/field-error.ts";
import { labelSelectorAsSelector, SelectorError } from "../meta/selectors.ts";
import { validateLabelSelector } from "../meta/validate-meta.ts";

/** The selector is there, sound, not empty, and matches the template; the template is sound. */
export function validateSelectorAndTemplate(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec | undefined,
  options: { kind: string; field: string },
): FieldError[] {
  const { kind, field } = options;
  const errors: FieldError[] = [];
  if (selector === undefined) errors.push(required(`${field}.selector`));
  else {
    validateLabelSelector(selector, `${field}.selector`, errors);
    if (isEmpty(selector)) {
      errors.push(invalidValue(`${field}.selector`, selector, `empty selector is invalid for ${kind}`));
    }
  }
  let matches = true;
  try {
    // No selector selects nothing, so that it doesn't match the template either.
    const parsed = labelSelectorAsSelector(selector);
    matches = parsed.matchesEverything || parsed.matches(template?.metadata?.labels);
  } catch (error) {
    if (!(error instanceof SelectorError)) throw error;
    errors.push(invalidValue(`${field}.selector`, selector, "invalid label selector"));
  }
  const path = `${field}.template`;
  errors.push(...validatePodTemplate(template ?? {}, path, { selectorMatches: matches, alwaysRestart: true }));
  return errors;
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Pods that are always started again, and for any length of time. */
export function validateEndlessPods(
  template: PodTemplateSpec | undefined,
  kind: "DaemonSet" | "StatefulSet",
  errors: FieldError[],
): void {
  const { restartPolicy = "", activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== "Always") {
    errors.push(notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"]));
  }
  if (activeDeadlineSeconds !== undefined) {
    const detail = `activeDeadlineSeconds in ${kind} is not Supported`;
    errors.push(forbiddenField("spec.template.spec.activeDeadlineSeconds", detail));
  }
}
