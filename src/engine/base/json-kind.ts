/** What Go's encoding/json says of a value that doesn't fit. Upstream: encoding/json decode.go (UnmarshalTypeError). */

/** `array`, `bool`, `number`, `object`, `string`. */
export function jsonKind(value: unknown): string {
  if (Array.isArray(value)) return "array";
  return typeof value === "boolean" ? "bool" : typeof value;
}

/** `type`: Go's, such as `map[string]interface {}`. */
export function cannotUnmarshal(value: unknown, type: string): string {
  return `json: cannot unmarshal ${jsonKind(value)} into Go value of type ${type}`;
}
