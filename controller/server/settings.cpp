// SPDX-License-Identifier: Apache-2.0
#include "controller/server/settings.h"

#include <algorithm>
#include <charconv>

#include "planner/source/reader.h"
#include "planner/source/yaml.h"

namespace berth::server {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLeastHeartbeat{100};
/// The shortest time in which a host cuts the power of what is made elsewhere is half a minute: three heartbeats.
constexpr milliseconds kMostHeartbeat{std::chrono::seconds(10)};
constexpr milliseconds kMostLease{std::chrono::hours(1)};
/// Shorter, and nodes would be replaced all the time; longer than what most of the world takes is the person's choice.
constexpr milliseconds kLeastCertificate{std::chrono::hours(24)};
constexpr milliseconds kMostCertificate{secrets::kAuthorityLifetime};

template <class T>
std::optional<T> over(const std::optional<T>& under, const std::optional<T>& upper) {
  return upper ? upper : under;
}

std::optional<std::string> textOf(source::Reader& reader, std::string_view key) {
  auto text = reader.text(key);
  return text ? std::optional(text->value) : std::nullopt;
}

std::optional<milliseconds> intervalOf(source::Reader& reader, std::string_view key, source::Findings& findings) {
  auto text = reader.text(key);
  if (!text) return std::nullopt;
  auto interval = parseInterval(text->value);
  if (!interval) findings.push_back(source::error(text->mark, "not a time", "such as 500ms, 10s, 1m or 8760h"));
  return interval;
}

std::optional<std::uint32_t> numberIn(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool isWhole = error == std::errc{} && end == text.data() + text.size();
  return isWhole ? std::optional(number) : std::nullopt;
}

/// Words as a YAML scalar that is a text for everybody.
std::string asScalar(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string bracketed(const std::string& address) {
  // An IPv6 address would run into the port.
  const bool bare = address.find(':') != std::string::npos && !address.starts_with('[');
  return bare ? "[" + address + "]" : address;
}

/// One door, or what is wrong with it.
std::variant<Door, std::string> doorFor(const Wishes& wishes, const std::optional<std::string>& own, std::uint16_t port,
                                        const char* what) {
  if (own) {
    auto endpoint = identity::Endpoint::parse(*own);
    if (!endpoint) return std::string(what) + " is not of the form tcp://HOST:PORT or ipc:///PATH: " + *own;
    return Door{*endpoint, *endpoint};
  }
  if (!wishes.address) {
    return "the address by which others reach this controller is not known: give --address, or set address: in " +
           std::string(kConfigFile);
  }
  const std::string tail = ":" + std::to_string(port);
  auto listen = identity::Endpoint::parse("tcp://" + bracketed(wishes.listen.value_or("*")) + tail);
  auto announce = identity::Endpoint::parse("tcp://" + bracketed(*wishes.address) + tail);
  if (!listen) return "cannot listen on \"" + *wishes.listen + "\": expected an address of this machine, or *";
  if (!announce || !announce->isConnectable()) {
    return "nobody can connect to \"" + *wishes.address + "\": expected a name or an address of this machine";
  }
  return Door{*listen, *announce};
}

/// What is wrong with a URL that nodes are told; empty when nothing is.
std::string wrongWith(std::string_view url) {
  const bool isWeb = url.starts_with("http://") || url.starts_with("https://");
  const bool isPlain = url.find_first_of(" \t\r\n\"\\?#$") == std::string_view::npos;
  if (isWeb && isPlain && url.find("//") + 2 < url.size()) return {};
  return "http.url is not of the form http://HOST:PORT or https://HOST/PATH: " + std::string(url);
}

/// Nobody is answered where nobody asked for it.
std::variant<std::optional<HttpDoor>, std::string> httpDoor(const Wishes& wishes) {
  if (!wishes.httpListen) {
    if (wishes.httpUrl) return "http.url is set, and http.listen is not: nobody would answer there";
    return std::nullopt;
  }
  const auto listen = http::parseAddress(*wishes.httpListen);
  if (!listen) return "http.listen is not of the form ADDRESS:PORT, such as *:7403: " + *wishes.httpListen;
  HttpDoor door{*listen, wishes.httpUrl.value_or(""), wishes.address ? bracketed(*wishes.address) : ""};
  while (door.url.ends_with('/')) door.url.pop_back();
  if (door.url.empty() && door.host.empty()) {
    return "nodes are to be answered over HTTP, and what they should ask is not known: set address: or http.url";
  }
  if (door.url.empty()) return door;
  if (auto wrong = wrongWith(door.url); !wrong.empty()) return wrong;
  return door;
}

}  // namespace

Wishes overlaid(const Wishes& under, const Wishes& upper) {
  return {over(under.address, upper.address),
          over(under.listen, upper.listen),
          over(under.agentEndpoint, upper.agentEndpoint),
          over(under.operatorEndpoint, upper.operatorEndpoint),
          over(under.enrolmentEndpoint, upper.enrolmentEndpoint),
          over(under.heartbeat, upper.heartbeat),
          over(under.lease, upper.lease),
          over(under.lostShare, upper.lostShare),
          over(under.disruptionBudget, upper.disruptionBudget),
          over(under.masterKeyFile, upper.masterKeyFile),
          over(under.certificateLifetime, upper.certificateLifetime),

          over(under.httpListen, upper.httpListen),
          over(under.httpUrl, upper.httpUrl)};
}

Wishes readWishes(std::string_view yaml, const std::string& file, source::Findings& findings) {
  Wishes wishes;
  const source::YamlDocument document = source::readYaml(yaml, file);
  if (document.failure()) {
    findings.push_back(*document.failure());
    return wishes;
  }
  if (document.root() == nullptr) return wishes;
  source::Reader reader(*document.root(), findings);
  wishes.address = textOf(reader, "address");
  wishes.listen = textOf(reader, "listen");
  wishes.agentEndpoint = textOf(reader, "agent_endpoint");
  wishes.operatorEndpoint = textOf(reader, "operator_endpoint");
  wishes.enrolmentEndpoint = textOf(reader, "enrolment_endpoint");
  wishes.heartbeat = intervalOf(reader, "heartbeat", findings);
  wishes.lease = intervalOf(reader, "lease", findings);
  if (const auto share = reader.text("lost_share")) {
    wishes.lostShare = parseShare(share->value);
    if (!wishes.lostShare) findings.push_back(source::error(share->mark, "not a share of all hosts", "such as 50%"));
  }
  if (const auto budget = reader.text("disruption_budget")) {
    wishes.disruptionBudget = parseBudget(budget->value);
    if (!wishes.disruptionBudget) {
      findings.push_back(source::error(budget->mark, "not a number of nodes, nor a share of them", "such as 5 or 10%"));
    }
  }
  if (const source::YamlNode* secrets = reader.take("secrets")) {
    source::Reader inner(*secrets, findings);
    wishes.masterKeyFile = textOf(inner, "master_key_file");
    wishes.certificateLifetime = intervalOf(inner, "certificate_lifetime", findings);
    inner.finish();
  }
  if (const auto* http = reader.take("http")) {
    source::Reader door(*http, findings);
    wishes.httpListen = textOf(door, "listen");
    wishes.httpUrl = textOf(door, "url");
    door.finish();
  }
  reader.finish();
  return wishes;
}

std::string writeWishes(const Wishes& wishes) {
  std::string text = "# Settings of berth-controller; docs/controller.md explains them.\n";
  const auto add = [&](const char* key, const std::optional<std::string>& value) {
    if (value) text += std::string(key) + ": " + asScalar(*value) + "\n";
  };
  const auto inMs = [](const std::optional<milliseconds>& interval) -> std::optional<std::string> {
    if (!interval) return std::nullopt;
    return std::to_string(interval->count()) + "ms";
  };
  add("address", wishes.address);
  add("listen", wishes.listen);
  add("agent_endpoint", wishes.agentEndpoint);
  add("operator_endpoint", wishes.operatorEndpoint);
  add("enrolment_endpoint", wishes.enrolmentEndpoint);
  add("heartbeat", inMs(wishes.heartbeat));
  add("lease", inMs(wishes.lease));
  if (wishes.lostShare) add("lost_share", std::to_string(*wishes.lostShare) + "%");
  if (const auto& budget = wishes.disruptionBudget) {
    add("disruption_budget", std::to_string(budget->amount) + (budget->of == rollout::Budget::Of::share ? "%" : ""));
  }
  if (wishes.masterKeyFile || wishes.certificateLifetime) text += "secrets:\n";
  add("  master_key_file", wishes.masterKeyFile);
  if (const auto& lifetime = wishes.certificateLifetime) {
    add("  certificate_lifetime", std::to_string(std::chrono::floor<std::chrono::hours>(*lifetime).count()) + "h");
  }
  if (wishes.httpListen || wishes.httpUrl) text += "http:\n";
  add("  listen", wishes.httpListen);
  add("  url", wishes.httpUrl);
  return text;
}

std::optional<std::uint32_t> parseShare(std::string_view text) {
  if (text.ends_with('%')) text.remove_suffix(1);
  const auto share = numberIn(text);
  return share && *share <= 100 ? share : std::nullopt;
}

std::optional<rollout::Budget> parseBudget(std::string_view text) {
  const bool isShare = text.ends_with('%');
  if (isShare) text.remove_suffix(1);
  const auto amount = numberIn(text);
  if (!amount || *amount == 0 || (isShare && *amount > 100)) return std::nullopt;
  return rollout::Budget{isShare ? rollout::Budget::Of::share : rollout::Budget::Of::count, *amount};
}

std::optional<milliseconds> parseInterval(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || count <= 0 || count > 1'000'000) return std::nullopt;
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (unit == "ms") return milliseconds(count);
  if (unit == "s") return std::chrono::seconds(count);
  if (unit == "m") return std::chrono::minutes(count);
  if (unit == "h") return std::chrono::hours(count);
  if (unit == "d") return std::chrono::hours(24 * count);
  return std::nullopt;
}

