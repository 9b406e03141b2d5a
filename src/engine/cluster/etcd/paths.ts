/** Where kubeadm puts what is etcd's on a control-plane node. */
export const ETCD_PKI = "/etc/kubernetes/pki/etcd";
export const ETCD_DATA = "/var/lib/etcd";
