/** `30000-32767`, `30000+100` or one port. Upstream: apimachinery pkg/util/net/port_range.go. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const HIGHEST_PORT = 65_535;

/** The range, or what is wrong with the text. */
export function parsePortRange(text: string): PortRange | { problem: string } {
  const value = text.trim();
  if (/-.*\+|\+.*-/.test(value)) return { problem: `unable to parse port range: ${value}` };
  const [low = "", high = low] = value.split(/[-+]/, 2);
  for (const number of [low, high]) {
    if (!/^\d+$/.test(number)) return { problem: `strconv.Atoi: parsing ${JSON.stringify(number)}: invalid syntax` };
  }
  const first = Number(low);
  const last = value.includes("+") ? first + Number(high) : Number(high);
  if (first > HIGHEST_PORT || last > HIGHEST_PORT) {
    return { problem: `the port range cannot be greater than ${HIGHEST_PORT}: ${value}` };
  }
  return last < first ? { problem: `end port cannot be less than start port: ${value}` } : { first, last };
}
