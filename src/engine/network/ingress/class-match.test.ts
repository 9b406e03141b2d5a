import { expect, it } from "vitest";
import type { Ingress, IngressClass } from "../../api/generated/types.ts";
import { takesIngress } from "./class-match.ts";

const classes: Readonly<Record<string, string>> = {
  nginx: "k8s.io/ingress-nginx",
  internal: "example.com/internal",
  other: "traefik.io/ingress-controller",
};

const classOf = (name: string): IngressClass | undefined => {
  const object: unknown = { metadata: { name }, spec: { controller: classes[name] } };
  return name in classes ? (object as IngressClass) : undefined;
};

function ingress(ingressClassName?: string, annotation?: string): Ingress {
  const annotations = annotation === undefined ? {} : { "kubernetes.io/ingress.class": annotation };
  const object: unknown = {
    metadata: { name: "it", namespace: "default", annotations },
    spec: ingressClassName === undefined ? {} : { ingressClassName },
  };
  return object as Ingress;
}

it("several controllers share the Ingresses by their classes", () => {
  const taken = (each: Ingress, flags: Record<string, string> = {}): boolean =>
    takesIngress(each, new Map(Object.entries(flags)), classOf);
  const internal = { "controller-class": "example.com/internal", "ingress-class": "internal" };
  const named = Object.keys(classes).map((name) => ingress(name));
  expect(named.map((each) => taken(each))).toEqual([true, false, false]);
  expect(named.map((each) => taken(each, internal))).toEqual([false, true, false]);
  expect(taken(ingress("nobody"))).toBe(false);
  // The annotation of old needs no IngressClass.
  expect([taken(ingress(undefined, "nginx")), taken(ingress(undefined, "internal"), internal)]).toEqual([true, true]);
  // Without a class only a controller that was told to.
  expect([taken(ingress()), taken(ingress(), { "watch-ingress-without-class": "true" })]).toEqual([false, true]);
});
