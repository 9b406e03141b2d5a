import type { Container } from "../api/generated/types.ts";

/** A port given by number or by the name of one of the container's ports; NaN when there is none of that name. */
export function namedPort(container: Container, port: number | string): number {
  if (typeof port === "number") return port;
  const found = container.ports?.find(({ name }) => name === port);
  return found?.containerPort ?? Number(port);
}
