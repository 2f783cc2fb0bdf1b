// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/rules.h"

#include <algorithm>
#include <set>
#include <variant>

#include "planner/spec/probe_url.h"
#include "planner/spec/scalar.h"

namespace berth::spec {

using source::error;
using source::Findings;

namespace {

constexpr std::uint64_t kMaxNodes = 100'000;
/// Linux names no network interface longer (IFNAMSIZ, with its closing zero).
constexpr std::size_t kInterfaceNameMaxLength = 15;

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool onlyOf(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

// ---- image ------------------------------------------------------------------------------------------------------

/// Four numbers: 44.20260707.3.1
bool isVersion(std::string_view text) {
  int dots = 0;
  bool digit = false;
  for (const char c : text) {
    if (c == '.' && !digit) return false;
    if (c == '.') ++dots;
    digit = c >= '0' && c <= '9';
    if (!digit && c != '.') return false;
  }
  return digit && dots == 3 && text.size() <= 40;
}

void checkStream(const StreamImage& image, const source::Mark& where, Findings& findings) {
  if (!image.stream.mark.known() && !image.version) {
    findings.push_back(error(where, R"(one of "stream", "version", "url" or "file" is missing in "image")",
                             "such as { stream: stable }"));
    return;
  }
  if (image.stream.mark.known() && !onlyOf(image.stream.value, "abcdefghijklmnopqrstuvwxyz0123456789-")) {
    findings.push_back(error(image.stream.mark, quoted(image.stream.value) + " is not a stream",
                             "the streams of Fedora CoreOS are stable, testing and next"));
  }
  if (image.version && !isVersion(image.version->value)) {
    findings.push_back(error(image.version->mark, quoted(image.version->value) + " is not a version of Fedora CoreOS",
                             "four numbers with dots, such as 44.20260707.3.1"));
  }
}

void checkUrl(const UrlImage& image, Findings& findings) {
  const std::string& url = image.url.value;
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!url.starts_with("https://") && !url.starts_with("http://")) {
    findings.push_back(error(image.url.mark, quoted(url) + " does not begin with https:// or http://",
                             "an image on the hosts themselves goes under file:"));
  } else if (!std::ranges::all_of(url, isPlain) || url.size() > 2000) {
    findings.push_back(error(image.url.mark, "the address is too long, or holds characters that must be escaped"));
  }
}

void checkFile(const FileImage& image, Findings& findings) {
  const std::string& path = image.path.value;
  const bool leadsUp = path.find("/../") != std::string::npos || path.ends_with("/..");
  if (!path.starts_with('/') || path.ends_with('/') || leadsUp) {
    findings.push_back(error(image.path.mark, quoted(path) + " is not the absolute path of a file",
                             "the hosts open it, so it must name the same file wherever one stands"));
  }
}

// ---- network ----------------------------------------------------------------------------------------------------

void checkNetwork(const Network& network, Findings& findings) {
  const std::string& name = network.name.value;
  const bool isInterface = network.attachment != Attachment::libvirt;
  const auto isPlain = [](char c) { return c > ' ' && c < '\x7f' && c != '/'; };
  if (network.name.mark.known() &&
      (name.empty() || !std::ranges::all_of(name, isPlain) || name == "." || name == ".." ||
       name.size() > (isInterface ? kInterfaceNameMaxLength : kNameMaxLength))) {
    findings.push_back(
        error(network.name.mark,
              quoted(name) + " cannot be the name of " + (isInterface ? "a network interface" : "a libvirt network"),
              isInterface ? "at most 15 characters, without spaces and slashes" : ""));
  }
  if (!network.addressing) return;
  const Subnet& subnet = *network.addressing->subnet;
  if (const auto& gateway = network.addressing->gateway) {
    if (!subnet.contains(**gateway)) {
      findings.push_back(
          error(gateway->mark, "the gateway " + (*gateway)->str() + " is not in the subnet " + subnet.str()));
    } else if (**gateway == subnet.first() || **gateway == subnet.broadcast()) {
      findings.push_back(error(gateway->mark, (*gateway)->str() + " stands for the whole subnet " + subnet.str() +
                                                  " and can be no gateway"));
    }
  }
}

// ---- pools ------------------------------------------------------------------------------------------------------

void checkRange(const Located<AddressRange>& range, const StaticAddressing& addressing, Findings& findings) {
  const Subnet& subnet = *addressing.subnet;
  if (!subnet.contains(range->first) || !subnet.contains(range->last)) {
    findings.push_back(error(range.mark, range->str() + " is not within the subnet " + subnet.str()));
    return;
  }
  if (range->contains(subnet.first()) || range->contains(subnet.broadcast())) {
    findings.push_back(
        error(range.mark, range->str() + " holds an address that stands for the whole subnet " + subnet.str(),
              "usable are " + Ipv4(subnet.first().bits() + 1).str() + "-" + Ipv4(subnet.broadcast().bits() - 1).str()));
  }
  if (addressing.gateway && range->contains(**addressing.gateway)) {
    findings.push_back(
        error(range.mark, range->str() + " holds the gateway " + (*addressing.gateway)->str(), "leave it out"));
  }
}

std::uint64_t sizeOf(const std::vector<Located<AddressRange>>& ranges) {
  std::uint64_t size = 0;
  for (const auto& range : ranges) size += range->size();
  return size;
}

void checkAddresses(const Spec& spec, Findings& findings) {
  struct Claim {
    const Located<AddressRange>* range;
    const Pool* pool;
  };
  std::vector<Claim> claims;
  for (const Pool& pool : spec.pools) {
    if (!spec.network.addressing) {
      if (pool.addresses.empty()) continue;
      findings.push_back(error(pool.addresses.front().mark, "addresses are given, and the network hands them out",
                               "remove them, or replace dhcp: true by a subnet"));
      continue;
    }
    for (const auto& range : pool.addresses) {
      checkRange(range, *spec.network.addressing, findings);
      for (const Claim& other : claims) {
        if (range->last < (*other.range)->first || (*other.range)->last < range->first) continue;
        findings.push_back(error(range.mark, range->str() + " overlaps " + (*other.range)->str() + " of pool " +
                                                 quoted(other.pool->name->str()) + " on line " +
                                                 std::to_string(other.range->mark.line)));
        break;
      }
      claims.push_back({&range, &pool});
    }
  }
}

void checkAddressCount(const Pool& pool, Findings& findings) {
  if (!pool.count.mark.known() || pool.count.value == 0) return;
  const std::uint64_t size = sizeOf(pool.addresses);
  if (size >= pool.count.value) return;
  const std::string pool_ = "pool " + quoted(pool.name->str());
  if (pool.addresses.empty()) {
    findings.push_back(error(pool.name.mark, pool_ + " has no addresses for its nodes",
                             "such as addresses: 10.20.0.11-10.20.0.19, or dhcp: true under network"));
    return;
  }
  findings.push_back(error(pool.addresses.front().mark, pool_ + " has " + std::to_string(size) + " addresses for " +
                                                            std::to_string(pool.count.value) + " nodes"));
}

void checkName(const Spec& spec, const Pool& pool, Findings& findings) {
  if (!spec.cluster.mark.known() || !pool.count.mark.known()) return;
  const std::uint32_t last = pool.count.value == 0 ? 0 : pool.count.value - 1;
  const std::string longest = spec.cluster->str() + "-" + pool.name->str() + "-" + std::to_string(last);
  if (longest.size() <= kNameMaxLength) return;
  findings.push_back(error(pool.name.mark,
                           "the node name " + quoted(longest) + " has " + std::to_string(longest.size()) +
                               " characters, and host names end at " + std::to_string(kNameMaxLength),
                           "shorten the name of the cluster or of the pool"));
}

void checkProbes(const Spec& spec, Addressed addressed, const Pool& pool, Findings& findings) {
  const bool byDhcp = addressed == Addressed::known && !spec.network.addressing;
  for (const Probe& probe : pool.health.probes) {
    const auto* http = std::get_if<HttpProbe>(&probe);
    if (http != nullptr) {
      if (const auto problem = probeUrlProblem(http->url.value)) {
        findings.push_back(error(http->url.mark, *problem, "such as http://${{ node.address }}:8080/"));
        continue;
      }
    }
    if (!byDhcp || (http != nullptr && !probeUrlNeedsAddress(http->url.value))) continue;
    findings.push_back(error(http == nullptr ? std::get<TcpProbe>(probe).port.mark : http->url.mark,
                             "the address of a node is not known under dhcp: true, so nothing can ask there",
                             "use static addresses, or leave it at systemd: running"));
  }
}

void checkButane(const Pool& pool, const source::Files& files, std::set<std::string>& unreadable, Findings& findings) {
  std::set<std::string> seen;
  for (const auto& path : pool.butane) {
    if (!seen.insert(path.value).second) {
      findings.push_back(error(path.mark, quoted(path.value) + " is already in the list"));
      continue;
    }
    const auto content = files.read(path.value);
    const auto* failure = std::get_if<source::Unreadable>(&content);
    if (failure == nullptr || !unreadable.insert(path.value).second) continue;
    findings.push_back(error(path.mark, failure->reason, "paths are relative to the directory of the spec"));
  }
}

void checkSpread(const Pool& pool, Findings& findings) {
  if (pool.spread.over.size() == 2 && pool.spread.over[0] == pool.spread.over[1]) {
    findings.push_back(
        error(pool.name.mark, "pool " + quoted(pool.name->str()) + " is spread over the same level twice"));
  }
}

}  // namespace

void checkRules(const Bound& bound, Addressed addressed, const source::Files& files, Findings& findings) {
  const Spec& spec = bound.spec;
  if (spec.image.mark.known()) {
    if (const auto* stream = std::get_if<StreamImage>(&spec.image.from))
      checkStream(*stream, spec.image.mark, findings);
    if (const auto* url = std::get_if<UrlImage>(&spec.image.from)) checkUrl(*url, findings);
    if (const auto* file = std::get_if<FileImage>(&spec.image.from)) checkFile(*file, findings);
  }
  checkNetwork(spec.network, findings);
  if (addressed == Addressed::known) checkAddresses(spec, findings);
  std::set<std::string> unreadable;
  for (const Pool& pool : spec.pools) {
    checkName(spec, pool, findings);
    const bool countable = addressed == Addressed::known && !bound.addressesUnclear.contains(*pool.name);
    if (countable && spec.network.addressing) checkAddressCount(pool, findings);
    checkProbes(spec, addressed, pool, findings);
    checkSpread(pool, findings);
    checkButane(pool, files, unreadable, findings);
  }
  if (spec.nodeCount() > kMaxNodes) {
    findings.push_back(error(spec.cluster.mark, "the cluster has " + std::to_string(spec.nodeCount()) +
                                                    " nodes, at most " + std::to_string(kMaxNodes) + " are allowed"));
  }
}

}  // namespace berth::spec
