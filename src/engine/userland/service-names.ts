/** A few lines of /etc/services: what tools call well-known ports. */
const NAMES: Readonly<Record<number, string>> = {
  21: "ftp",
  22: "ssh",
  23: "telnet",
  25: "smtp",
  53: "domain",
  80: "http",
  123: "ntp",
  443: "https",
  2379: "etcd-client",
  3306: "mysql",
  5432: "postgresql",
  5672: "amqp",
  6379: "redis",
  8080: "http-alt",
};

/** `*` for a port without a name. */
export function serviceName(port: number): string {
  return NAMES[port] ?? "*";
}

/** The port of that name; undefined when there is none. */
export function servicePort(name: string): number | undefined {
  const found = Object.entries(NAMES).find(([, known]) => known === name);
  return found === undefined ? undefined : Number(found[0]);
}
