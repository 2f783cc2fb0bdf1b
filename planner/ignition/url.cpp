// SPDX-License-Identifier: Apache-2.0
#include "planner/ignition/url.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace berth::ignition {
namespace {

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool isDigit(char c) { return c >= '0' && c <= '9'; }
bool isAscii(char c) { return static_cast<unsigned char>(c) < 0x80; }

int hexValue(char c) {
  if (isDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool isOneOf(char c, std::string_view set) { return set.find(c) != std::string_view::npos; }

/// Splits at the first `mark`; the second part is empty when there is none.
std::pair<std::string_view, std::string_view> cut(std::string_view text, char mark) {
  std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return {text, {}};
  return {text.substr(0, at), text.substr(at + 1)};
}

bool hasRightEscapes(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || hexValue(text[i + 1]) < 0 || hexValue(text[i + 2]) < 0) return false;
    i += 2;
  }
  return true;
}

/// In a host, only bytes beyond ASCII may be escaped, and the percent sign.
bool isHostText(std::string_view host) {
  constexpr std::string_view kAllowed = "-_.~!$&'()*+,;=:[]<>\"";
  for (std::size_t i = 0; i < host.size(); ++i) {
    char c = host[i];
    if (c == '%') {
      if (i + 2 >= host.size() || hexValue(host[i + 1]) < 0 || hexValue(host[i + 2]) < 0) return false;
      if (hexValue(host[i + 1]) < 8 && host.substr(i, 3) != "%25") return false;
      i += 2;
    } else if (isAscii(c) && !isLetter(c) && !isDigit(c) && !isOneOf(c, kAllowed)) {
      return false;
    }
  }
  return true;
}

bool isOptionalPort(std::string_view text) {
  if (text.empty()) return true;
  return text.front() == ':' && std::all_of(text.begin() + 1, text.end(), isDigit);
}

/// What stands behind the "%25" of an address: it may bear escapes, but only of what it may bear without.
bool isZone(std::string_view zone) {
  if (zone.empty() || !hasRightEscapes(zone)) return false;
  std::string plain;
  for (std::size_t i = 0; i < zone.size(); ++i) {
    if (zone[i] != '%') {
      plain += zone[i];
      continue;
    }
    int code = hexValue(zone[i + 1]) << 4 | hexValue(zone[i + 2]);
    if (code >= 0x80) return false;
    if (code != '%' && code != ' ') plain += static_cast<char>(code);
    i += 2;
  }
  return plain.find('%') == std::string::npos && isHostText(plain);
}

/// What may stand in brackets: an IPv6 address, maybe with a zone.
bool isAddress(std::string_view text) {
  std::size_t zone = text.find("%25");
  in6_addr parsed{};
  if (inet_pton(AF_INET6, std::string(text.substr(0, zone)).c_str(), &parsed) != 1) return false;
  return zone == std::string_view::npos || isZone(text.substr(zone + 3));
}

bool isHost(std::string_view host) {
  std::size_t bracket = host.rfind('[');
  if (bracket != std::string_view::npos) {
    std::size_t end = host.rfind(']');
    return bracket == 0 && end != std::string_view::npos && isOptionalPort(host.substr(end + 1)) &&
           isAddress(host.substr(1, end - 1));
  }
  std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && !isOptionalPort(host.substr(colon))) return false;
  return isHostText(host);
}

bool isUserInfo(std::string_view text) {
  constexpr std::string_view kAllowed = "-._:~!$&'()*+,;=%@";
  return hasRightEscapes(text) && std::all_of(text.begin(), text.end(), [&](char c) {
           return isLetter(c) || isDigit(c) || isOneOf(c, kAllowed);
         });
}

bool isAuthority(std::string_view text) {
  std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return isHost(text);
  return isHost(text.substr(at + 1)) && isUserInfo(text.substr(0, at));
}

/// Takes the scheme and its colon away from `rest`. Nothing when the colon comes first.
std::optional<std::string> takeScheme(std::string_view& rest) {
  for (std::size_t i = 0; i < rest.size(); ++i) {
    char c = rest[i];
    if (isLetter(c) || (i > 0 && (isDigit(c) || isOneOf(c, "+-.")))) continue;
    if (c != ':') return std::string();
    if (i == 0) return std::nullopt;
    std::string scheme(rest.substr(0, i));
    std::transform(scheme.begin(), scheme.end(), scheme.begin(), [](char letter) {
      return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter;
    });
    rest.remove_prefix(i + 1);
    return scheme;
  }
  return std::string();
}

/// A parameter's text: plus is a space there.
std::optional<std::string> unescapedParameter(std::string_view text) {
  if (!hasRightEscapes(text)) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      out += static_cast<char>(static_cast<std::uint8_t>(hexValue(text[i + 1]) << 4 | hexValue(text[i + 2])));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

std::optional<Url> parseUrl(std::string_view text) {
  auto isControl = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  auto [rest, fragment] = cut(text, '#');
  if (std::any_of(rest.begin(), rest.end(), isControl) || !hasRightEscapes(fragment)) return std::nullopt;
  Url url;
  auto scheme = takeScheme(rest);
  if (!scheme) return std::nullopt;
  url.scheme = std::move(*scheme);
  auto [beforeQuery, query] = cut(rest, '?');
  url.query = query;
  rest = beforeQuery;
  if (!rest.starts_with('/')) {
    if (!url.scheme.empty()) {
      url.opaque = rest;
      return url;
    }
    if (rest.substr(0, rest.find('/')).find(':') != std::string_view::npos) return std::nullopt;
  }
  if (rest.starts_with("//") && (!url.scheme.empty() || !rest.starts_with("///"))) {
    rest.remove_prefix(2);
    std::string_view authority = rest.substr(0, rest.find('/'));
    if (!isAuthority(authority)) return std::nullopt;
    rest.remove_prefix(authority.size());
  }
  if (!hasRightEscapes(rest)) return std::nullopt;
  return url;
}

std::optional<std::string> parameterOf(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto [pair, rest] = cut(query, '&');
    query = rest;
    if (pair.find(';') != std::string_view::npos) continue;
    auto [key, value] = cut(pair, '=');
    auto plainKey = unescapedParameter(key);
    auto plainValue = unescapedParameter(value);
    if (plainKey && plainValue && *plainKey == name) return plainValue;
  }
  return std::nullopt;
}

bool isS3Arn(std::string_view text) {
  // arn : partition : service : region : account : resource
  constexpr std::size_t kSections = 6;
  std::vector<std::string_view> sections;
  std::string_view rest = text;
  while (sections.size() + 1 < kSections) {
    std::size_t colon = rest.find(':');
    if (colon == std::string_view::npos) return false;
    sections.push_back(rest.substr(0, colon));
    rest.remove_prefix(colon + 1);
  }
  if (sections[0] != "arn" || sections[2] != "s3") return false;
  auto slashes = std::count(text.begin(), text.end(), '/');
  return rest.starts_with("accesspoint/") ? slashes >= 2 : slashes >= 1;
}

}  // namespace berth::ignition
