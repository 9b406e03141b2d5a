/**
 * IP addresses and networks as Kubernetes' validation accepts them. Upstream: apimachinery pkg/util/validation/ip.go,
 * k8s.io/utils/net (Go's older, lenient parsers: leading zeros in IPv4 are allowed there).
 */
const DOT = 46;
const ZERO = 48;
const NINE = 57;

export function isIPv4(text: string): boolean {
  let parts = 1;
  let digits = 0;
  let number = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT && digits > 0) {
      parts++;
      digits = 0;
      number = 0;
    } else if (code < ZERO || code > NINE) return false;
    else {
      digits++;
      number = number * 10 + code - ZERO;
      if (number > 255) return false;
    }
  }
  return parts === 4 && digits > 0;
}

export function isIPv6(text: string): boolean {
  if (!text.includes(":") || text.includes("%")) return false;
  const halves = text.split("::");
  if (halves.length > 2) return false;
  let count = 0;
  for (const [index, half] of halves.entries()) {
    if (half === "") continue;
    const groups = half.split(":");
    for (const [at, group] of groups.entries()) {
      const last = index === halves.length - 1 && at === groups.length - 1;
      if (last && group.includes(".") && isIPv4(group)) count += 2;
      else if (/^[0-9a-fA-F]{1,4}$/.test(group)) count++;
      else return false;
    }
  }
  return halves.length === 2 ? count < 8 : count === 8;
}

export function isIPAddress(text: string): boolean {
  return isIPv4(text) || isIPv6(text);
}

export function isCIDR(text: string): boolean {
  const slash = text.indexOf("/");
  if (slash < 0) return false;
  const address = text.slice(0, slash);
  const prefix = text.slice(slash + 1);
  if (!/^[0-9]{1,3}$/.test(prefix)) return false;
  return (isIPv4(address) && Number(prefix) <= 32) || (isIPv6(address) && Number(prefix) <= 128);
}
