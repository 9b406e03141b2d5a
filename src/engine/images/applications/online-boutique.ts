/**
 * Google's Online Boutique. Upstream: GoogleCloudPlatform/microservices-demo. Its services speak gRPC.
 * **Simplified:** a call is a POST to the method's path that answers with JSON, without protocol buffers; the cart
 * service keeps a cart in Redis as one string.
 */
import type { ServedRequest, ServedResponse } from "../../runtime/network-port.ts";
import type { ImageDefinition, ServerContext } from "../define-image.ts";
import { grpcHealthProbe } from "../grpc-health-probe.ts";
import { tags } from "../tags.ts";
import { defineWebApp, html, json } from "../web-app.ts";
import { cookieOf, formOf, processState, randomHex } from "./app-state.ts";
import { askHttp, failures, whenAnswered } from "./back-ends.ts";
import type { Asking } from "./back-ends.ts";
import { askRedis, redisValue } from "./redis-client.ts";
import { defineVisitor } from "./worker.ts";

const REGISTRIES = [
  "gcr.io/google-samples/microservices-demo",
  "us-central1-docker.pkg.dev/google-samples/microservices-demo",
];
const TAGS = tags(30, "v0.1.0..5 v0.2.0..4 v0.3.0..9 v0.4.0..2 v0.5.0..2 v0.6.0 v0.7.0 v0.8.0..1 v0.9.0 v0.10.0..5");

const PRODUCTS = [
  ["OLJCESPC7Z", "Sunglasses", 19.99],
  ["66VCHSJNUP", "Tank Top", 18.99],
  ["1YMWWN1N4O", "Watch", 109.99],
  ["L9ECAV7KIM", "Loafers", 89.99],
  ["2ZYFJ3GM2N", "Hairdryer", 24.99],
  ["0PUK6V6EV0", "Candle Holder", 18.99],
  ["LS4PSXUNUM", "Salt & Pepper Shakers", 18.49],
  ["9SIQT8TOJO", "Bamboo Glass Jar", 5.49],
  ["6E92ZMYYFZ", "Mug", 8.99],
].map(([id, name, price]) => ({ id, name, price }) as { id: string; name: string; price: number });

interface Service {
  name: string;
  port: number;
  memoryMB: number;
  startMs?: number;
  /** By method name. */
  answer(method: string, request: ServedRequest, ctx: ServerContext): ServedResponse | undefined;
  banner(port: number): string;
}

function service({ name, port, memoryMB, startMs = 500, answer, banner }: Service): ImageDefinition[] {
  return REGISTRIES.map((registry) =>
    defineWebApp({
      name: `${registry}/${name}`,
      tags: TAGS,
      port,
      readsPort: true,
      program: "/src/server",
      userland: "none",
      user: 1000,
      grpc: true,
      startMs,
      memoryMB,
      exitCode: 2,
      programs: () => ({ "/bin/grpc_health_probe": { kind: "program", run: grpcHealthProbe } }),
      page: (request, ctx) => answer(request.path.split("/").at(-1) ?? "", request, ctx),
      banner: (listening) => [banner(listening)],
    }),
  );
}

/** A call to a service whose address an environment variable has. */
function call(ctx: ServerContext, variable: string, method: string, body = ""): Asking {
  return askHttp(ctx, `http://${ctx.env[variable] ?? `${variable} is not set`}/hipstershop.${method}`, {
    method: "POST",
    body,
  });
}

const log = (message: string): string => JSON.stringify({ severity: "info", message });

const simple = (
  name: string,
  port: number,
  memoryMB: number,
  answers: Record<string, unknown>,
  startMs?: number,
): ImageDefinition[] =>
  service({
    name,
    port,
    memoryMB,
    ...(startMs !== undefined && { startMs }),
    answer: (method) => (method in answers ? json(answers[method]) : undefined),
    banner: (listening) => log(`${name} gRPC server started on port ${listening}`),
  });

const cartsOf = processState(() => new Map<string, string>());

