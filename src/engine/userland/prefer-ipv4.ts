/**
 * Which of a name's addresses a tool of busybox takes: the first one of IPv4 (FEATURE_PREFER_IPV4_ADDRESS, as Docker's image
 * is built). **Simplified:** Alpine's, which is built without, takes the same.
 */
export function firstOfIPv4(addresses: readonly string[]): string | undefined {
  return addresses.find((each) => !each.includes(":")) ?? addresses[0];
}
