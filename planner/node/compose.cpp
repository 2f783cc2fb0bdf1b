// SPDX-License-Identifier: Apache-2.0
#include "planner/node/compose.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "planner/ignition/data_url.h"
#include "planner/node/evaluation.h"
#include "planner/node/identity.h"
#include "planner/node/lint.h"
#include "planner/node/pool_config.h"
#include "planner/spec/probe_url.h"
#include "planner/stack/install.h"
#include "planner/stack/shutdown.h"

namespace berth::node {

using source::Findings;

namespace {

/// A word as it stands within a data URL.
std::string escaped(std::string_view word) {
  constexpr std::string_view kPrefix = "data:,";
  return ignition::escapedDataUrl(word).substr(kPrefix.size());
}

/// Pools share files, and what is said of one need not be said again.
void addOnce(const source::Findings& from, source::Findings& to) {
  for (const source::Diagnostic& each : from) {
    if (std::ranges::find(to, each) == to.end()) to.push_back(each);
  }
}

/// The nodes of all pools as expressions see them: each gets its name, MAC address and address before any is composed,
/// since one may name another.
class Roll {
public:
  struct Member {
    NodeName name;
    std::uint32_t index = 0;
    std::vector<Nic> nics;
  };
  using Members = std::vector<Member>;

  Roll(const spec::Spec& spec, const std::vector<HeldAddress>& held) : spec_(spec) {
    for (std::size_t i = 0; i < spec.networks.size(); ++i) books_.emplace_back(spec, i, held);
  }

  void add(const spec::Pool& pool, Findings& findings) {
    Members& members = pools.emplace_back();
    templates::PoolNodes& nodes = seen.emplace_back();
    nodes.pool = pool.name->str();
    std::vector<Allotment> allotments;
    for (std::size_t i = 0; i < books_.size(); ++i) {
      const Allotment& allotment = allotments.emplace_back(books_[i].allot(pool, findings));
      leaversFirst = leaversFirst || allotment.leaversFirst;
      if (spec_.networks[i].addressing && allotment.addresses.size() != *pool.count) return;
    }
    std::uint32_t index = 0;
    for (const NodeName& name : nodeNames(spec_, pool)) {
      std::vector<std::optional<spec::Ipv4>> addresses;
      for (const Allotment& each : allotments) {
        addresses.push_back(each.addresses.empty() ? std::nullopt : std::optional(each.addresses[index]));
      }
      members.push_back({name, index, nicsOf(name, addresses)});
      nodes.nodes.push_back(seenAs(pool, members.back()));
      ++index;
    }
  }

  /// A node with an index that its pool does not have, once all pools are added; `why` says why not.
  std::optional<Member> beyond(const spec::Pool& pool, std::uint32_t index, std::string& why) {
    Member member{spec::nodeName(*spec_.cluster, *pool.name, index), index, {}};
    std::vector<std::optional<spec::Ipv4>> addresses;
    for (std::size_t i = 0; i < books_.size(); ++i) {
      std::optional<spec::Ipv4>& address = addresses.emplace_back();
      if (!spec_.networks[i].addressing) continue;
      address = books_[i].allotBeyond(pool, index);
      if (address) continue;
      why = "there is no free address for " + member.name.str();
      return std::nullopt;
    }
    member.nics = nicsOf(member.name, addresses);
    return member;
  }

  /// As the expressions of its pool see a node.
  [[nodiscard]] templates::Node seenAs(const spec::Pool& pool, const Member& member) const {
    templates::Node node;
    node.name = member.name.str();
    node.pool = pool.name->str();
    node.index = member.index;
    if (member.nics.front().address) node.address = member.nics.front().address->str();
    node.mac = member.nics.front().mac;
    node.cluster = spec_.cluster->str();
    for (auto& [key, value] : pool.metaOf(member.index)) node.meta.emplace(key, templates::Value::of(value));
    return node;
  }

  /// By pool, by index; and as expressions see them.
  std::vector<Members> pools;
  std::vector<templates::PoolNodes> seen;
  bool leaversFirst = false;

private:
  std::vector<Nic> nicsOf(const NodeName& node, const std::vector<std::optional<spec::Ipv4>>& addresses) {
    std::vector<Nic> nics;
    for (std::size_t i = 0; i < spec_.networks.size(); ++i) {
      const spec::Network& network = spec_.networks[i];
      Nic& nic = nics.emplace_back();
      nic.attachment = network.attachment;
      nic.source = *network.name;
      nic.mac = freeMac(node, i == 0 ? "" : network.key);
      if (network.vlan) nic.guestVlan = **network.vlan;
      nic.mtu = network.mtu;
      nic.address = addresses[i];
    }
    return nics;
  }

