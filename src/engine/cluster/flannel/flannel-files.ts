/** Files of flannel: what its manifest brings, and what its daemon leaves on each node for its CNI plugin. */

/** Below /opt/cni/bin, and in a configuration of CNI. */
export const FLANNEL_PLUGIN = "flannel";
/** What the daemon writes and the plugin reads. **Simplified:** it outlives a restart of the machine. */
export const SUBNET_FILE = "/run/flannel/subnet.env";

export const CNI_CONF = `{
  "name": "cbr0",
  "cniVersion": "0.3.1",
  "plugins": [
    {
      "type": "${FLANNEL_PLUGIN}",
      "delegate": {
        "hairpinMode": true,
        "isDefaultGateway": true
      }
    },
    {
      "type": "portmap",
      "capabilities": {
        "portMappings": true
      }
    }
  ]
}
`;

export const NET_CONF = `{
  "Network": "10.244.0.0/16",
  "EnableNFTables": false,
  "Backend": {
    "Type": "vxlan"
  }
}
`;
