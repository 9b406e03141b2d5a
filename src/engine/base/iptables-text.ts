/** Rules of iptables as `iptables-save` writes them. */
import type { IptablesRule } from "./packet-filter.ts";

/** `-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp … -j KUBE-SVC-…`. */
export function ruleText(chain: string, rule: IptablesRule): string {
  const { source, destination, inInterface, outInterface, protocol, comment, matches = [], target, options } = rule;
  const early = matches.filter(({ save }) => save.includes("conntrack --ctstate NEW"));
  const late = matches.filter((match) => !early.includes(match));
  return [
    `-A ${chain}${matchAddress("-s", source)}${matchAddress("-d", destination)}`,
    ...(inInterface === undefined ? [] : [matchInterface("-i", inInterface)]),
    ...(outInterface === undefined ? [] : [matchInterface("-o", outInterface)]),
    ...(protocol === undefined ? [] : [`-p ${protocol}`]),
    ...early.map(({ save }) => save),
    ...(comment === undefined
      ? []
      : [`-m comment --comment ${/\s/.test(comment) || comment.includes("/") ? `"${comment}"` : comment}`]),
    ...late.map(({ save }) => save),
    ...(target === undefined ? [] : [`-j ${target}`]),
    ...(options === undefined ? [] : [options.save]),
  ].join(" ");
}

/** `! 10.244.0.0/16` and `10.96.0.1` as a dump shows them. */
function matchAddress(flag: string, text: string | undefined): string {
  if (text === undefined) return "";
  const [negated, address = text] = text.startsWith("! ") ? ["! ", text.slice(2)] : ["", text];
  const whole = address.includes("/") ? address : `${address}/${address.includes(":") ? 128 : 32}`;
  return ` ${negated}${flag} ${whole}`;
}

function matchInterface(flag: string, text: string): string {
  return text.startsWith("! ") ? `! ${flag} ${text.slice(2)}` : `${flag} ${text}`;
}
