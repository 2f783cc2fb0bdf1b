// SPDX-License-Identifier: Apache-2.0
//
// X.509 certificates on NIST P-256: an authority of a cluster's own, and what it signs for the cluster's nodes. All of
// it is PEM, and private keys are PKCS #8.
//
//   auto authority = std::get<Pair>(makeAuthority("Berth cluster prod", period));
//   auto pair = std::get<Pair>(makeCertificate({{"prod-server-0"}, {"10.20.0.11"}}, authority, period));
//   std::optional<Reading> reading = read(pair.certificate);
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::secrets {

/// A certificate and its private key.
struct Pair {
  std::string certificate;
  std::string key;
};
/// Both in one text, as they are kept; and what such a text holds, when it is one.
[[nodiscard]] std::string joined(const Pair& pair);
[[nodiscard]] std::optional<Pair> split(std::string_view text);

/// Since the epoch, in milliseconds; certificates know whole seconds.
struct Period {
  std::int64_t fromMs = 0;
  std::int64_t untilMs = 0;
  bool operator==(const Period&) const = default;
};

/// What a certificate is valid for. The first domain is its subject too.
struct Names {
  std::vector<std::string> domains;
  std::vector<std::string> addresses;
  bool operator==(const Names&) const = default;
};

/// Why there is none, in words.
using Made = std::variant<Pair, std::string>;

/// May sign certificates, and no other authority.
[[nodiscard]] Made makeAuthority(const std::string& commonName, const Period& period);
/// For servers and clients. It ends no later than its authority.
[[nodiscard]] Made makeCertificate(const Names& names, const Pair& authority, const Period& period);

struct Reading {
  Names names;
  Period period;
};
/// Nothing when it is no certificate.
[[nodiscard]] std::optional<Reading> read(std::string_view certificate);
[[nodiscard]] bool isSignedBy(std::string_view certificate, std::string_view authority);
/// The certificate is one of an authority, and the key is its own.
[[nodiscard]] bool isAuthority(const Pair& pair);

}  // namespace berth::secrets
