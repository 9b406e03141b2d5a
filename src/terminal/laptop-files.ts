/** What a new laptop's disk holds. */

const BASHRC = `# Shown before each command: user, host, folder.
PS1='\\[\\e[1;32m\\]\\u@\\h\\[\\e[0m\\]:\\[\\e[1;34m\\]\\w\\[\\e[0m\\]\\$ '

alias k=kubectl
alias ls='ls --color=auto'
alias ll='ls -l'
alias la='ls -A'
alias grep='grep --color=auto'
`;

const README = `Welcome aboard.

This laptop is yours: its files stay as you leave them. Next to it runs a
whole Kubernetes cluster, and kubectl is set up to talk to it.

  kubectl get nodes                 what the cluster is made of
  kubectl create deployment web --image=nginx
  kubectl get pods -w               watch it come up, Ctrl-C to stop
  help                              what else you can type here

Nothing that you do here can break anything outside of this page.
`;

const HELP = `This is bash on a simulated laptop. Useful to know:

  Tab            completes commands, kinds, names, flags and files; twice lists them
  Up, Ctrl-R     go back through what you typed
  Ctrl-C         ends what is running, Ctrl-D closes the terminal
  a | b, > file  pipes and files work as usual; k is short for kubectl
  nano FILE      opens the file in the editor pane

  kubectl        talks to the cluster: try  kubectl get pods -A
  minikube       creates, stops and deletes the cluster
  ssh            logs into a node:  ssh worker-1, there sudo does what root may
  curl           talks to services and ingresses
  watch          repeats a command:  watch kubectl get pods
`;

export function laptopFiles(home: string, kubeconfig: string | undefined): Record<string, string> {
  const files: Record<string, string> = {
    [`${home}/.bashrc`]: BASHRC,
    [`${home}/README.md`]: README,
    "/etc/help": HELP,
    "/etc/hostname": "laptop\n",
    "/etc/hosts":
      "127.0.0.1\tlocalhost\n127.0.1.1\tlaptop\n\n# The following lines are desirable for IPv6 capable hosts\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    "/etc/passwd": `root:x:0:0:root:/root:/bin/bash\nlearner:x:1000:1000:Learner:${home}:/bin/bash\n`,
    "/etc/group": "root:x:0:\nlearner:x:1000:\n",
    "/etc/os-release":
      'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nNAME="Debian GNU/Linux"\nVERSION_ID="13"\nID=debian\n',
  };
  if (kubeconfig !== undefined) files[`${home}/.kube/config`] = kubeconfig;
  return files;
}
