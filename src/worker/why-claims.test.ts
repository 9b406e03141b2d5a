/** `drydock why pvc/NAME`: what keeps a claim from its volume, and the command that mends it, tried on a copy. */
import { beforeAll, expect, it } from "vitest";
import { Typist } from "./testing/typist.ts";

const volume = (name: string, className: string, size: string): string => `apiVersion: v1
kind: PersistentVolume
metadata: {name: ${name}}
spec: {capacity: {storage: ${size}}, accessModes: [ReadWriteOnce], storageClassName: "${className}", hostPath: {path: /srv/${name}}}
`;
const claim = (name: string, className: string, modes = "ReadWriteOnce"): string => `apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ${name}}
spec: {accessModes: [${modes}], storageClassName: "${className}", resources: {requests: {storage: 1Gi}}}
`;
const OBJECTS = [
  volume("small", "slow", "500Mi"),
  claim("big", "slow", "ReadWriteMany"),
  volume("kept", "manual", "2Gi"),
  claim("first", "manual"),
  claim("typo", "standart"),
  claim("bare", ""),
  claim("disk", "gp3"),
  `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: gp3}
provisioner: ebs.csi.aws.com
`,
  claim("later", "standard"),
  `apiVersion: v1
kind: Pod
metadata: {name: lost}
spec:
  volumes: [{name: data, persistentVolumeClaim: {claimName: latter}}]
  containers: [{name: main, image: nginx}]
`,
];

let typist: Typist;
const type = async (line: string): Promise<string> => (await typist.type(line)).replaceAll("\r", "").trim();

beforeAll(async () => {
  typist = await Typist.start({});
  await type(`kubectl apply -f - <<'EOF'\n${OBJECTS.join("---\n")}EOF`);
  await type("sleep 20");
  await type("kubectl delete pvc first");
  await type(`kubectl apply -f - <<'EOF'\n${claim("second", "manual")}EOF`);
  await type("sleep 20");
});

const why = async (what: string): Promise<string[]> => (await type(`drydock why ${what}`)).split("\n").slice(1);

it("names what the nearest volume lacks", async () => {
  expect(await why("pvc/big")).toEqual([
    "  Why:   no PersistentVolume fits claim big: small has 500Mi, less than the 1Gi asked for, offers RWO, not RWX",
    "  Mend:  make a volume that does, or ask for what there is",
  ]);
});

it("gives a volume free that belongs to a claim which is gone, and that works", async () => {
  expect(await why("pvc/second")).toEqual([
    "  Why:   no PersistentVolume fits claim second: kept still belongs to claim default/first, which is gone",
    "  Mend:  give it free",
    `         kubectl patch pv kept --type=json -p '[{"op":"remove","path":"/spec/claimRef"}]'`,
    expect.stringMatching(
      /^ {2}Tried on a copy of this cluster: it works \(bound to kept, \d+\.\d s after the change\)\.$/,
    ),
  ]);
});

it("knows classes that are not there, claims without one, and classes nobody makes volumes for", async () => {
  expect(await why("pvc/typo")).toEqual([
    "  Why:   claim typo names storage class standart, which is not there",
    "  Mend:  create it, or make the claim anew with class standard",
  ]);
  expect(await why("pvc/bare")).toEqual([
    "  Why:   no PersistentVolume fits claim bare, and it names no storage class",
    "  Mend:  make one, or name a class: gp3, standard",
  ]);
  expect(await why("pvc/disk")).toEqual([
    "  Why:   the volume of claim disk is to be made by ebs.csi.aws.com: nothing in the cluster goes by that name",
    "  Mend:  install it, or make the claim anew with another class: standard",
  ]);
});

it("a claim that waits for its first pod is well, and a pod that names a wrong one is told the right one", async () => {
  expect(await type("drydock why pvc/later")).toBe(
    "Nothing is wrong: persistentvolumeclaim/default/later is waiting for its first pod.",
  );
  expect(await why("pod/lost")).toEqual([
    "  Why:   there is no claim latter in namespace default",
    "  Mend:  create it, or name later in the pod's volumes",
  ]);
});
