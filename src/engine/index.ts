/** The engine's front door: what sessions, views, lessons and hosts may know of it. */
export { adminCredential } from "./cluster/admin-credential.ts";
export { Cluster } from "./cluster/cluster.ts";
export { LaptopPort } from "./cluster/laptop-port.ts";
export { findPreset, UnknownPreset } from "./cluster/presets.ts";
export type { Preset } from "./cluster/presets.ts";
export { COMPONENTS } from "./cluster/static-pods.ts";
export { images } from "./images/registry.ts";
export { Kernel, PendingIntent } from "./runtime/kernel.ts";
export { Tty } from "./runtime/tty.ts";
export { Clock } from "./sim/clock.ts";
export { Journal } from "./sim/journal.ts";
export type { JournalEntry } from "./sim/journal.ts";
export { Simulation } from "./sim/simulation.ts";
