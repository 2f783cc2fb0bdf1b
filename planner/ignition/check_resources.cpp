// SPDX-License-Identifier: Apache-2.0
//
// Things to fetch: contents, keys, certificates, other configs, and the proxies on the way to them.
#include <variant>

#include "planner/ignition/check.h"
#include "planner/ignition/data_url.h"
#include "planner/ignition/url.h"

namespace berth::ignition {
namespace {

bool isHttp(const Url& url) { return url.scheme == "http" || url.scheme == "https"; }

std::string wrongWithVersionId(const Url& url) {
  auto version = parameterOf(url.query, "versionId");
  return version && version->empty() ? "invalid S3 object VersionId" : "";
}

/// What is wrong with a source; empty when nothing is.
std::string wrongWithSource(const Checker& checker, std::string_view text) {
  if (text.empty()) return {};
  auto url = parseUrl(text);
  if (!url) return "unable to parse url";
  if (isHttp(*url) || url->scheme == "tftp") return {};
  if (url->scheme == "s3") return wrongWithVersionId(*url);
  if (url->scheme == "gs" && checker.isSince(SpecVersion::v3_2)) return {};
  if (url->scheme == "arn" && checker.isSince(SpecVersion::v3_4)) {
    return isS3Arn("arn:" + url->opaque) ? wrongWithVersionId(*url) : "invalid S3 ARN format";
  }
  if (url->scheme == "data") {
    auto decoded = decodeDataUrl(text);
    if (auto* wrong = std::get_if<NoDataUrl>(&decoded)) return wrong->reason;
    return {};
  }
  return "invalid url scheme";
}

std::string wrongWithHeaders(std::string_view source) {
  auto url = parseUrl(source);
  if (source.empty() || !url) return "unable to parse url";
  return isHttp(*url) ? "" : "cannot use HTTP headers with this source scheme";
}

/// The checks that every kind of resource has in common.
void checkFetched(Checker& checker, const Place& place) {
  const Value& resource = place.value;
  std::string_view compression = resource.textOr("compression");
  if (!compression.empty() && compression != "gzip") {
    checker.error(place, "compression", "invalid compression method");
  }
  const Value* verification = resource.find("verification");
  const Value* hash = verification == nullptr ? nullptr : verification->find("hash");
  if (hash != nullptr && resource.find("source") == nullptr) {
    Place below{*verification, &place, resource.shape().field("verification")};
    checker.error(below, "hash", "source must be specified if verification is specified");
  }
  if (const Value* source = resource.find("source")) {
    std::string wrong = wrongWithSource(checker, source->text());
    if (!wrong.empty()) checker.error(place, "source", wrong);
  }
  if (!itemsOf(resource.find("httpHeaders")).empty()) {
    std::string wrong = wrongWithHeaders(resource.textOr("source"));
    if (!wrong.empty()) checker.error(place, "httpHeaders", wrong);
  }
}

std::string wrongWithProxy(std::string_view text) {
  if (text.empty()) return {};
  auto url = parseUrl(text);
  if (!url) return "unable to parse url";
  return isHttp(*url) ? "" : "proxies must be http(s)";
}

}  // namespace

bool isRightSource(const Checker& checker, std::string_view source) { return wrongWithSource(checker, source).empty(); }

void checkResource(Checker& checker, const Place& place) { checkFetched(checker, place); }

void checkConfigReference(Checker& checker, const Place& place) {
  bool isInList = place.isElement;
  if (isInList && place.value.textOr("source").empty()) {
    bool isCertificate = place.value.shape().id == ShapeId::certificate;
    if (checker.isSince(SpecVersion::v3_1)) {
      checker.error(place, "source is required");
    } else if (isCertificate) {
      // 3.0.0 knew no absent source: an empty one has no scheme that it would know.
      checker.error(place, "source", "invalid url scheme");
    }
  }
  checkFetched(checker, place);
}

void checkVerification(Checker& checker, const Place& place) {
  const Value* hash = place.value.find("hash");
  if (hash == nullptr) return;
  const std::string& text = hash->text();
  std::size_t dash = text.find('-');
  if (dash == std::string::npos) return checker.error(place, "hash", "malformed hash specifier");
  std::string_view function = std::string_view(text).substr(0, dash);
  std::size_t digits = text.size() - dash - 1;
  bool isSha256 = function == "sha256" && checker.isSince(SpecVersion::v3_1);
  if (function != "sha512" && !isSha256) return checker.error(place, "hash", "unrecognized hash function");
  if (digits != (isSha256 ? 64U : 128U)) checker.error(place, "hash", "incorrect size for hash sum");
}

void checkHttpHeader(Checker& checker, const Place& place) {
  if (place.value.textOr("name").empty()) checker.error(place, "name", "HTTP header name can't be empty");
  const Value* value = place.value.find("value");
  if (value != nullptr && value->text().empty()) checker.error(place, "value", "unable to parse HTTP header");
}

void checkProxy(Checker& checker, const Place& place) {
  for (std::string_view field : {"httpProxy", "httpsProxy"}) {
    std::string_view text = place.value.textOr(field);
    std::string wrong = wrongWithProxy(text);
    if (!wrong.empty()) {
      checker.error(place, field, wrong);
    } else if (auto url = parseUrl(text); field == "httpsProxy" && url && url->scheme == "http") {
      checker.warning(place, field, "insecure plaintext HTTP proxy specified for HTTPS resources");
    }
  }
}

}  // namespace berth::ignition
