/**
 * The address that a server listens on when it is told `words`; undefined: all of them. A pod has no more than loopback and
 * its own, so that several are all.
 */
export function boundAddress(words: string, all: readonly string[]): string | undefined {
  const addresses = words
    .split(/[,\s]+/)
    .map((word) => word.replace("localhost", "127.0.0.1"))
    .filter((word) => word !== "");
  const others = addresses.filter((address) => address !== "127.0.0.1" && address !== "::1");
  if (others.length === 0) return "127.0.0.1";
  return addresses.length > 1 || all.includes(others[0] as string) ? undefined : others[0];
}
