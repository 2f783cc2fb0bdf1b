// SPDX-License-Identifier: Apache-2.0
#include "agent/hypervisor/mark.h"

#include <charconv>

#include <pugixml.hpp>

namespace berth::hypervisor {
namespace {

std::optional<Generation> parseGeneration(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Generation(value);
}

}  // namespace

std::optional<FoundMark> parseMark(std::string_view xml, const Uuid& uuid, std::string_view name) {
  if (xml.size() > kMarkMax) return std::nullopt;
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size(), pugi::parse_minimal)) return std::nullopt;
  const pugi::xml_node element = document.document_element();
  // libvirt may hand it out with or without the prefix.
  const std::string_view tag = element.name();
  if (tag.substr(tag.find(':') == std::string_view::npos ? 0 : tag.find(':') + 1) != kMarkElement) return std::nullopt;

  const auto attribute = [&](const char* key) { return std::string_view(element.attribute(key).value()); };
  const auto fleet = Uuid::parse(attribute("fleet"));
  const auto cluster = ClusterName::parse(attribute("cluster"));
  const auto node = NodeName::parse(attribute("node"));
  const auto instance = Uuid::parse(attribute("uuid"));
  const auto generation = parseGeneration(attribute("generation"));
  const auto spec = Digest::parse(attribute("spec"));
  const auto shape = Digest::parse(attribute("shape"));
  // Domains of older agents have none; one that is no digest is not ours.
  std::optional<Digest> machine;
  if (element.attribute("machine")) {
    machine = Digest::parse(attribute("machine"));
    if (!machine) return std::nullopt;
  }
  if (!fleet || !cluster || !node || !instance || !generation || !spec || !shape) return std::nullopt;
  // A clone of a domain of ours takes the mark along, but not the UUID: it is not ours.
  if (*instance != uuid || node->str() != name) return std::nullopt;
  const bool withoutConfig = attribute("config") == kForgotten;
  return FoundMark{{*fleet, *cluster, {*node, *instance}, *generation, *spec, machine, withoutConfig}, *shape};
}

}  // namespace berth::hypervisor
