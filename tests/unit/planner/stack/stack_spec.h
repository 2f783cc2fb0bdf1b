// SPDX-License-Identifier: Apache-2.0
//
// Specs with a stack, and what is written of them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "planner/source/files.h"
#include "planner/spec/parse.h"
#include "planner/stack/native.h"

namespace berth::stack::testing {

/// Three servers and two clients, and these lines of `stack:`.
inline std::string specText(const std::string& stack, const std::string& further = "os_updates: { strategy: off }\n") {
  return "cluster: prod\n"
         "image: { stream: stable }\n"
         "network: { bridge: br0, subnet: 10.20.0.0/16, gateway: 10.20.0.1 }\n" +
         further +
         "pools:\n"
         "  server:\n"
         "    count: 3\n"
         "    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }\n"
         "    addresses: 10.20.0.11-10.20.0.19\n"
         "    volumes: { data: { size: 10GiB, mount: /var/lib } }\n"
         "  client:\n"
         "    count: 2\n"
         "    resources: { vcpus: 2, memory: 4GiB, disk: 20GiB }\n"
         "    addresses: 10.20.0.21-10.20.0.29\n" +
         stack;
}

inline spec::Parsed parse(const std::string& text) {
  const source::Bundle content{{"prod.yaml", {text}}};
  const source::BundleFiles files(content);
  return spec::parse("prod.yaml", files);
}

inline spec::Spec specOf(const std::string& text) {
  auto parsed = parse(text);
  for (const auto& each : parsed.findings) {
    if (each.severity == source::Severity::error) ADD_FAILURE() << each.message;
  }
  if (!parsed.spec) throw std::runtime_error("no spec");
  return *std::move(parsed.spec);
}

inline PoolName pool(const char* name) { return PoolName::parse(name).value(); }

inline Roster roster() {
  Roster roster;
  const auto add = [&](const char* name, std::uint32_t count, int first) {
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::string node = "prod-" + std::string(name) + "-" + std::to_string(i);
      roster[pool(name)].push_back(
          {NodeName::parse(node).value(), "10.20.0." + std::to_string(first + static_cast<int>(i))});
    }
  };
  add("server", 3, 11);
  add("client", 2, 21);
  return roster;
}

/// A spec, and the node of it that is written: the first of the pool.
class Written {
public:
  Written(const std::string& stack, const char* poolName,
          const std::string& further = "os_updates: { strategy: off }\n")
      : spec_(specOf(specText(stack, further))), roster_(roster()) {
    const PoolName name = pool(poolName);
    const Member& member = roster_.at(name).front();
    node_ = {member.name.str(), member.address, "CERTIFICATE", "PRIVATE-KEY"};
    roles_ = rolesOf(spec_, name);
  }

  [[nodiscard]] Writing writing() const { return {spec_, *spec_.stack, roster_, secrets_, node_, roles_}; }
  secret::Values& secrets() { return secrets_; }

private:
  spec::Spec spec_;
  Roster roster_;
  secret::Values secrets_;
  NodeWords node_;
  Roles roles_;
};

}  // namespace berth::stack::testing
