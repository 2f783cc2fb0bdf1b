// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/storage_pool.h"

#include <pugixml.hpp>

namespace berth::hypervisor {

std::optional<StoragePool> readStoragePool(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal)) return std::nullopt;
  const pugi::xml_node pool = document.child("pool");
  if (!pool) return std::nullopt;
  StoragePool found;
  found.type = pool.attribute("type").value();
  found.target = pool.child("target").child_value("path");
  if (found.type == "logical") {
    // libvirt leaves the source's name out where it is that of the pool.
    const std::string_view named = pool.child("source").child_value("name");
    found.group = named.empty() ? pool.child_value("name") : std::string(named);
  }
  return found;
}

}  // namespace berth::hypervisor
