import type { DeviceAttribute } from "../../api/generated/types.ts";
import type { PooledDevice } from "./device-pools.ts";

/** An attribute by its full name; one that a device has without a domain is of its driver's. */
export function attributeOf({ driver, device }: PooledDevice, name: string): DeviceAttribute | undefined {
  const attributes = device.attributes ?? {};
  const found = attributes[name];
  if (found !== undefined) return found;
  const slash = name.indexOf("/");
  return name.slice(0, slash) === driver ? attributes[name.slice(slash + 1)] : undefined;
}

export function sameValue(a: DeviceAttribute, b: DeviceAttribute): boolean {
  return a.bool === b.bool && a.int === b.int && a.string === b.string && a.version === b.version;
}
