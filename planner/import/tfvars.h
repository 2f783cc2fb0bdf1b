// SPDX-License-Identifier: Apache-2.0
//
// A file of values for Terraform's variables (NAME.tfvars): HCL without blocks and without expressions, which Terraform
// allows there neither. See the HCL native syntax specification, "Structural Elements" and "Literal Values".
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "planner/source/diagnostic.h"
#include "planner/template/value.h"

namespace berth::import {

/// The values by name; or the first thing that could not be read. `file` is the name that its mark bears.
[[nodiscard]] std::variant<templates::Value::Map, source::Diagnostic> readTfvars(std::string_view text,
                                                                                 const std::string& file);

}  // namespace berth::import