/** Adds to what is there, and gives the cart as it is then. */
function cartAnswer(method: string, { body }: ServedRequest, ctx: ServerContext): ServedResponse | undefined {
  const { user = "", product = "" } = formOf(body);
  const next = (cart: string): string => (cart === "" ? product : `${cart},${product}`);
  const place = ctx.env["REDIS_ADDR"] ?? "";
  if (place === "") {
    const carts = cartsOf(ctx);
    if (method === "AddItem") carts.set(user, next(carts.get(user) ?? ""));
    if (method === "EmptyCart") carts.delete(user);
    return json({ items: carts.get(user) ?? "" });
  }
  const failed = (error: string): ServedResponse => {
    ctx.log(`Can't access cart storage. ${error}`, "stderr");
    return { ...json({}, 503), body: `Can't access cart storage. ${error}` };
  };
  const key = `cart-${user}`;
  return whenAnswered(ctx, [askRedis(ctx, place, ["GET", key])], ([reply]) => {
    const got = redisValue(reply as never);
    if ("error" in got) return failed(got.error);
    const cart = typeof got.value === "string" ? got.value : "";
    if (method === "GetCart") return json({ items: cart });
    const after = method === "AddItem" ? next(cart) : "";
    return whenAnswered(ctx, [askRedis(ctx, place, ["SET", key, after])], ([written]) => {
      const result = redisValue(written as never);
      return "error" in result ? failed(result.error) : json({ items: after });
    });
  });
}

const checkout = service({
  name: "checkoutservice",
  port: 5050,
  memoryMB: 14,
  answer(method, { body }, ctx) {
    if (method !== "PlaceOrder") return undefined;
    const askings = [
      call(ctx, "CART_SERVICE_ADDR", "CartService/EmptyCart", body),
      call(ctx, "PRODUCT_CATALOG_SERVICE_ADDR", "ProductCatalogService/ListProducts"),
      call(ctx, "CURRENCY_SERVICE_ADDR", "CurrencyService/Convert"),
      call(ctx, "SHIPPING_SERVICE_ADDR", "ShippingService/ShipOrder"),
      call(ctx, "PAYMENT_SERVICE_ADDR", "PaymentService/Charge"),
    ];
    return whenAnswered(ctx, askings, (replies) => {
      const [failed] = failures(replies);
      return failed === undefined ? json({ order_id: randomHex(ctx, 32) }) : { ...json({}, 500), body: failed };
    });
  },
  banner: (port) => log(`starting to listen on tcp: ":${port}"`),
});

const recommendation = service({
  name: "recommendationservice",
  port: 8080,
  memoryMB: 45,
  startMs: 3000,
  answer: (method, _request, ctx) =>
    method === "ListRecommendations"
      ? whenAnswered(
          ctx,
          [call(ctx, "PRODUCT_CATALOG_SERVICE_ADDR", "ProductCatalogService/ListProducts")],
          (replies) => {
            const [failed] = failures(replies);
            return failed === undefined ? json(PRODUCTS.slice(0, 4)) : { ...json({}, 500), body: failed };
          },
        )
      : undefined,
  banner: (port) => log(`listening on port: ${port}`),
});

