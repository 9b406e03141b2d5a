/**
 * `drydock serve`: the simulated API server on loopback HTTP. Virtual time runs at `--speed` times wall time, as fast as
 * it can (`max`), or only when told to (`0`) through `POST /drydock/clock`. A credential always counts; who sends none is
 * the administrator, unless `--anonymous` says otherwise. kubectl sends tokens and certificates over HTTPS only: `--tls`.
 */
import { writeFileSync } from "node:fs";
import { UnknownPreset } from "../engine/index.ts";
import { Playground } from "../worker/playground.ts";
import { installedDescriptions } from "./descriptions.ts";
import { kubeconfig, parseSpeed, serveCluster } from "./cluster-server.ts";
import { clusterFlags, parseFlags, UsageError } from "./options.ts";

export async function serve(args: readonly string[]): Promise<number> {
  const { values } = parseFlags(args, {
    flags: ["port", "preset", "seed", "speed", "kubeconfig"],
    switches: ["anonymous", "tls"],
  });
  const port = Number(values["port"] ?? 8001);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new UsageError(`--port takes a port number, not "${String(values["port"])}"`);
  const speed = parseSpeed(String(values["speed"] ?? "1"));
  if (speed === undefined) throw new UsageError(`--speed takes a number, "max" or 0, not "${String(values["speed"])}"`);
  const anonymous = values["anonymous"] === true;
  let playground: Playground;
  try {
    playground = Playground.create({ ...clusterFlags(values), descriptions: installedDescriptions });
  } catch (error) {
    if (error instanceof UnknownPreset) throw new UsageError(error.message);
    throw error;
  }
  // A client that connects at once finds a cluster that is up, as after `kind create cluster`.
  await playground.boot();
  const tls = values["tls"] === true;
  const { address, authority, close } = await serveCluster(playground, { port, speed, anonymous, tls });
  if (typeof values["kubeconfig"] === "string")
    writeFileSync(values["kubeconfig"], kubeconfig(address, playground.adminToken, authority));
  process.stdout.write(
    `Drydock serves Kubernetes v1.36 at ${address} (preset ${playground.preset}, speed ${String(speed)})\n`,
  );
  process.stdout.write(
    anonymous
      ? `Requests without a credential are system:anonymous; the administrator's token is ${playground.adminToken}\n`
      : "Requests without a credential are taken for kubernetes-admin (--anonymous: for system:anonymous)\n",
  );
  process.stdout.write(
    `kubectl --server ${address}${tls ? " --insecure-skip-tls-verify" : ""}${anonymous ? ` --token ${playground.adminToken}` : ""} get nodes\n`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
  close();
  return 0;
}
