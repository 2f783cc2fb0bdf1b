// SPDX-License-Identifier: Apache-2.0
//
// The shape of `stack:` (schema.h).
#pragma once

#include "planner/spec/schema.h"

namespace berth::spec {

extern const Shape kStackShape;

}  // namespace berth::spec
