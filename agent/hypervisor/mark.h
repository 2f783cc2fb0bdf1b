// SPDX-License-Identifier: Apache-2.0
//
// How Berth knows its own: one element in a domain's metadata, which libvirt keeps for us and gives no meaning.
//
//   <berth:instance xmlns:berth="https://berth.dev/xmlns/domain/1" fleet="…" cluster="prod" node="prod-server-0"
//                   uuid="…" generation="7" spec="…" machine="…" shape="…"/>
//
// Anybody may write anything into the metadata of a domain of his: what is read here is believed only when every part
// of it is valid and it fits the domain it was found in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/hypervisor/hypervisor.h"

namespace berth::hypervisor {

inline constexpr const char* kMarkNamespace = "https://berth.dev/xmlns/domain/1";
inline constexpr const char* kMarkPrefix = "berth";
inline constexpr const char* kMarkElement = "instance";
/// The attribute `config` of a domain that hands out no Ignition config any more; others have none.
inline constexpr const char* kForgotten = "forgotten";
/// A mark of ours has some 400 bytes; nobody makes us parse more than this.
inline constexpr std::size_t kMarkMax = 4096;

/// A mark as it stands in a domain.
struct FoundMark {
  Mark mark;
  /// The digest of the XML that we defined the domain from, without this attribute: when a new definition has the same,
  /// there is nothing to do.
  Digest shape;
};

/// `xml` is the element as libvirt hands it out; `uuid` and `name` are the domain's own.
[[nodiscard]] std::optional<FoundMark> parseMark(std::string_view xml, const Uuid& uuid, std::string_view name);

}  // namespace berth::hypervisor
