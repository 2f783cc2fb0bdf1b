// SPDX-License-Identifier: Apache-2.0
//
// The shape of a spec as JSON Schema (draft 2020-12), for editors: completion, what a key means, what is wrong while it
// is being written. It says what a shape can say; what needs two values at once (an address in its subnet), or files,
// is left to `berth validate`.
#pragma once

#include <string>

#include "planner/spec/schema.h"

namespace berth::spec {

/// Where the schema of this version says that it lives; editors take any path to a copy of it as well.
inline constexpr const char* kSchemaId = "urn:berth:cluster-spec";

/// JSON, indented. A value that may be written as an expression is allowed to be one.
[[nodiscard]] std::string jsonSchema(const Shape& root);

}  // namespace berth::spec
