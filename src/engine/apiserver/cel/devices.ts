/**
 * Selectors of devices: `device.driver`, `device.attributes[domain].name`, `device.capacity[domain].name`. Upstream:
 * dynamic-resource-allocation/cel/compile.go.
 * **Simplified:** `has()` of an attribute fails where the device has none of that domain, and says false upstream.
 */
import type { Device, DeviceAttribute } from "../../api/generated/types.ts";
import { parseQuantity } from "../../api/meta/quantity.ts";
import { CelCompiler } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import { CelQuantity } from "./functions/quantities.ts";
import { parseVersion } from "./functions/versions.ts";

type Verdict = boolean | { readonly error: string };
type Test = (selected: { readonly driver: string; readonly device: Device }) => Verdict;

/** Compiles an expression once, and says what a device looks like once. */
export function deviceSelectors(): (expression: string) => Test | { readonly error: string } {
  const known = new Map<string, Test | { readonly error: string }>();
  const values = new WeakMap<Device, object>();
  const valueOf = (driver: string, device: Device): object => {
    let value = values.get(device);
    if (value === undefined) values.set(device, (value = celDevice(driver, device)));
    return value;
  };
  let compiler: CelCompiler | undefined;
  return (expression) => {
    const before = known.get(expression);
    if (before !== undefined) return before;
    compiler ??= new CelCompiler({ device: "dyn" });
    const { program, error = "" } = compiler.compile(expression);
    const test: Test | { readonly error: string } =
      program === undefined
        ? { error }
        : ({ driver, device }) => {
            const result = evaluate(program, { device: valueOf(driver, device) });
            if (result.error !== undefined) return { error: result.error };
            return typeof result.value === "boolean" ? result.value : { error: "no such overload" };
          };
    known.set(expression, test);
    return test;
  };
}

function celDevice(
  driver: string,
  { attributes = {}, capacity = {}, allowMultipleAllocations = false }: Device,
): object {
  return {
    driver,
    allowMultipleAllocations,
    attributes: byDomain(driver, attributes, valueOfAttribute),
    capacity: byDomain(driver, capacity, ({ value }) => new CelQuantity(parseQuantity(value))),
  };
}

/** A name without a domain is of the driver's; asked for another domain there is nothing in it. */
function byDomain<T>(driver: string, values: Readonly<Record<string, T>>, of: (value: T) => unknown): object {
  const domains: Record<string, Record<string, unknown>> = {};
  for (const [name, value] of Object.entries(values)) {
    const slash = name.indexOf("/");
    const domain = slash < 0 ? driver : name.slice(0, slash);
    (domains[domain] ??= {})[name.slice(slash + 1)] = of(value);
  }
  return domains;
}

function valueOfAttribute({ bool, int, string, version }: DeviceAttribute): unknown {
  if (int !== undefined) return BigInt(int);
  return bool ?? string ?? (version === undefined ? undefined : parseVersion(version));
}
