// SPDX-License-Identifier: Apache-2.0
//
// A cluster as large as they come, and the form that tests/bench/run reads figures in.
#pragma once

#include <iomanip>
#include <iostream>
#include <string>

#include "controller/server/planning.h"

namespace berth::bench {

inline message::Submission submissionFor(std::uint32_t nodes, std::uint32_t maxParallel = 10,
                                         const std::string& setting = "value of it") {
  message::Submission submission;
  submission.specPath = "cluster.yaml";
  std::string spec =
      "cluster: large\nimage: { file: /images/a.qcow2 }\n"
      "network: { bridge: br0, subnet: 10.0.0.0/8, gateway: 10.0.0.1 }\n"
      "update: { max_parallel: " +
      std::to_string(maxParallel) + ", min_healthy_time: 0s }\npools:\n";
  constexpr std::uint32_t kPools = 10;
  for (std::uint32_t pool = 0; pool < kPools; ++pool) {
    const std::string number = std::to_string(pool + 1);
    spec += "  p" + number + ":\n    count: " + std::to_string(nodes / kPools) +
            "\n    resources: { vcpus: 1, memory: 2GiB, disk: 12GiB }\n    addresses: 10." + number + ".0.1-10." +
            number + ".255.254\n    butane: [base.bu]\n    tags: { role: worker }\n";
  }
  submission.files["cluster.yaml"].bytes = spec;
  // A config of an ordinary size, with a value that each node has of its own.
  std::string butane =
      "variant: fcos\nversion: 1.4.0\npasswd:\n  users:\n    - name: core\n      ssh_authorized_keys: [ssh-ed25519 "
      "AAAA]\n"
      "storage:\n  files:\n    - path: /etc/node\n      contents: { inline: \"node=${{ node.name }} seat=${{ "
      "format('%05d', node.index + 1) }}\" }\n";
  for (int file = 0; file < 20; ++file) {
    butane += "    - path: /etc/app/part" + std::to_string(file) + ".conf\n      contents:\n        inline: |\n";
    for (int line = 0; line < 10; ++line)
      butane += "          setting_" + std::to_string(line) + " = " + setting + "\n";
  }
  butane +=
      "systemd:\n  units:\n    - name: app.service\n      enabled: true\n      contents: |\n        [Service]\n"
      "        ExecStart=/usr/bin/true\n";
  submission.files["base.bu"].bytes = butane;
  submission.image.source = "file:///images/a.qcow2";
  submission.image.contentDigest = Digest::of("an image");
  return submission;
}

inline void print(const std::string& name, double value, const std::string& unit, const std::string& comparedWith) {
  std::cout << std::fixed << std::setprecision(4) << R"({"name": ")" << name << R"(", "value": )" << value
            << R"(, "unit": ")" << unit << R"(", "compared_with": ")" << comparedWith << "\"}\n";
}

}  // namespace berth::bench
