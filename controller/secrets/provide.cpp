// SPDX-License-Identifier: Apache-2.0
//
// Authorities first, then what they sign, then the rest; what is only asked for by name comes last, since it may be one
// of the others.
#include "controller/secrets/provide.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <sodium.h>

#include "controller/secrets/certificates.h"
#include "words/uuid.h"

namespace berth::secrets {

namespace {

using secret::Kind;
using secret::Wanted;

constexpr std::size_t kKeyBytes = 32;
constexpr std::array<std::string_view, 5> kKinds{"key", "uuid", "authority", "certificate", "given"};

std::int64_t inMs(std::chrono::milliseconds time) { return time.count(); }

/// 32 random bytes in base64.
std::string newKey() {
  std::array<unsigned char, kKeyBytes> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text(sodium_base64_ENCODED_LEN(kKeyBytes, sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  sodium_memzero(bytes.data(), bytes.size());
  // It ends with a zero, which is no part of it.
  text.pop_back();
  return text;
}

Period periodFrom(std::int64_t nowMs, std::chrono::seconds lifetime) {
  return {nowMs - inMs(kBackdated), nowMs + inMs(lifetime)};
}

std::variant<Draft, std::string> drafted(const std::string& name, Kind kind, Made made) {
  if (auto* why = std::get_if<std::string>(&made)) return std::move(*why);
  const Pair& pair = std::get<Pair>(made);
  const auto reading = read(pair.certificate);
  return Draft{name, kind, joined(pair), {}, reading ? reading->period.untilMs : 0};
}

std::variant<Draft, std::string> newAuthority(const std::string& name, const Holdings& holdings) {
  return drafted(
      name, Kind::authority,
      makeAuthority("Berth " + holdings.cluster.str() + " " + name, periodFrom(holdings.nowMs, kAuthorityLifetime)));
}

std::variant<Draft, std::string> newCertificate(const std::string& name, const Names& names, const Pair& authority,
                                                const Holdings& holdings) {
  return drafted(name, Kind::certificate,
                 makeCertificate(names, authority, periodFrom(holdings.nowMs, holdings.certificateLifetime)));
}

/// One that may do.
struct Candidate {
  Draft draft;
  /// The store has it already.
  bool isKept = false;
};

/// In the order in which they are tried.
std::vector<Candidate> candidates(const Held& held, const std::string& name, Use use) {
  const auto kept = [&](const Kept& each) { return Candidate{{name, each.kind, each.value}, true}; };
  std::vector<Candidate> found;
  if (use == Use::inForce && held.inForce) found.push_back(kept(*held.inForce));
  if (held.draft) found.push_back({*held.draft});
  if (held.waiting) found.push_back(kept(*held.waiting));
  if (use == Use::newest && held.inForce) found.push_back(kept(*held.inForce));
  return found;
}

bool hasTwoParts(Kind kind) { return kind == Kind::authority || kind == Kind::certificate; }

class Provider {
public:
  Provider(const Holdings& holdings, Use use) : holdings_(holdings), use_(use) {}

  void add(const Wanted& wanted) {
    if (!added_.insert({wanted.name, wanted.kind}).second) return;
    switch (wanted.kind) {
      case Kind::authority: return addAuthority(wanted);
      case Kind::certificate: return addCertificate(wanted);
      case Kind::key:
      case Kind::uuid: return addText(wanted);
      case Kind::given: return addGiven(wanted);
    }
  }

  Provided take() {
    addOthers();
    addUnwanted();
    provided_.values.close();
    return std::move(provided_);
  }

private:
  [[nodiscard]] std::vector<Candidate> candidatesOf(std::string_view name) const {
    const auto found = holdings_.held.find(name);
    if (found == holdings_.held.end()) return {};
    return candidates(found->second, std::string(name), use_);
  }

  void use(Candidate candidate) {
    if (!candidate.isKept) provided_.drafts.push_back(std::move(candidate.draft));
  }

  void fail(const Wanted& wanted, std::string message, std::string hint = {}) {
    provided_.findings.push_back(source::error(wanted.where, std::move(message), std::move(hint)));
  }

  void failToMake(const Wanted& wanted, const std::string& why) {
    fail(wanted, "secret \"" + wanted.name + "\" cannot be made: " + why);
  }

  /// What nobody has announced may still be asked for by name, in an expression.
  void addOthers() {
    for (const auto& [name, held] : holdings_.held) {
      for (const Candidate& each : candidates(held, name, use_)) {
        // Drafts of other plans may never come to be.
        if (!each.isKept) continue;
        addOther(each.draft);
        break;
      }
    }
  }

  void addUnwanted() {
    for (const auto& [name, held] : holdings_.held) {
      const bool isCertificate = held.inForce && held.inForce->kind == Kind::certificate;
      if (isCertificate && !added_.contains({name, Kind::certificate})) provided_.unwanted.push_back(name);
    }
  }

  void addOther(const Draft& kept) {
    const auto offer = [&](const std::string& name, const std::string& value) {
      if (provided_.values.find(name) == nullptr) provided_.values.set(name, value);
    };
    if (!hasTwoParts(kept.kind)) return offer(kept.name, kept.value);
    if (provided_.values.find(secret::certificateOf(kept.name)) != nullptr) return;
    const auto pair = split(kept.value);
    if (!pair) return;
    offer(secret::certificateOf(kept.name), pair->certificate);
    if (kept.kind == Kind::certificate) offer(secret::privateKeyOf(kept.name), pair->key);
  }

  void addText(const Wanted& wanted) {
    auto found = candidatesOf(wanted.name);
    if (found.empty()) {
      const bool isUuid = wanted.kind == Kind::uuid;
      found.push_back({{wanted.name, wanted.kind, isUuid ? Uuid::random().str() : newKey()}});
    }
    provided_.values.set(wanted.name, found.front().draft.value);
    use(std::move(found.front()));
  }

  void addAuthority(const Wanted& wanted) {
    auto found = candidatesOf(wanted.name);
    if (found.empty()) {
      auto fresh = newAuthority(wanted.name, holdings_);
      if (const auto* why = std::get_if<std::string>(&fresh)) return failToMake(wanted, *why);
      found.push_back({std::get<Draft>(std::move(fresh))});
    }
    auto pair = split(found.front().draft.value);
    if (!pair || !isAuthority(*pair)) {
      return fail(wanted, "secret \"" + wanted.name + "\" was set, and is no authority: a certificate with its key",
                  "set it anew: berth secret set " + holdings_.cluster.str() + " " + wanted.name);
    }
    warnOfEnd(wanted, pair->certificate);
    provided_.values.set(secret::certificateOf(wanted.name), pair->certificate);
    authorities_.insert_or_assign(wanted.name, *std::move(pair));
    use(std::move(found.front()));
  }

  void warnOfEnd(const Wanted& wanted, const std::string& certificate) {
    const auto reading = read(certificate);
    if (!reading || !isToBeRenewed(reading->period.fromMs, reading->period.untilMs, holdings_.nowMs)) return;
    const std::int64_t days = (reading->period.untilMs - holdings_.nowMs) / inMs(std::chrono::hours(24));
    provided_.findings.push_back(
        source::warning(wanted.where, "the authority \"" + wanted.name + "\" ends in " + std::to_string(days) + " days",
                        "berth secret rotate " + holdings_.cluster.str() + " " + wanted.name));
  }

  void addCertificate(const Wanted& wanted) {
    const auto authority = authorities_.find(wanted.authority);
    // That there is none was told where it was asked for.
    if (authority == authorities_.end()) return;
    auto found = candidatesOf(wanted.name);
    std::erase_if(found, [&](const Candidate& each) { return !isFit(each.draft, wanted, authority->second); });
    if (found.empty()) {
      auto fresh = newCertificate(wanted.name, {wanted.domains, wanted.addresses}, authority->second, holdings_);
      if (const auto* why = std::get_if<std::string>(&fresh)) return failToMake(wanted, *why);
      Candidate& candidate = found.emplace_back(Candidate{std::get<Draft>(std::move(fresh))});
      candidate.draft.node = wanted.node;
    }
    const auto pair = split(found.front().draft.value);
    provided_.values.set(secret::certificateOf(wanted.name), pair->certificate);
    provided_.values.set(secret::privateKeyOf(wanted.name), pair->key);
    use(std::move(found.front()));
  }

  /// What a person has set is theirs to renew; nobody else would know when.
  [[nodiscard]] bool isFit(const Draft& draft, const Wanted& wanted, const Pair& authority) const {
    const auto pair = split(draft.value);
    if (!pair) return false;
    const auto reading = read(pair->certificate);
    if (draft.kind == Kind::given) return reading.has_value();
    return reading && reading->names == Names{wanted.domains, wanted.addresses} &&
           isSignedBy(pair->certificate, authority.certificate) &&
           !isToBeRenewed(reading->period.fromMs, reading->period.untilMs, holdings_.nowMs);
  }

  /// A person's own, or one of the others: those of two parts are named with the part.
  void addGiven(const Wanted& wanted) {
    if (provided_.values.find(wanted.name) != nullptr) return;
    auto found = candidatesOf(wanted.name);
    const bool isPair = provided_.values.find(secret::certificateOf(wanted.name)) != nullptr ||
                        (!found.empty() && hasTwoParts(found.front().draft.kind));
    if (isPair) {
      return fail(wanted, "secret \"" + wanted.name + "\" has two parts",
                  "name one: secret(\"" + secret::certificateOf(wanted.name) + "\")");
    }
    if (found.empty()) {
      return fail(wanted, "cluster " + holdings_.cluster.str() + " has no secret \"" + wanted.name + "\"",
                  "set it first: berth secret set " + holdings_.cluster.str() + " " + wanted.name);
    }
    provided_.values.set(wanted.name, found.front().draft.value);
    use(std::move(found.front()));
  }

  const Holdings& holdings_;
  Use use_;
  Provided provided_;
  std::map<std::string, Pair, std::less<>> authorities_;
  std::set<std::pair<std::string, Kind>> added_;
};

/// The later its kind here, the later it is provided.
int rankOf(Kind kind) {
  switch (kind) {
    case Kind::authority: return 0;
    case Kind::certificate: return 1;
    case Kind::key: return 2;
    case Kind::uuid: return 3;
    case Kind::given: return 4;
  }
  return 4;
}

/// The same names again, signed by the same authority.
std::variant<Draft, std::string> remadeCertificate(const std::string& name, const Kept& old, const Holdings& holdings) {
  const auto pair = split(old.value);
  const auto reading = pair ? read(pair->certificate) : std::nullopt;
  if (!reading) return std::string("it is no certificate");
  for (const auto& [other, held] : holdings.held) {
    for (const Candidate& each : candidates(held, other, Use::newest)) {
      const auto authority = each.draft.kind == Kind::authority ? split(each.draft.value) : std::nullopt;
      if (!authority || !isSignedBy(pair->certificate, authority->certificate)) continue;
      return newCertificate(name, reading->names, *authority, holdings);
    }
  }
  return std::string("its authority is gone; the next apply makes it anew");
}

}  // namespace

Provided provide(const std::vector<Wanted>& wanted, const Holdings& holdings, Use use) {
  std::vector<const Wanted*> ordered;
  for (const Wanted& each : wanted) ordered.push_back(&each);
  std::ranges::stable_sort(ordered, {}, [](const Wanted* each) { return rankOf(each->kind); });
  Provider provider(holdings, use);
  for (const Wanted* each : ordered) provider.add(*each);
  return provider.take();
}

std::variant<Draft, std::string> remade(const std::string& name, const Kept& old, const Holdings& holdings) {
  switch (old.kind) {
    case Kind::key: return Draft{name, old.kind, newKey()};
    case Kind::uuid: return Draft{name, old.kind, Uuid::random().str()};
    case Kind::authority: return newAuthority(name, holdings);
    case Kind::certificate: return remadeCertificate(name, old, holdings);
    case Kind::given: return std::string("a person has set it, and nobody else can make it");
  }
  return std::string("its kind is not known");
}

std::string_view wordOf(Kind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::optional<Kind> kindOf(std::string_view word) {
  const auto found = std::ranges::find(kKinds, word);
  if (found == kKinds.end()) return std::nullopt;
  return static_cast<Kind>(found - kKinds.begin());
}

bool isToBeRenewed(std::int64_t fromMs, std::int64_t untilMs, std::int64_t nowMs) {
  return untilMs - nowMs < (untilMs - fromMs) / 3;
}

}  // namespace berth::secrets
