const WHY: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connect: connection refused",
  EHOSTUNREACH: "connect: no route to host",
  ENETUNREACH: "connect: network is unreachable",
  ETIMEDOUT: "i/o timeout",
};

/** Why nobody was reached at `172.18.0.2:6443`, as Go's network library tells it. */
export function dialProblem(endpoint: string, errno: string): string {
  return errno === "ENOTFOUND"
    ? `dial tcp: lookup ${endpoint.replace(/:\d+$/, "")} on 127.0.0.53:53: no such host`
    : `dial tcp ${endpoint}: ${WHY[errno] ?? errno}`;
}
