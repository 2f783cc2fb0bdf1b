// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/resource.h"

#include "planner/ignition/data_url.h"
#include "planner/ignition/gzip.h"

namespace berth::ignition {
namespace {

/// Header, trailer, and the shortest block: less than this no stream can be, and small files need not be tried.
constexpr std::size_t kShortestStream = 10 + 8 + 2;
/// Compressing has to save more than `"compression":"gzip"` costs.
constexpr std::size_t kGzipMention = 4;
/// Butane's compressor ends its stream with an empty block that zlib does not write; counting it here lets us choose
/// gzip where Butane does.
constexpr std::size_t kFinalBlock = 5;

constexpr std::size_t base64UrlLength(std::size_t bytes) {
  return std::string_view("data:;base64,").size() + (bytes + 2) / 3 * 4;
}

}  // namespace

void embed(Value& resource, std::string_view bytes, SpecVersion version, const Origin& origin) {
  auto put = [&](std::string_view name, std::string text) {
    resource.put(name, Value::ofText(std::move(text), origin));
  };
  if (version == SpecVersion::v3_0) return put("source", escapedDataUrl(bytes));

  std::string best = shortestDataUrl(bytes);
  if (resource.textOr("compression").empty()) {
    auto paysWith = [&](std::size_t length) {
      return base64UrlLength(length + kFinalBlock) + kGzipMention < best.size();
    };
    std::string stream = paysWith(kShortestStream) ? gzip(bytes) : std::string();
    bool pays = !stream.empty() && paysWith(stream.size());
    put("compression", pays ? "gzip" : "");
    if (pays) best = base64DataUrl(stream);
  }
  put("source", std::move(best));
}

std::optional<std::string> embedded(const Value& resource, std::size_t limit) {
  const Value* source = resource.find("source");
  if (source == nullptr || !source->text().starts_with("data:")) return std::nullopt;
  auto decoded = decodeDataUrl(source->text());
  auto* bytes = std::get_if<std::string>(&decoded);
  if (bytes == nullptr || bytes->size() > limit) return std::nullopt;
  if (resource.textOr("compression") == "gzip") return gunzip(*bytes, limit);
  return std::move(*bytes);
}

}  // namespace berth::ignition
