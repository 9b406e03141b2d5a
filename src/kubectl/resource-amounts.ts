import { canonicalQuantity, QuantityError } from "../engine/api/meta/quantity.ts";
import { CommandError } from "./errors.ts";

/**
 * What `resource=amount,…` says, amounts in their canonical form; nothing for the empty text.
 * Upstream: populateResourceListV1 of kubectl's pkg/cmd/create/create_quota.go and pkg/cmd/set/set_resources.go.
 */
export function resourceAmounts(text: string): Record<string, string> {
  if (text === "") return {};
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const [resource = "", amount, ...rest] = pair.split("=");
      if (amount === undefined || rest.length > 0) {
        throw new CommandError(`Invalid argument syntax ${pair}, expected <resource>=<value>`);
      }
      try {
        return [resource, canonicalQuantity(amount)];
      } catch (error) {
        if (error instanceof QuantityError) throw new CommandError(error.message);
        throw error;
      }
    }),
  );
}
