// SPDX-License-Identifier: Apache-2.0
//
// The words by which a spec asks for its image, as one line: "stream: stable", "file: /images/a.qcow2, sha256: 12…".
// As long as they stay the same, a cluster keeps the image that they were resolved to at first: a new release of a
// stream is not taken by accident. The controller keeps them with the revision, the CLI compares.
#pragma once

#include <string>

#include "planner/spec/model.h"

namespace berth::image {

[[nodiscard]] std::string declared(const spec::ImageSource& source);

}  // namespace berth::image
