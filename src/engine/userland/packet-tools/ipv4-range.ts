/** `10.96.0.0/16`, or `10.96` for the same: which addresses are within. Undefined for what is no range of IPv4. */
export function ipv4Range(text: string): ((address: string) => boolean) | undefined {
  const [, network = "", bits = ""] = /^(\d+(?:\.\d+){0,3})(?:\/(\d+))?$/.exec(text) ?? [];
  const octets = network.split(".").map(Number);
  const length = bits === "" ? 8 * octets.length : Number(bits);
  if (network === "" || octets.some((octet) => octet > 255) || length > 32) return undefined;
  const number = (parts: readonly number[]): number =>
    [0, 1, 2, 3].reduce((sum, at) => sum * 256 + (parts[at] ?? 0), 0);
  const size = 2 ** (32 - length);
  const wanted = Math.floor(number(octets) / size);
  return (address) => !address.includes(":") && Math.floor(number(address.split(".").map(Number)) / size) === wanted;
}
