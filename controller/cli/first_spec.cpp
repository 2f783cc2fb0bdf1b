// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/first_spec.h"

namespace berth::cli {

std::string firstSpec(const ClusterName& cluster) {
  return R"(# A cluster of Fedora CoreOS nodes for Berth. `berth explain FIELD` says what a field means; the line below lets an
# editor say it: write the schema with `berth schema > spec.schema.json`.
# yaml-language-server: $schema=spec.schema.json

# The nodes will be called )" +
         cluster.str() + R"(-server-0 and so on.
cluster: )" +
         cluster.str() + R"(

# The newest Fedora CoreOS of its stable stream. The cluster keeps what was the newest at the first apply, until you say
# `berth apply --update-image`.
image: { stream: stable }

# A bridge of the hosts, where something hands out addresses. With static addresses:
#   network: { bridge: br0, subnet: 10.20.0.0/24, gateway: 10.20.0.1, dns: [10.20.0.1] }
# and `addresses: 10.20.0.11-10.20.0.19` in each pool.
network: { bridge: br0, dhcp: true }

# When the nodes may reboot into a new release of Fedora CoreOS by themselves. { strategy: off } leaves it to you.
os_updates:
  strategy: periodic
  windows:
    - { days: [sat, sun], start: "03:00", length: 2h }

# One node at a time, and the next one only once the last one is ready.
update: { max_parallel: 1, min_healthy_time: 10s, healthy_deadline: 10m }

pools:
  server:
    count: 3
    # Fedora CoreOS wants 2GiB of memory and 10GiB of disk at least.
    resources: { vcpus: 2, memory: 2GiB, disk: 12GiB }
    # What is inside of the nodes; several files are merged in this order.
    butane: [base.bu]
    # A disk that outlives the nodes: replacing one brings its data back.
    # volumes:
    #   data: { size: 20GiB, mount: /var/lib/data }
    health:
      - { systemd: running }
    tags: { role: server }
)";
}

std::string firstButane(const std::string& sshKey) {
  std::string text =
      R"(# What each node becomes when it boots for the first time: ordinary Butane. Host name, network and readiness are Berth's
# part. https://coreos.github.io/butane/config-fcos-v1_6/ describes every field.
variant: fcos
version: 1.6.0
)";
  if (sshKey.empty()) {
    text += R"(
# Who may log in as core. Put the content of your ~/.ssh/id_ed25519.pub here:
# passwd:
#   users:
#     - name: core
#       ssh_authorized_keys:
#         - ssh-ed25519 AAAA…
)";
  } else {
    text += "\n# Who may log in as core.\npasswd:\n  users:\n    - name: core\n      ssh_authorized_keys:\n        - " +
            sshKey + "\n";
  }
  return text + R"(
storage:
  files:
    - path: /etc/motd
      mode: 0644
      contents:
        inline: |
          Placed by Berth.
)";
}

}  // namespace berth::cli
