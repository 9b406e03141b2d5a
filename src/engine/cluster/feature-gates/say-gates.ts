/** What a component of the control plane says of its `--feature-gates`. Upstream: component-base/{cli,featuregate}. */
import { sayFailure, sayKlog } from "../../base/klog.ts";
import type { ServerContext } from "../../runtime/containers/image.ts";
import { withoutEffect } from "../flags-without-effect.ts";
import { gatesWithoutEffect, parseFeatureGates } from "./feature-gates.ts";
import type { GatedComponent } from "./feature-gates.ts";

/** False: the component has ended for them. */
export function acceptsGates(ctx: ServerContext, component: GatedComponent, text: string | undefined): boolean {
  if (text === undefined) return true;
  const read = parseFeatureGates(text);
  if ("problem" in read) {
    sayFailure(ctx, read.problem);
    ctx.exit(1);
    return false;
  }
  for (const warning of read.warnings) sayKlog(ctx, "W", "feature_gate.go:352", warning);
  for (const gate of gatesWithoutEffect(component, read.gates))
    sayKlog(ctx, "W", "flags.go:64", withoutEffect(`feature-gates=${gate}`));
  return true;
}
