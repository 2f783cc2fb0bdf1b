// SPDX-License-Identifier: Apache-2.0
#include "controller/store/columns.h"

#include <nlohmann/json.hpp>

namespace berth::store {

namespace {

using nlohmann::json;

/// JSON of ours, or BadValue: the library's own exceptions end here.
template <class Read>
auto parse(const std::string& text, Read read) {
  try {
    return read(json::parse(text));
  } catch (const json::exception&) {
    throw BadValue("a column that should hold JSON does not");
  }
}

std::optional<Digest> digestOf(const json& value) {
  if (value.is_null()) return std::nullopt;
  auto digest = Digest::parse(value.get<std::string>());
  if (!digest) throw BadValue("a digest that is none");
  return digest;
}

// Values come from messages whose texts were checked to be UTF-8; should one not be, it is kept readable rather than
// lost.
std::string write(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

json optionalHex(const std::optional<Digest>& digest) { return digest ? json(digest->hex()) : json(nullptr); }

}  // namespace

std::string toJson(const Labels& labels) { return write(labels); }
std::string toJson(const std::vector<std::string>& list) { return write(list); }

std::string toJson(const message::Image& image) {
  return write({{"source", image.source},
                {"packing", std::string(message::toString(image.packing))},
                {"packed", optionalHex(image.packedDigest)},
                {"content", optionalHex(image.contentDigest)},
                {"label", image.label}});
}

std::string toJson(const std::vector<message::Volume>& volumes) {
  json list = json::array();
  for (const auto& volume : volumes)
    list.push_back({{"name", volume.name.str()}, {"size", volume.size.count()}, {"keep", volume.keep}});
  return write(list);
}

std::string toJson(const std::optional<NodeRecord::Retired>& retired) {
  if (!retired) return write(json(nullptr));
  return write({{"instance", retired->instance.str()}, {"spec", retired->spec.hex()}, {"revived", retired->revived}});
}

std::string toJson(const RebootPolicy& policy) {
  json windows = json::array();
  for (const auto& each : policy.windows)
    windows.push_back({{"days", each.days}, {"start", each.start.count()}, {"length", each.length.count()}});
  json quorum = json::array();
  for (const PoolName& each : policy.quorum) quorum.push_back(each.str());
  return write({{"max_parallel", policy.maxParallel},
                {"min_healthy_s", policy.minHealthyTime.count()},
                {"quorum", std::move(quorum)},
                {"windows", std::move(windows)},
                {"time_zone", policy.timeZone}});
}

Labels labelsOf(const std::string& text) {
  return parse(text, [](const json& value) { return value.get<Labels>(); });
}

std::vector<std::string> listOf(const std::string& text) {
  return parse(text, [](const json& value) { return value.get<std::vector<std::string>>(); });
}

message::Image imageOf(const std::string& text) {
  return parse(text, [](const json& value) {
    const auto packing = message::fromString<message::Image::Packing>(value.at("packing").get<std::string>());
    if (!packing) throw BadValue("an unknown packing of an image");
    return message::Image{.source = value.at("source").get<std::string>(),
                          .packing = *packing,
                          .packedDigest = digestOf(value.at("packed")),
                          .contentDigest = digestOf(value.at("content")),
                          .label = value.at("label").get<std::string>()};
  });
}

std::vector<message::Volume> volumesOf(const std::string& text) {
  return parse(text, [](const json& list) {
    std::vector<message::Volume> volumes;
    for (const json& each : list) {
      const auto name = VolumeName::parse(each.at("name").get<std::string>());
      if (!name) throw BadValue("a volume without a name");
      volumes.push_back({*name, Bytes(each.at("size").get<std::uint64_t>()), each.at("keep").get<bool>()});
    }
    return volumes;
  });
}

std::optional<NodeRecord::Retired> retiredOf(const std::string& text) {
  return parse(text, [](const json& value) -> std::optional<NodeRecord::Retired> {
    if (value.is_null()) return std::nullopt;
    const auto instance = Uuid::parse(value.at("instance").get<std::string>());
    const auto spec = digestOf(value.at("spec"));
    if (!instance || !spec) throw BadValue("a retired disk of no instance");
    return NodeRecord::Retired{*instance, *spec, value.at("revived").get<bool>()};
  });
}

RebootPolicy rebootsOf(const std::string& text) {
  return parse(text, [](const json& value) {
    RebootPolicy policy;
    policy.maxParallel = value.at("max_parallel").get<std::uint32_t>();
    policy.minHealthyTime = std::chrono::seconds(value.at("min_healthy_s").get<std::int64_t>());
    for (const json& each : value.at("quorum")) {
      const auto pool = PoolName::parse(each.get<std::string>());
      if (!pool) throw BadValue("a pool without a name");
      policy.quorum.insert(*pool);
    }
    for (const json& each : value.at("windows")) {
      policy.windows.push_back({each.at("days").get<std::uint8_t>(),
                                std::chrono::minutes(each.at("start").get<std::int64_t>()),
                                std::chrono::minutes(each.at("length").get<std::int64_t>())});
    }
    policy.timeZone = value.at("time_zone").get<std::string>();
    return policy;
  });
}

std::int64_t millisecondsOf(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

WallTime wallTimeOf(std::int64_t milliseconds) { return WallTime(std::chrono::milliseconds(milliseconds)); }

std::uint32_t Columns::small() {
  const std::uint64_t value = count();
  if (value > UINT32_MAX) throw BadValue(std::to_string(value) + " is too large");
  return static_cast<std::uint32_t>(value);
}

Uuid Columns::uuid() {
  const auto bytes = blob();
  Uuid::Bytes copy{};
  if (bytes.size() != copy.size()) throw BadValue("a UUID that is none");
  std::copy(bytes.begin(), bytes.end(), copy.begin());
  return Uuid(copy);
}

Digest Columns::digest() {
  const auto digest = Digest::fromBytes(blob());
  if (!digest) throw BadValue("a digest that is none");
  return *digest;
}

}  // namespace berth::store
