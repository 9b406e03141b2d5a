/** Ports of UDP that ingress-nginx leads to services, without a cluster: sockets are lists. */
import { describe, expect, it } from "vitest";
import type { EndpointSlice, Service } from "../../api/generated/types.ts";
import type { Connection, ConnectionEvents, ConnectSink, ConnectTarget } from "../../runtime/connection.ts";
import type { UdpListener } from "../../runtime/connection.ts";
import type { ServerContext } from "../../runtime/containers/image.ts";
import { Streams } from "./streams.ts";

interface Socket {
  host: string;
  sent: string[];
  closed: boolean;
  events: ConnectionEvents;
}

interface World {
  sockets: Socket[];
  /** A datagram of the client at this port; what is answered goes to `replies`. */
  send(data: string, from: number): void;
  replies: string[];
  /** Opens the sockets that were asked for since the last time. */
  open(): void;
  /** The time of a client is over. */
  late(): void;
}

function world(): World {
  const sockets: Socket[] = [];
  const replies: string[] = [];
  const opening: (() => void)[] = [];
  const timers: (() => void)[] = [];
  let listener: UdpListener | undefined;
  const context: unknown = {
    listenUdp: (_port: number, given: UdpListener) => {
      listener = given;
      return () => {};
    },
    after: (_ms: number, run: () => void) => void timers.push(run),
    network: {
      connect({ host }: ConnectTarget, sink: ConnectSink) {
        const socket: Socket = { host, sent: [], closed: false, events: {} };
        const connection: unknown = {
          write: (data: string) => void socket.sent.push(data),
          close: () => void (socket.closed = true),
        };
        opening.push(() => {
          sockets.push(socket);
          socket.events = sink.opened(connection as Connection);
        });
        return () => {};
      },
    },
  };
  const service: unknown = { spec: { ports: [{ port: 5000, protocol: "UDP" }] } };
  const slice: unknown = {
    addressType: "IPv4",
    ports: [{ port: 5000 }],
    endpoints: [{ addresses: ["10.0.0.1"] }, { addresses: ["10.0.0.2"] }],
  };
  const objects = {
    service: () => service as Service,
    slices: () => [slice as EndpointSlice],
    secret: () => undefined,
    configMap: () => undefined,
  };
  const streams = new Streams(context as ServerContext, { objects, taken: [], warn: () => {}, error: () => {} });
  streams.update("UDP", { "5000": "default/sink:5000" });
  return {
    sockets,
    replies,
    send: (data, remotePort) =>
      void listener?.({
        data,
        remoteAddress: "10.244.1.9",
        remotePort,
        port: 5000,
        reply: (text) => void replies.push(text),
      }),
    open: () => {
      for (const run of opening.splice(0)) run();
    },
    late: () => {
      for (const run of timers.splice(0)) run();
    },
  };
}

describe("a client of UDP", () => {
  it("speaks to one endpoint from one socket, whatever it sends before that is open", () => {
    const { sockets, replies, send, open } = world();
    send("one", 4000);
    send("two", 4000);
    send("other", 4001);
    open();
    send("three", 4000);
    open();
    expect(sockets.map(({ host, sent }) => [host, ...sent])).toEqual([
      ["10.0.0.1", "one", "two", "three"],
      ["10.0.0.2", "other"],
    ]);
    sockets[0]?.events.data?.("answer");
    expect(replies).toEqual(["answer"]);
  });

  it("begins anew when its time is over, or its endpoint refuses", () => {
    const { sockets, send, open, late } = world();
    send("one", 4000);
    open();
    late();
    send("two", 4000);
    open();
    sockets[1]?.events.closed?.("ECONNREFUSED");
    send("three", 4000);
    open();
    expect(sockets.map(({ host, sent, closed }) => [host, ...sent, closed])).toEqual([
      ["10.0.0.1", "one", true],
      ["10.0.0.2", "two", true],
      ["10.0.0.1", "three", false],
    ]);
  });
});
