/**
 * From the cart to the parcel. Upstream: microservices-demo/carts, orders, payment, shipping, queue-master.
 * **Simplified:** the queue between shipping and its master only has to be there; nothing goes through it.
 */
import { isObject, parseJson } from "../../../base/json.ts";
import { json } from "../../web-app.ts";
import { formOf, randomHex } from "../app-state.ts";
import { askHttp, askTcp } from "../back-ends.ts";
import { askMongo, mongoDocuments } from "../mongo-client.ts";
import { goService, health, javaService, needing } from "./parts.ts";

const DATABASE = "data";

interface Item {
  itemId: string;
  quantity: number;
  unitPrice: number;
}

function itemsIn(text: string): Item[] {
  const said = parseJson(text);
  return (Array.isArray(said) ? said : []).filter(isObject).map(itemOf);
}

function itemOf(said: Record<string, unknown>): Item {
  const { itemId = said["id"] ?? "", quantity = 1, unitPrice = 0 } = said;
  return { itemId: String(itemId), quantity: Number(quantity), unitPrice: Number(unitPrice) };
}

export const carts = javaService({
  name: "carts",
  tag: "0.4.0..8",
  page({ method, path, query, body }, ctx) {
    const place = "carts-db:27017";
    if (path === "/health") return health(ctx, "carts", { name: "carts-db", asking: askTcp(ctx, place) });
    const [, customer, more, itemId] = /^\/carts\/([^/]+)(\/merge|\/items(?:\/([^/]+))?)?$/.exec(path) ?? [];
    if (customer === undefined) return undefined;
    const ask = (call: string) => askMongo(ctx, place, DATABASE, `items.${call}`);
    if (more === "/merge") {
      const before = JSON.stringify({ customer: formOf(query)["sessionId"] ?? "" });
      return needing(ctx, [ask(`updateMany(${before}, ${JSON.stringify({ $set: { customer } })})`)], () =>
        json({}, 202),
      );
    }
    const mine = JSON.stringify({ customer, ...(itemId !== undefined && { itemId }) });
    if (method === "DELETE") return needing(ctx, [ask(`deleteMany(${mine})`)], () => json({}, 202));
    if (method === "GET") {
      return needing(ctx, [ask(`find(${mine})`)], ([reply]) => json(mongoDocuments(reply).map(itemOf)));
    }
    const said = parseJson(body === "" ? "{}" : body);
    if (method !== "POST" || !isObject(said)) return json({ error: "Bad Request" }, 400);
    const item = itemOf(said);
    const same = JSON.stringify({ customer, itemId: item.itemId });
    return needing(ctx, [ask(`find(${same})`)], ([reply]) => {
      const [before] = mongoDocuments(reply).map(itemOf);
      const call =
        before === undefined
          ? `insertOne(${JSON.stringify({ customer, ...item })})`
          : `updateOne(${same}, ${JSON.stringify({ $inc: { quantity: item.quantity } })})`;
      const quantity = (before?.quantity ?? 0) + item.quantity;
      return needing(ctx, [ask(call)], () => json({ ...item, quantity }, 201));
    });
  },
});

const SHIPPING_COSTS = 4.99;

export const orders = javaService({
  name: "orders",
  tag: "0.4.0..7",
  page({ method, path, query, body }, ctx) {
    const place = "orders-db:27017";
    if (path === "/health") return health(ctx, "orders", { name: "orders-db", asking: askTcp(ctx, place) });
    if (!/^\/orders(\/|$)/.test(path)) return undefined;
    const ask = (call: string) => askMongo(ctx, place, DATABASE, `customerOrder.${call}`);
    if (method !== "POST") {
      const { custId } = formOf(query);
      const filter = custId === undefined ? {} : { customerId: custId };
      return needing(ctx, [ask(`find(${JSON.stringify(filter)})`)], ([reply]) =>
        json({
          _embedded: { customerOrders: mongoDocuments(reply).map(({ _id, ...order }) => ({ id: _id, ...order })) },
        }),
      );
    }
    const said = parseJson(body);
    const { customer, items } = isObject(said) ? said : {};
    if (typeof customer !== "string" || typeof items !== "string") {
      return json({ error: "Not Acceptable", message: "Invalid order request" }, 406);
    }
    const before = [askTcp(ctx, place), askHttp(ctx, customer), askHttp(ctx, items)];
    return needing(ctx, before, ([, found, cart]) => {
      const bought = itemsIn(cart?.body ?? "");
      const sum = bought.reduce((total, { quantity, unitPrice }) => total + quantity * unitPrice, SHIPPING_COSTS);
      const total = Math.round(sum * 100) / 100;
      const charged = askHttp(ctx, "http://payment/paymentAuth", {
        method: "POST",
        body: JSON.stringify({ amount: total }),
      });
      return needing(ctx, [charged], ([payment]) => {
        const { authorised, message } = (parseJson(payment?.body ?? "") ?? {}) as Record<string, unknown>;
        if (authorised !== true) return json({ error: "Not Acceptable", message }, 406);
        const buyer = parseJson(found?.body ?? "");
        const customerId = isObject(buyer) ? String(buyer["id"]) : "";
        const shipment = { name: customerId };
        const shipped = askHttp(ctx, "http://shipping/shipping", { method: "POST", body: JSON.stringify(shipment) });
        return needing(ctx, [shipped], ([parcel]) => {
          const order = {
            _id: randomHex(ctx, 24),
            customerId,
            items: bought,
            shipment: parseJson(parcel?.body ?? ""),
            date: new Date(ctx.now()).toISOString(),
            total,
          };
          const { _id: id, ...rest } = order;
          return needing(ctx, [ask(`insertOne(${JSON.stringify(order)})`)], () => json({ id, ...rest }, 201));
        });
      });
    });
  },
});

/** What a card may be charged with at most. */
const DECLINE_OVER = 105;

export const payment = goService({
  name: "payment",
  tag: "0.4.0..3",
  page({ path, body }, ctx) {
    if (path === "/health") return health(ctx, "payment");
    if (path !== "/paymentAuth") return undefined;
    const said = parseJson(body);
    const amount = isObject(said) ? Number(said["amount"]) : Number.NaN;
    if (!(amount > 0)) return json({ error: "Invalid payment amount", status_code: 500 }, 500);
    return amount <= DECLINE_OVER
      ? json({ authorised: true, message: "Payment authorised" })
      : json({ authorised: false, message: `Payment declined: amount exceeds ${DECLINE_OVER.toFixed(2)}` });
  },
});

export const shipping = javaService({
  name: "shipping",
  tag: "0.4.0..8",
  page({ method, path, body }, ctx) {
    const queue = askTcp(ctx, "rabbitmq:5672");
    if (path === "/health") return health(ctx, "shipping", { name: "shipping-rabbitmq", asking: queue });
    if (path !== "/shipping") return undefined;
    if (method === "GET") return "GET ALL Shipping Resource.";
    const said = parseJson(body);
    const name = isObject(said) ? said["name"] : undefined;
    return needing(ctx, [queue], () => json({ id: randomHex(ctx, 8), name }, 201));
  },
});

export const queueMaster = javaService({
  name: "queue-master",
  tag: "0.3.0..1",
  page: ({ path }, ctx) => (path === "/health" ? health(ctx, "queue-master") : undefined),
});
