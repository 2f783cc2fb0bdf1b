// SPDX-License-Identifier: Apache-2.0
//
// The files that `berth init` writes: a spec and a Butane file that are valid as they are, with a comment at each thing
// that a person will want to change.
#pragma once

#include <string>

#include "words/name.h"

namespace berth::cli {

[[nodiscard]] std::string firstSpec(const ClusterName& cluster);

/// `sshKey` is a line of an authorized_keys file; empty leaves a place for one.
[[nodiscard]] std::string firstButane(const std::string& sshKey);

}  // namespace berth::cli
