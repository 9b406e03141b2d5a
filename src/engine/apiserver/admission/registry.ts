/** Every admission plugin, in upstream's order (pkg/kubeapiserver/options/plugins.go): one line a plugin. */
import type { AdmissionPlugin } from "./admission.ts";
import { namespaceLifecycle } from "./namespace-lifecycle.ts";

export const admissionPlugins: readonly AdmissionPlugin[] = [namespaceLifecycle];