/** What each page of the front end calls. Advertisements and recommendations may be missing: their pages do without. */
function frontPage(request: ServedRequest, ctx: ServerContext): ServedResponse | undefined {
  const { method, path, body, headers } = request;
  const session = cookieOf(headers, "shop_session-id") ?? randomHex(ctx, 32);
  const currencies = (): Asking => call(ctx, "CURRENCY_SERVICE_ADDR", "CurrencyService/GetSupportedCurrencies");
  const cart = (verb: string, product = ""): Asking =>
    call(ctx, "CART_SERVICE_ADDR", `CartService/${verb}`, `user=${session}&product=${product}`);
  const products = (): Asking => call(ctx, "PRODUCT_CATALOG_SERVICE_ADDR", "ProductCatalogService/ListProducts");
  const finish = (askings: readonly Asking[], show: (bodies: readonly string[]) => string): ServedResponse =>
    whenAnswered(ctx, askings, (replies) => {
      const [failed] = failures(replies);
      const cookies = { "set-cookie": `shop_session-id=${session}; Max-Age=172800` };
      if (failed === undefined) {
        const page = html("Online Boutique", show(replies.map((reply) => reply.body)));
        return { ...page, headers: { ...page.headers, ...cookies } };
      }
      ctx.log(JSON.stringify({ severity: "error", message: "request error", error: failed, "http.req.path": path }));
      return html(
        "Online Boutique",
        `<h1>Uh, oh!</h1>\n<p>Something has failed.</p>\n<pre>rpc error: code = Unavailable desc = ${failed}</pre>`,
        500,
      );
    });
  if (path === "/") {
    const ads = call(ctx, "AD_SERVICE_ADDR", "AdService/GetAds");
    return whenAnswered(ctx, [ads], ([ad]) =>
      finish([currencies(), products(), cart("GetCart")], () =>
        [
          "<h3>Hot Products</h3>",
          ...PRODUCTS.map(({ id, name, price }) => `<a href="/product/${id}">${name}</a> $${price.toFixed(2)}`),
          ...(ad?.status === 200 ? ["<p>Ad: Hairdryer for sale. 50% off.</p>"] : []),
        ].join("\n"),
      ),
    );
  }
  if (path.startsWith("/product/")) {
    const product = PRODUCTS.find(({ id }) => path === `/product/${id}`);
    if (product === undefined) return undefined;
    return finish(
      [products(), currencies(), cart("GetCart")],
      () => `<h2>${product.name}</h2>\n<p>$${product.price.toFixed(2)}</p>`,
    );
  }
  if (path === "/cart" && method === "POST") {
    return finish(
      [products(), cart("AddItem", formOf(body)["product_id"] ?? "")],
      ([, items]) => `<h3>Cart</h3>\n<pre>${items ?? ""}</pre>`,
    );
  }
  if (path === "/cart") {
    const shipping = call(ctx, "SHIPPING_SERVICE_ADDR", "ShippingService/GetQuote");
    return finish([currencies(), cart("GetCart"), shipping], ([, items]) => `<h3>Cart</h3>\n<pre>${items ?? ""}</pre>`);
  }
  if (path === "/cart/checkout" && method === "POST") {
    const order = call(ctx, "CHECKOUT_SERVICE_ADDR", "CheckoutService/PlaceOrder", `user=${session}`);
    return finish([order], ([placed]) => `<h3>Your order is complete!</h3>\n<pre>${placed ?? ""}</pre>`);
  }
  return undefined;
}

const frontend = REGISTRIES.map((registry) =>
  defineWebApp({
    name: `${registry}/frontend`,
    tags: TAGS,
    port: 8080,
    readsPort: true,
    program: "/src/server",
    userland: "none",
    user: 1000,
    memoryMB: 16,
    exitCode: 2,
    page(request, ctx) {
      if (request.path === "/_healthz") return "ok";
      if (request.path === "/robots.txt") return "User-agent: *\nDisallow: /";
      return frontPage(request, ctx);
    },
    banner: (port) => [log(`starting server on :${port}`)],
    logLine: ({ path, method }, status) =>
      JSON.stringify({
        severity: "debug",
        message: "request complete",
        "http.req.method": method,
        "http.req.path": path,
        "http.resp.status": status,
      }),
  }),
);

const visitors = REGISTRIES.map((registry) =>
  defineVisitor({
    name: `${registry}/loadgenerator`,
    tags: TAGS,
    everyMs: 5000,
    user: 1000,
    address: (ctx) => `http://${ctx.env["FRONTEND_ADDR"] ?? "frontend:80"}`,
    paths: ["/", "/product/OLJCESPC7Z", "/cart", "/product/6E92ZMYYFZ"],
  }),
);

export const onlineBoutique: readonly ImageDefinition[] = [
  ...frontend,
  ...simple("productcatalogservice", 3550, 13, { ListProducts: PRODUCTS, GetProduct: PRODUCTS[0] }),
  ...simple("currencyservice", 7000, 45, { GetSupportedCurrencies: ["EUR", "USD", "JPY", "GBP"], Convert: {} }, 3000),
  ...service({
    name: "cartservice",
    port: 7070,
    memoryMB: 40,
    startMs: 3000,
    answer: cartAnswer,
    banner: (port) => `Now listening on: http://[::]:${port}`,
  }),
  ...recommendation,
  ...simple("shippingservice", 50051, 12, {
    GetQuote: { cost_usd: 8.99 },
    ShipOrder: { tracking_id: "LE-33158-223611810" },
  }),
  ...checkout,
  ...simple("paymentservice", 50051, 45, { Charge: { transaction_id: "7d54b2a4" } }, 3000),
  ...simple("emailservice", 8080, 45, { SendOrderConfirmation: {} }, 3000),
  ...simple("adservice", 9555, 120, { GetAds: [{ text: "Hairdryer for sale. 50% off." }] }, 12_000),
  ...visitors,
];
