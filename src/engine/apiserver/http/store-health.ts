/** Health of a server whose etcd doesn't answer. Upstream: apiserver pkg/server/healthz. */

const PAGE = /^\/(healthz|livez|readyz)(\/etcd)?$/;

/** Which of the pages for health a path is, where that page looks at etcd. */
export function healthPage(path: string): string | undefined {
  return PAGE.exec(path)?.[1];
}

/** What it says, with a status of 500. */
export function unhealthy(page: string): string {
  const checks = ["[+]ping ok", "[+]log ok", "[-]etcd failed: reason withheld"];
  return `${[...checks, `${page} check failed`].join("\n")}\n`;
}
