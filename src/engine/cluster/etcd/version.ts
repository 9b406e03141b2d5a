export const ETCD_VERSION = "3.6.8";
