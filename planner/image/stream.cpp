// SPDX-License-Identifier: Apache-2.0
#include "planner/image/stream.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "planner/image/resolve.h"

namespace berth::image {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kBase = "https://builds.coreos.fedoraproject.org/";
constexpr std::string_view kFormat = "qcow2.xz";
/// Real metadata nests ten deep. A parser that follows a million brackets down ends with the stack.
constexpr int kMaxDepth = 32;

/// The member of an object, or null when there is none: real metadata and hostile text alike come through here.
const Json* find(const Json* object, std::string_view key) {
  if (object == nullptr || !object->is_object()) return nullptr;
  const auto member = object->find(std::string(key));
  return member == object->end() ? nullptr : &*member;
}

std::optional<std::string> textAt(const Json* object, std::string_view key) {
  const Json* value = find(object, key);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return value->get<std::string>();
}

std::optional<Digest> digestAt(const Json* object, std::string_view key) {
  const auto text = textAt(object, key);
  return text ? Digest::parse(*text) : std::nullopt;
}

/// For a message: what came from outside is shown short, and without control characters.
std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, 60)) out += c >= ' ' && c < '\x7f' ? c : '?';
  return "\"" + out + "\"";
}

bool isHttps(std::string_view url) {
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
  return url.starts_with("https://") && url.size() <= 2000 && std::ranges::all_of(url, isPlain);
}

std::optional<Json> parse(std::string_view text) {
  if (text.size() > kMaxMetadataBytes) return std::nullopt;
  int depth = 0;
  int deepest = 0;
  const auto measure = [&](int level, Json::parse_event_t, Json&) {
    depth = level;
    deepest = std::max(deepest, depth);
    return level <= kMaxDepth;
  };
  Json json = Json::parse(text, measure, /*allow_exceptions=*/false);
  if (json.is_discarded() || deepest > kMaxDepth) return std::nullopt;
  return json;
}

/// A stream has artifacts → platform → formats; a release has media → platform → artifacts.
struct Found {
  const Json* disk = nullptr;
  std::string release;
};
Found findDisk(const Json& root, const std::string& architecture) {
  const Json* machine = find(find(&root, "architectures"), architecture);
  if (const Json* qemu = find(find(machine, "artifacts"), "qemu")) {
    return {find(find(find(qemu, "formats"), kFormat), "disk"), textAt(qemu, "release").value_or("")};
  }
  const Json* qemu = find(find(machine, "media"), "qemu");
  return {find(find(find(qemu, "artifacts"), kFormat), "disk"), textAt(&root, "release").value_or("")};
}

NoImage unusable(std::string what) {
  return {"the metadata of Fedora CoreOS cannot be used: " + std::move(what),
          "try again later, or give the image by url: and sha256:"};
}

}  // namespace

std::variant<Image, NoImage> fromMetadata(std::string_view json, const Wanted& wanted) {
  const auto root = parse(json);
  if (!root) return unusable("it is no JSON of a sensible size");
  const auto stream = textAt(&*root, "stream");
  if (stream != wanted.stream) {
    return unusable("it is for the stream " + shown(stream.value_or("")) + ", and " + shown(wanted.stream) +
                    " was asked for");
  }
  const Found found = findDisk(*root, wanted.architecture);
  if (found.disk == nullptr) {
    return unusable("it names no QEMU image (" + std::string(kFormat) + ") for " + wanted.architecture);
  }
  if (wanted.version && found.release != *wanted.version) {
    return NoImage{
        "the metadata is for version " + shown(found.release) + ", and " + shown(*wanted.version) + " was asked for",
        "ask for a version that the stream has, or give the image by url: and sha256:"};
  }
  const auto location = textAt(found.disk, "location");
  const auto packed = digestAt(found.disk, "sha256");
  if (!location || !isHttps(*location)) return unusable("the address of the image is not https");
  if (!packed) return unusable("the image has no valid sha256");
  const auto content = digestAt(found.disk, "uncompressed-sha256");
  if (!content && find(found.disk, "uncompressed-sha256") != nullptr) {
    return unusable("the image has no valid uncompressed-sha256");
  }
  return Image{.source = *location,
               .packing = Packing::xz,
               .packedDigest = packed,
               .contentDigest = content,
               .label = "fedora-coreos " + wanted.stream + " " + shown(found.release).substr(1, found.release.size())};
}

std::string streamUrl(std::string_view stream) {
  return std::string(kBase) + "streams/" + std::string(stream) + ".json";
}

std::string releaseUrl(std::string_view stream, std::string_view version) {
  return std::string(kBase) + "prod/streams/" + std::string(stream) + "/builds/" + std::string(version) +
         "/release.json";
}

std::optional<std::string> streamOfVersion(std::string_view version) {
  std::size_t at = 0;
  for (int dots = 0; dots < 2; ++dots) {
    at = version.find('.', at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  const auto number = version.substr(at, version.find('.', at) - at);
  if (number == "1") return "next";
  if (number == "2") return "testing";
  if (number == "3") return "stable";
  return std::nullopt;
}

}  // namespace berth::image