  std::string freeMac(const NodeName& node, std::string_view network) {
    for (std::uint32_t attempt = 0;; ++attempt) {
      std::string mac = macOf(*spec_.cluster, node, attempt, network);
      if (macs_.insert(mac).second) return mac;
    }
  }

  const spec::Spec& spec_;
  std::vector<AddressBook> books_;
  std::unordered_set<std::string> macs_;
};

/// What the spec says of each node of a pool in texts of its own: addresses of probes, and tags.
class PoolTexts {
public:
  PoolTexts(const spec::Pool& pool, Evaluation& evaluation, Findings& findings) : pool_(pool), evaluation_(evaluation) {
    for (const spec::Probe& each : pool.health.probes) {
      const auto* http = std::get_if<spec::HttpProbe>(&each);
      urls_.push_back(http == nullptr ? Evaluation::Text() : compile(*http, findings));
    }
    for (const spec::StopHook& each : pool.beforeStop) hooks_.push_back(compile(each.call, findings));
    for (const auto& [key, text] : pool.tagsByNode) tags_.emplace_back(key, evaluation.compile(text, findings));
  }

  void fill(Blueprint& blueprint, const templates::Node& node, Findings& findings) {
    for (std::size_t i = 0; i < urls_.size(); ++i) {
      if (const auto* tcp = std::get_if<spec::TcpProbe>(&pool_.health.probes[i])) {
        blueprint.probes.emplace_back(TcpProbe{blueprint.address().value_or(spec::Ipv4()), *tcp->port});
        continue;
      }
      const auto& http = std::get<spec::HttpProbe>(pool_.health.probes[i]);
      if (auto call = callOf(http, urls_[i], node, findings)) blueprint.probes.emplace_back(*std::move(call));
    }
    for (std::size_t i = 0; i < hooks_.size(); ++i) {
      const spec::StopHook& hook = pool_.beforeStop[i];
      auto call = callOf(hook.call, hooks_[i], node, findings);
      if (call) blueprint.beforeStop.push_back({*std::move(call), hook.method, hook.deadline});
    }
    blueprint.tags = pool_.tagsOf(blueprint.index);
    const spec::NodeOverride* own = pool_.overrideOf(blueprint.index);
    for (const auto& [key, text] : tags_) {
      if (own != nullptr && own->tags.contains(key)) continue;
      if (auto value = evaluation_.textFor(text, node, findings))
        blueprint.tags.insert_or_assign(key, *std::move(value));
    }
  }

private:
  Evaluation::Text compile(const spec::HttpProbe& http, Findings& findings) {
    return http.urlByNode ? evaluation_.compile(*http.urlByNode, findings) : Evaluation::Text();
  }
  std::optional<HttpProbe> callOf(const spec::HttpProbe& http, const Evaluation::Text& text,
                                  const templates::Node& node, Findings& findings) {
    std::optional<std::string> url = *http.url;
    if (http.urlByNode) url = evaluation_.textFor(text, node, findings);
    const auto problem = url ? spec::probeUrlProblem(*url) : std::nullopt;
    if (problem) findings.push_back(source::error(http.url.mark, *problem, "of node " + node.name));
    if (!url) return std::nullopt;
    return HttpProbe{*std::move(url), http.expect};
  }

  const spec::Pool& pool_;
  Evaluation& evaluation_;
  std::vector<Evaluation::Text> urls_;
  std::vector<Evaluation::Text> hooks_;
  std::vector<std::pair<std::string, Evaluation::Text>> tags_;
};

class Composer {
public:
  Composer(const Surroundings& around, const std::optional<image::Image>& image, Evaluation& evaluation)
      : spec_(around.spec), secrets_(around.secrets), image_(image), evaluation_(evaluation) {}