std::variant<Settings, std::string> settle(const Wishes& wishes) {
  auto agents = doorFor(wishes, wishes.agentEndpoint, kAgentPort, "agent_endpoint");
  if (auto* wrong = std::get_if<std::string>(&agents)) return std::move(*wrong);
  auto operators = doorFor(wishes, wishes.operatorEndpoint, kOperatorPort, "operator_endpoint");
  if (auto* wrong = std::get_if<std::string>(&operators)) return std::move(*wrong);
  auto enrolment = doorFor(wishes, wishes.enrolmentEndpoint, kEnrolmentPort, "enrolment_endpoint");
  if (auto* wrong = std::get_if<std::string>(&enrolment)) return std::move(*wrong);

  auto http = httpDoor(wishes);
  if (auto* wrong = std::get_if<std::string>(&http)) return std::move(*wrong);

  fleet::Timing timing;
  timing.lease = wishes.lease.value_or(timing.lease);
  // A lease that is asked for alone keeps the proportion of the defaults.
  timing.heartbeat =
      wishes.heartbeat.value_or(wishes.lease ? std::min(timing.lease / 5, kMostHeartbeat) : timing.heartbeat);
  timing.lostShare = wishes.lostShare.value_or(timing.lostShare);
  if (timing.heartbeat < kLeastHeartbeat) return std::string("the heartbeat is shorter than 100ms");
  if (timing.heartbeat > kMostHeartbeat) return std::string("the heartbeat is longer than 10s");
  if (timing.lease > kMostLease) return std::string("the lease is longer than an hour");
  if (timing.lease < 2 * timing.heartbeat) {
    return std::string("the lease is shorter than two heartbeats: one lost message would make a host lost");
  }
  const milliseconds lifetime = wishes.certificateLifetime.value_or(secrets::kCertificateLifetime);
  if (lifetime < kLeastCertificate) return std::string("certificate_lifetime is shorter than a day");
  if (lifetime > kMostCertificate) return std::string("certificate_lifetime is longer than that of an authority");
  return Settings{std::get<Door>(agents),
                  std::get<Door>(operators),
                  std::get<Door>(enrolment),
                  timing,
                  wishes.disruptionBudget,
                  wishes.masterKeyFile.value_or(""),
                  std::chrono::duration_cast<std::chrono::seconds>(lifetime),
                  std::get<std::optional<HttpDoor>>(std::move(http))};
}

}  // namespace berth::server
