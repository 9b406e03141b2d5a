/** Failures of the store, in etcd's words. Upstream: api/v3rpc/rpctypes/error.go. */
export type EtcdErrorCode = "compacted" | "future-revision";

const TEXTS: Record<EtcdErrorCode, string> = {
  compacted: "etcdserver: mvcc: required revision has been compacted",
  "future-revision": "etcdserver: mvcc: required revision is a future revision",
};

export class EtcdError extends Error {
  readonly code: EtcdErrorCode;

  constructor(code: EtcdErrorCode) {
    super(TEXTS[code]);
    this.code = code;
  }
}
