// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/hardware.h"

#include <pugixml.hpp>

#include "agent/hypervisor/handles.h"

namespace berth::hypervisor {
namespace {

/// libvirt writes memory in KiB whatever it was given in.
Bytes memoryIn(pugi::xml_node element) { return Bytes(element.text().as_ullong() << 10); }

}  // namespace

std::optional<Hardware> readHardware(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal)) return std::nullopt;
  const pugi::xml_node domain = document.child("domain");
  if (!domain) return std::nullopt;
  Hardware found;
  found.vcpus = domain.child("vcpu").text().as_uint();
  found.memory = memoryIn(domain.child("memory"));
  for (const pugi::xml_node disk : domain.child("devices").children("disk")) {
    const auto name = VolumeName::parse(disk.child_value("serial"));
    const bool isVolume = name && name->str() != message::kArtifactsSerial;
    if (!isVolume) continue;
    const pugi::xml_node source = disk.child("source");
    found.volumes.push_back(source.attribute("dev") ? Disk{*name, source.attribute("dev").value(), Medium::device}
                                                    : Disk{*name, source.attribute("file").value()});
  }
  return found;
}

bool hasDisk(std::string_view xml, std::string_view file) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal)) return false;
  const auto isIt = [&](const pugi::xml_node& element) {
    return std::string_view(element.name()) == "source" &&
           (file == element.attribute("file").value() || file == element.attribute("dev").value());
  };
  for (const pugi::xml_node disk : document.child("domain").child("devices").children("disk"))
    if (disk.find_node(isIt)) return true;
  return false;
}

std::optional<Hardware> hardwareOf(virDomain* domain) {
  if (virDomainIsActive(domain) != 1) return std::nullopt;
  const Handle<char> xml(virDomainGetXMLDesc(domain, 0));
  return xml ? readHardware(xml.get()) : std::nullopt;
}

bool growDisk(virDomain* domain, const std::string& file, Bytes size) {
  virDomainBlockInfo info{};
  if (virDomainGetBlockInfo(domain, file.c_str(), &info, 0) != 0) return false;
  // QEMU would make it smaller as readily.
  if (info.capacity >= size.count()) return true;
  return virDomainBlockResize(domain, file.c_str(), size.count(), VIR_DOMAIN_BLOCK_RESIZE_BYTES) == 0;
}

}  // namespace berth::hypervisor
