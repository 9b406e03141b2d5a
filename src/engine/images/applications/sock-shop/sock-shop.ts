/** Weaveworks' Sock Shop. Upstream: microservices-demo/microservices-demo and its sisters. */
import type { ImageDefinition } from "../../define-image.ts";
import { tags } from "../../tags.ts";
import { defineVisitor } from "../worker.ts";
import { catalogue, catalogueDb } from "./catalogue.ts";
import { frontEnd } from "./front-end.ts";
import { carts, orders, payment, queueMaster, shipping } from "./orders.ts";
import { repository } from "./parts.ts";
import { user, userDb } from "./user.ts";

const loadTest = defineVisitor({
  name: repository("load-test"),
  tags: tags(60, "0.1.1 latest"),
  everyMs: 5000,
  address: () => "http://front-end.sock-shop.svc.cluster.local",
  paths: ["/", "/catalogue", "/category.html", "/cart"],
});

export const sockShop: readonly ImageDefinition[] = [
  frontEnd,
  catalogue,
  ...catalogueDb,
  carts,
  orders,
  payment,
  user,
  userDb,
  shipping,
  queueMaster,
  loadTest,
];
