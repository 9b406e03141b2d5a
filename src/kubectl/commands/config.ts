/** `kubectl config`. Upstream: kubectl pkg/cmd/config. */
import { defineCommand } from "../command.ts";
import {
  currentContext,
  deleteContext,
  getContexts,
  renameContext,
  setContext,
  useContext,
} from "./config-contexts.ts";
import { deleteCluster, deleteUser, getClusters, getUsers } from "./config-names.ts";
import { setProperty, unsetProperty } from "./config-property.ts";
import { setCluster } from "./config-set-cluster.ts";
import { setCredentials } from "./config-set-credentials.ts";
import { view } from "./config-view.ts";

export const config = defineCommand({
  name: "config",
  group: "Other Commands",
  short: "Modify kubeconfig files",
  usage: "SUBCOMMAND",
  helpToStderr: true,
  subcommands: [
    currentContext,
    deleteCluster,
    deleteContext,
    deleteUser,
    getClusters,
    getContexts,
    getUsers,
    renameContext,
    setProperty,
    setCluster,
    setContext,
    setCredentials,
    unsetProperty,
    useContext,
    view,
  ],
});
