// SPDX-License-Identifier: Apache-2.0
//
// A spec made of the values that a person has given Harbor, the Terraform configuration that sets up Consul and Nomad
// on Fedora CoreOS inside of one KVM server. Harbor's masters become pool "server", its slaves pool "client".
//
//   auto imported = import::importHarbor(text, "prod.tfvars", cluster);
//   if (const auto* spec = std::get_if<import::Imported>(&imported)) write(spec->spec, spec->butane);
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "planner/source/diagnostic.h"
#include "words/name.h"

namespace berth::import {

struct Imported {
  /// cluster.yaml and base.bu, valid once the variables that the spec declares are given.
  std::string spec;
  std::string butane;
  /// What a person has to see to, a sentence each: what could not be brought along, and what is another way now.
  std::vector<std::string> notes;
};

/// All mistakes at once, but for what cannot be read at all.
[[nodiscard]] std::variant<Imported, source::Findings> importHarbor(std::string_view text, const std::string& file,
                                                                    const ClusterName& cluster);

}  // namespace berth::import
