// SPDX-License-Identifier: Apache-2.0
//
// Reads what libvirt says of a storage pool.
#pragma once

#include <optional>
#include <string_view>

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

/// All but whether it is active, which its XML does not say. Empty when it is not the XML of a pool.
[[nodiscard]] std::optional<StoragePool> readStoragePool(std::string_view xml);

}  // namespace berth::hypervisor
