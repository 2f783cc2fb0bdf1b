// SPDX-License-Identifier: Apache-2.0
//
// A file of values for Terraform's variables (NAME.tfvars): HCL without blocks and without expressions, which Terraform
// allows there neither. See the HCL native syntax specification, "Structural Elements" and "Literal Values".
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "planner/source/diagnostic.h"
#include "planner/template/value.h"

namespace berth::import {

struct Tfvars {
  templates::Value::Map values;
  /// Where each value begins in the text, by its path: "kvm.masters.a.vcpu". Values of lists are not among them.
  std::map<std::string, std::size_t, std::less<>> places;
};

/// The values by name; or the first thing that could not be read. `file` is the name that its mark bears.
[[nodiscard]] std::variant<Tfvars, source::Diagnostic> readTfvars(std::string_view text, const std::string& file);

/// So many bytes into the text of that file.
[[nodiscard]] source::Mark markAt(std::string_view text, std::size_t place, const std::string& file);

}  // namespace berth::import