  /// The pool of that number.
  void add(std::size_t number, PoolConfig& config, const Roll::Members& members, std::vector<Blueprint>& blueprints,
           Findings& findings) {
    const spec::Pool& pool = spec_.pools[number];
    const std::vector<templates::Node>& nodes = evaluation_.pools()[number].nodes;
    PoolTexts texts(pool, evaluation_, findings);
    for (std::size_t i = 0; i < members.size(); ++i) {
      // What is wrong for one node is wrong for most: once is enough.
      if (source::hasErrors(findings)) return;
      auto blueprint = blueprintOf(pool, config, texts, members[i], nodes[i], findings);
      if (!blueprint) return;
      blueprints.push_back(*std::move(blueprint));
    }
  }

  std::optional<Blueprint> blueprintOf(const spec::Pool& pool, PoolConfig& config, PoolTexts& texts,
                                       const Roll::Member& member, const templates::Node& node, Findings& findings) {
    const spec::Resources resources = pool.resourcesOf(member.index);
    Blueprint blueprint;
    blueprint.name = member.name;
    blueprint.cluster = *spec_.cluster;
    blueprint.pool = *pool.name;
    blueprint.index = member.index;
    blueprint.vcpus = *resources.vcpus;
    blueprint.memory = *resources.memory;
    blueprint.disk = *resources.disk;
    blueprint.image = image_;
    blueprint.nics = member.nics;
    blueprint.volumes = volumesOf(pool);
    blueprint.artifacts = artifactsOf(spec_, pool);
    const spec::NodeOverride* own = pool.overrideOf(member.index);
    if (own != nullptr && own->host) blueprint.pinned = **own->host;
    auto configured = config.forNode(node, wordsOf(blueprint), findings);
    if (!configured) return std::nullopt;
    blueprint.ignition = std::move(configured->ignition);
    blueprint.origins = std::move(configured->origins);
    texts.fill(blueprint, node, findings);
    blueprint.wantsSystemdRunning = pool.health.systemdRunning;
    if (spec_.stack) blueprint.shutdownDeadline += stack::timeToStop(*spec_.stack, stack::rolesOf(spec_, *pool.name));
    blueprint.lossGrace = pool.onHostLoss.lossGrace();
    blueprint.drift = *pool.drift;
    blueprint.meta = pool.metaOf(member.index);
    return blueprint;
  }

private:
  [[nodiscard]] Words wordsOf(const Blueprint& blueprint) const {
    Words words{.name = blueprint.name.str(), .nics = {}};
    if (spec_.osUpdates && spec_.osUpdates->asksFirst()) {
      const auto& server = spec_.osUpdates->server;
      words.lock.id = updateIdOf(blueprint.cluster, blueprint.name);
      words.lock.token = server ? lockTokenOf(server->key, words.lock.id) : "TOKEN";
    }
    if (spec_.stack) {
      const std::string certificate = stack::certificateNamed(blueprint.name);
      words.certificate = escaped(secrets_.of(secret::certificateOf(certificate)));
      words.privateKey = escaped(secrets_.of(secret::privateKeyOf(certificate)));
    }
    for (const Nic& nic : blueprint.nics) {
      words.nics.push_back({escaped(nic.mac), nic.address ? escaped(nic.address->str()) : ""});
    }
    return words;
  }

  static std::vector<Artifact> artifactsOf(const spec::Spec& spec, const spec::Pool& pool) {
    std::vector<Artifact> artifacts;
    if (!spec.stack) return artifacts;
    for (const stack::Release& each : stack::releasesFor(*spec.stack, stack::rolesOf(spec, *pool.name))) {
      artifacts.push_back({each.name, *each.archive.url, *each.archive.sha256});
    }
    return artifacts;
  }

  static std::vector<Volume> volumesOf(const spec::Pool& pool) {
    std::vector<Volume> volumes;
    for (const spec::Volume& each : pool.volumes) {
      Volume& volume = volumes.emplace_back();
      volume.name = *each.name;
      volume.size = *each.size;
      volume.keep = each.keep;
      if (each.mount) volume.mount = **each.mount;
      volume.filesystem = each.filesystem;
    }
    return volumes;
  }

