import type { Device } from "../../api/generated/types.ts";

/** A device as an expression sees it. */
export interface SelectedDevice {
  readonly driver: string;
  readonly device: Device;
}

/** Whether a device is meant, or why that can't be said. */
export type DeviceTest = (selected: SelectedDevice) => boolean | { readonly error: string };

/** Compiles expressions of selectors; whoever composes a scheduler brings the language. */
export type DeviceSelectors = (expression: string) => DeviceTest | { readonly error: string };
