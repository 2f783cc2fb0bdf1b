// SPDX-License-Identifier: Apache-2.0
//
// The address of what hosts fetch: an image, or a release of a tool.
#pragma once

#include <string>

#include "planner/source/diagnostic.h"
#include "planner/source/located.h"

namespace berth::spec {

/// `elsewhere` is the way out of one that is meant for something else; may be empty.
void checkFetched(const source::Located<std::string>& url, const std::string& elsewhere, source::Findings& findings);

}  // namespace berth::spec