  const spec::Spec& spec_;
  const secret::Values& secrets_;
  const std::optional<image::Image>& image_;
  Evaluation& evaluation_;
};

stack::Member stackMemberOf(const Roll::Member& member) {
  const auto& address = member.nics.front().address;
  return {member.name, address ? address->str() : ""};
}

/// The nodes as the stack sees them.
stack::Roster rosterOf(const spec::Spec& spec, const Roll& roll) {
  stack::Roster roster;
  if (!spec.stack) return roster;
  for (std::size_t i = 0; i < spec.pools.size(); ++i) {
    std::vector<stack::Member>& members = roster[*spec.pools[i].name];
    for (const Roll::Member& each : roll.pools[i]) members.push_back(stackMemberOf(each));
  }
  return roster;
}

}  // namespace

Composed compose(const spec::Spec& spec, const source::Files& files, const std::optional<image::Image>& image,
                 const std::vector<HeldAddress>& held, const secret::Values& secrets, const Site& site) {
  Composed composed;
  Roll roll(spec, held);
  for (const spec::Pool& pool : spec.pools) roll.add(pool, composed.findings);
  composed.leaversFirst = roll.leaversFirst;
  const stack::Roster roster = rosterOf(spec, roll);
  const Surroundings around{spec, roster, secrets, site};
  Evaluation evaluation(spec, files, std::move(roll.seen), secrets);
  ButaneFiles butane(spec, files, evaluation, composed.findings);
  Composer composer(around, image, evaluation);
  composed.advice = lint(spec);
  composed.blueprints.reserve(spec.nodeCount());
  for (std::size_t i = 0; i < spec.pools.size(); ++i) {
    Findings findings;
    PoolConfig config(around, spec.pools[i], butane);
    if (roll.pools[i].empty()) config.checkWithoutNodes(findings);
    composer.add(i, config, roll.pools[i], composed.blueprints, findings);
    composed.findings.insert(composed.findings.end(), findings.begin(), findings.end());
    addOnce(config.advice(), composed.advice);
  }
  if (source::hasErrors(composed.findings)) composed.blueprints.clear();
  return composed;
}

std::vector<secret::Wanted> wantedSecrets(const spec::Spec& spec, const std::vector<HeldAddress>& held) {
  if (!spec.stack) return {};
  // What is wrong with the addresses is found when the nodes are composed.
  Findings known;
  Roll roll(spec, held);
  for (const spec::Pool& pool : spec.pools) roll.add(pool, known);
  stack::Roster roster = rosterOf(spec, roll);
  for (const spec::Pool& pool : spec.pools) {
    std::string none;
    for (std::uint32_t i = 0; i < *pool.maxSurge; ++i) {
      const auto member = roll.beyond(pool, *pool.count + i, none);
      if (member) roster[*pool.name].push_back(stackMemberOf(*member));
    }
  }
  return stack::wantedFor(spec, roster);
}

std::vector<Beyond> composeBeyond(const spec::Spec& spec, const source::Files& files,
                                  const std::optional<image::Image>& image, const std::vector<HeldAddress>& held,
                                  const std::vector<PlaceBeyond>& places, const secret::Values& secrets) {
  // That the rest of the spec is right has been seen when its own nodes were composed.
  Findings known;
  Roll roll(spec, held);
  for (const spec::Pool& pool : spec.pools) roll.add(pool, known);
  const stack::Roster roster = rosterOf(spec, roll);
  const Site site;
  const Surroundings around{spec, roster, secrets, site};
  Evaluation evaluation(spec, files, std::move(roll.seen), secrets);
  ButaneFiles butane(spec, files, evaluation, known);
  Composer composer(around, image, evaluation);
  std::vector<Beyond> composed;
  std::map<std::size_t, std::pair<PoolConfig, PoolTexts>> pools;
  for (const PlaceBeyond& place : places) {
    const spec::Pool& pool = spec.pools[place.pool];
    Beyond& each = composed.emplace_back(Beyond{place, std::nullopt, {}});
    const auto member = roll.beyond(pool, place.index, each.problem);
    if (!member) continue;
    auto found = pools.find(place.pool);
    if (found == pools.end()) {
      found = pools.try_emplace(place.pool, PoolConfig(around, pool, butane), PoolTexts(pool, evaluation, known)).first;
    }
    auto& [config, texts] = found->second;
    Findings findings;
    each.blueprint = composer.blueprintOf(pool, config, texts, *member, roll.seenAs(pool, *member), findings);
    const auto wrong = std::ranges::find(findings, source::Severity::error, &source::Diagnostic::severity);
    if (wrong == findings.end()) continue;
    each.blueprint.reset();
    each.problem = "for " + member->name.str() + ", " + wrong->message;
  }
  return composed;
}

}  // namespace berth::node
