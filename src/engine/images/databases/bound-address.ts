/**
 * The address that a server listens on when it is told `words`; undefined: all of them. A pod has no more than loopback and
 * its own, so that several are all.
 */
export function boundAddress(words: string, all: readonly string[]): string | undefined {
  const addresses = words
    .split(/[,\s]+/)
    .map((word) => word.replace("localhost", "127.0.0.1"))
    .filter((word) => word !== "");
  const others = addresses.filter((address) => !isOwnHost(address));
  if (others.length === 0) return "127.0.0.1";
  return addresses.length > 1 || all.includes(others[0] as string) ? undefined : others[0];
}

/** An address that only the same pod's programs have as clients: where a local socket counts, a connection from there does. */
export function isOwnHost(address: string): boolean {
  return address === "127.0.0.1" || address === "::1";
}
