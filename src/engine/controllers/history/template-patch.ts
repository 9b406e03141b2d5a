/**
 * What a revision keeps: a strategic merge patch that puts the pod template back.
 * Upstream: getPatch and ApplyRevision in pkg/controller/{statefulset,daemon}.
 */
import type { ControllerRevision, PodTemplateSpec } from "../../api/generated/types.ts";
import { memoize } from "../../api/meta/share.ts";
import { deepEqual } from "../../base/json.ts";

interface TemplatePatch {
  spec: { template: PodTemplateSpec & { $patch?: string } };
}

export const templatePatch = memoize((template: PodTemplateSpec): TemplatePatch => ({
  spec: { template: { ...template, $patch: "replace" } },
}));

/** The template that a revision keeps. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  return withoutDirective(revision.data as TemplatePatch);
}

const withoutDirective = memoize(({ spec }: TemplatePatch): PodTemplateSpec => {
  const { $patch: _, ...template } = spec.template;
  return template;
});

export function keepsTemplate(revision: ControllerRevision, template: PodTemplateSpec): boolean {
  return deepEqual(revision.data, templatePatch(template));
}
