/** DockerCoins: worker → rng, hasher, redis ← webui. Upstream: jpetazzo/container.training dockercoins. */
import type { ImageDefinition } from "../define-image.ts";
import { sha256 } from "../../base/digests.ts";
import { utf8Encode } from "../../base/base64.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html, json } from "../web-app.ts";
import { randomHex, repeat } from "./app-state.ts";
import { askHttp, failures, whenAnswered } from "./back-ends.ts";
import type { Asking, Reply } from "./back-ends.ts";
import { askRedis, redisValue } from "./redis-client.ts";
import { defineWorker, hear } from "./worker.ts";

const TAGS = tags(80, "v0.1..3 latest");
const REDIS = "redis:6379";

const rng = defineWebApp({
  name: "docker.io/dockercoins/rng",
  tags: TAGS,
  port: 80,
  program: "/usr/local/bin/python",
  memoryMB: 20,
  page({ path }, ctx) {
    if (path === "/") return `RNG running on ${ctx.hostname}\n`;
    const bytes = Number(path.slice(1));
    if (!Number.isInteger(bytes)) return undefined;
    return {
      status: 200,
      headers: { "content-type": "application/octet-stream" },
      body: randomHex(ctx, bytes),
      delayMs: 100,
    };
  },
  banner: () => [" * Running on http://0.0.0.0:80/ (Press CTRL+C to quit)"],
  logLine: ({ remoteAddress, method, path }, status) => `${remoteAddress} - - "${method} ${path} HTTP/1.1" ${status} -`,
});

const hasher = defineWebApp({
  name: "docker.io/dockercoins/hasher",
  tags: TAGS,
  port: 80,
  program: "/usr/local/bin/ruby",
  memoryMB: 25,
  page: ({ method, body }, ctx) =>
    method === "POST"
      ? { status: 200, body: sha256(utf8Encode(body)), delayMs: 100 }
      : `HASHER running on ${ctx.hostname}\n`,
  banner: () => ["== Sinatra has taken the stage on 80 for development with backup from Thin"],
});

const webui = defineWebApp({
  name: "docker.io/dockercoins/webui",
  tags: TAGS,
  port: 80,
  program: "/usr/local/bin/node",
  memoryMB: 30,
  exitCode: 143,
  page({ path }, ctx) {
    if (path === "/")
      return { status: 302, headers: { location: "/index.html" }, body: "Found. Redirecting to /index.html" };
    if (path === "/index.html") return html("DockerCoin Miner WebUI", "<h1>DockerCoin Miner WebUI</h1>");
    if (path !== "/json") return undefined;
    const askings = [askRedis(ctx, REDIS, ["HLEN", "wallet"]), askRedis(ctx, REDIS, ["GET", "hashes"])];
    return whenAnswered(ctx, askings, (replies) => {
      const [coins, hashes] = replies.map(redisValue);
      for (const got of [coins, hashes]) {
        if (got === undefined || !("error" in got)) continue;
        ctx.log(`Redis error ${got.error}`, "stderr");
        return json({ error: got.error }, 500);
      }
      const value = (got: typeof coins): number => (got !== undefined && "value" in got ? Number(got.value ?? 0) : 0);
      return json({ coins: value(coins), hashes: value(hashes), now: ctx.now() / 1000 });
    });
  },
  banner: () => ["WEBUI running on port 80"],
});

/** **Simplified:** a unit of work a second for the four a second of the real worker, counted as four. */
const worker = defineWorker({
  name: "docker.io/dockercoins/worker",
  tags: TAGS,
  program: "/usr/local/bin/python",
  memoryMB: 18,
  start(ctx) {
    repeat(ctx, (again) => {
      const broken = (replies: readonly Reply[]): boolean => {
        const [said] = failures(replies);
        if (said === undefined) return false;
        ctx.log(`ERROR:__main__:In work loop: ${said}`, "stderr");
        ctx.log("ERROR:__main__:Waiting 10s and restarting.", "stderr");
        again(10_000);
        return true;
      };
      const step = (asking: Asking, next: (reply: Reply) => void): void =>
        hear(ctx, asking, (reply) => void (broken([reply]) || next(reply)));
      step(askHttp(ctx, "http://rng/32"), ({ body }) =>
        step(askHttp(ctx, "http://hasher/", { method: "POST", body }), ({ body: hash }) => {
          const count = (): void =>
            step(askRedis(ctx, REDIS, ["INCRBY", "hashes", "4"]), (reply) => {
              const got = redisValue(reply);
              ctx.log(
                "error" in got
                  ? `ERROR:__main__:In work loop: ${got.error}`
                  : "INFO:__main__:4 units of work done, updating hash counter",
                "stderr",
              );
              again("error" in got ? 10_000 : 1000);
            });
          if (!hash.startsWith("0")) return count();
          ctx.log(`INFO:__main__:Coin found: ${hash.slice(0, 8)}...`, "stderr");
          step(askRedis(ctx, REDIS, ["HSET", "wallet", hash, body]), count);
        }),
      );
    });
  },
});

export const dockercoins: readonly ImageDefinition[] = [rng, hasher, webui, worker];
