// SPDX-License-Identifier: Apache-2.0
//
// From a plan that needs secrets to what the store has of them, and what becomes of that later.
#include "controller/server/vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/secrets/certificates.h"
#include "controller/server/planning.h"
#include "controller/server/relocation.h"
#include "controller/server/revisions.h"
#include "controller/server/stack_view.h"
#include "controller/store/memory_store.h"
#include "protocol/message/envelope.h"
#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::server {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const ClusterName kProd = *ClusterName::parse("prod");
const OperatorName kAlice = *OperatorName::parse("alice");
const NodeName kFirst = *NodeName::parse("prod-server-0");
constexpr std::int64_t kDay = 86'400'000;

/// Three hosts that are heard, and report every node as ready at once.
class SecretsOfPlans : public testing::Test {
protected:
  SecretsOfPlans() : store_(store::test::kFleet) {
    store::Transaction first;
    std::uint8_t number = 0;
    for (const char* name : {"vh1", "vh2", "vh3"}) {
      store::HostRecord host;
      host.name = *HostName::parse(name);
      host.key = store::test::keyOf(++number);
      first.emplace_back(host);
    }
    EXPECT_FALSE(store_.commit(first));
    core_ = std::move(std::get<std::unique_ptr<Core>>(Core::begin(store_, {}, moment())));
    for (const auto& [name, host] : core_->ledger().hosts()) {
      message::Hello hello;
      hello.bootId = "boot";
      hello.capacity = {16, 64_GiB, 500_GiB};
      core_->hear(name, {}, hello, moment());
    }
    finish();
  }

  [[nodiscard]] fleet::Moment moment() const { return {now_, wallMs_}; }
  void finish() { ASSERT_TRUE(std::holds_alternative<fleet::Outbox>(core_->finish(moment()))); }

  /// What the agents would do.
  void obey() {
    for (int i = 0; i < 40; ++i) {
      now_ += 100ms;
      for (const auto& [name, host] : core_->ledger().hosts()) report(name);
      finish();
    }
  }
  void report(const HostName& host) {
    message::Status status;
    status.extent = message::Status::Extent::full;
    status.sequence = sequence_ = sequence_.next();
    const message::Manifest manifest = core_->ledger().manifest(host);
    for (const auto& entry : manifest.entries) {
      status.instances.emplace_back().instance = entry.instance;
      status.instances.back().phase = message::Phase::ready;
    }
    for (const auto& tombstone : manifest.tombstones) {
      status.instances.emplace_back().instance = tombstone.instance;
      status.instances.back().phase = message::Phase::gone;
    }
    core_->hear(host, {}, status, moment());
  }

  /// Three servers of Consul.
  [[nodiscard]] static message::Submission submission(int count = 3) {
    message::Submission submission;
    submission.specPath = "prod.yaml";
    submission.files["prod.yaml"].bytes =
        "cluster: prod\nimage: { file: /images/a.qcow2 }\n"
        "network: { bridge: br0, subnet: 10.20.0.0/24, gateway: 10.20.0.1 }\n"
        "os_updates: { strategy: off }\n"
        "update: { max_parallel: 1, min_healthy_time: 0s }\npools:\n  server:\n    count: " +
        std::to_string(count) +
        "\n    resources: { vcpus: 1, memory: 2GiB, disk: 12GiB }\n    addresses: 10.20.0.11-10.20.0.19\n"
        "    volumes: { data: { size: 10GiB, mount: /var/lib } }\n"
        "stack:\n  consul: { version: 1.22.0, servers: server }\n";
    submission.image.source = "file:///images/a.qcow2";
    submission.image.contentDigest = Digest::of("an image");
    return submission;
  }
  [[nodiscard]] World look() {
    World world = std::get<World>(server::look(*core_, kProd));
    world.secrets = std::get<secrets::Holdings>(vault_.open(core_->ledger(), kProd, moment()));
    return world;
  }
  [[nodiscard]] static Proposal propose(const message::Submission& files, const World& world,
                                        const message::PlanOptions& options = {}) {
    auto proposed = server::propose(files, world, options);
    if (const auto* error = std::get_if<Error>(&proposed)) {
      std::string text = error->message;
      for (const auto& each : error->findings) text += "\n" + each.message;
      throw std::runtime_error(text);
    }
    return std::get<Proposal>(std::move(proposed));
  }
  /// As the service does it.
  message::reply::Applied apply(const message::Submission& files, const message::PlanOptions& options = {}) {
    const World world = look();
    Proposal proposal = propose(files, world, options);
    vault_.putInForce(core_->ledger(), kProd, proposal.secrets, kAlice, moment());
    auto applied = accept(*core_, files, std::move(proposal), world, kAlice, moment());
    finish();
    return applied;
  }
  [[nodiscard]] const store::SecretRecord* inForce(const std::string& name) const {
    for (const auto* each : core_->ledger().secretsOf(kProd)) {
      if (each->name == name && each->inForce) return each;
    }
    return nullptr;
  }
  [[nodiscard]] std::string valueOf(const std::string& name) const { return vault_.open(*inForce(name)).value_or(""); }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto* each : core_->ledger().secretsOf(kProd)) names.push_back(each->name);
    return names;
  }

  store::MemoryStore store_;
  secrets::MasterKey key_ = secrets::MasterKey::generate();
  Vault vault_{key_, secrets::kCertificateLifetime};
  TimePoint now_{1h};
  std::int64_t wallMs_ = 1'764'000'000'000;
  std::unique_ptr<Core> core_;
  Sequence sequence_;
};

TEST_F(SecretsOfPlans, AreMadeWithTheApplyAndNotWithThePlan) {
  const Proposal shown = propose(submission(), look());
  EXPECT_FALSE(shown.secrets.drafts.empty());
  EXPECT_THAT(names(), IsEmpty());
  (void)apply(submission());
  EXPECT_THAT(names(), Contains("consul/gossip"));
  EXPECT_THAT(names(), Contains("tls/prod-server-2"));
  EXPECT_THAT(std::get<store::Snapshot>(store_.load()).secrets, SizeIs(names().size()));
  obey();
  EXPECT_THAT(propose(submission(), look()).row.waves, IsEmpty()) << "the same again is nothing new";
}

TEST_F(SecretsOfPlans, AreThoseOfThePlanThatWasLookedAt) {
  const World world = look();
  const Proposal shown = propose(submission(), world);
  vault_.keep(kProd, shown.secrets.drafts);
  const Proposal again = propose(submission(), look());
  EXPECT_EQ(again.secrets.drafts, shown.secrets.drafts);
  ASSERT_EQ(again.specs.size(), shown.specs.size());
  for (std::size_t i = 0; i < shown.specs.size(); ++i) EXPECT_EQ(again.specs[i].digest, shown.specs[i].digest);
}

TEST_F(SecretsOfPlans, AreInNoEventAndNoPlan) {
  const auto applied = apply(submission());
  const auto bytes = message::encode(message::Message<message::Reply>{{}, applied});
  const std::string plan(bytes.begin(), bytes.end());
  const auto events = std::get<std::vector<store::EventRecord>>(store_.events(Sequence(), 1000));
  for (const auto* record : core_->ledger().secretsOf(kProd)) {
    const std::string value = vault_.open(*record).value();
    EXPECT_EQ(plan.find(value), std::string::npos) << record->name;
    EXPECT_EQ(record->sealed.find(value), std::string::npos) << record->name;
    for (const auto& event : events) EXPECT_EQ(event.message.find(value), std::string::npos) << record->name;
  }
}

TEST_F(SecretsOfPlans, ThatWereRotatedAreInForceWithTheNextApplyOfAPerson) {
  (void)apply(submission());
  obey();
  const std::string before = valueOf("consul/gossip");
  const auto holdings = std::get<secrets::Holdings>(vault_.open(core_->ledger(), kProd, moment()));
  const auto fresh = secrets::remade("consul/gossip", *holdings.held.at("consul/gossip").inForce, holdings);
  vault_.putAside(core_->ledger(), kProd, std::get<secrets::Draft>(fresh), kAlice, moment());
  finish();
  EXPECT_EQ(valueOf("consul/gossip"), before);

  World asBefore = look();
  asBefore.byPerson = false;
  EXPECT_THAT(propose(submission(), asBefore).row.waves, IsEmpty()) << "nodes are made as the others are";
  const auto applied = apply(submission());
  EXPECT_TRUE(applied.rollout);
  EXPECT_NE(valueOf("consul/gossip"), before);
  EXPECT_EQ(inForce("consul/gossip")->version, 2u);
  obey();
  EXPECT_THAT(propose(submission(), look()).row.waves, IsEmpty());
}

TEST_F(SecretsOfPlans, OfNodesThatGoAreSwept) {
  (void)apply(submission());
  obey();
  ASSERT_NE(inForce("tls/prod-server-2"), nullptr);
  (void)apply(submission(1));
  sweepSecrets(*core_, moment());
  obey();
  sweepSecrets(*core_, moment());
  EXPECT_EQ(inForce("tls/prod-server-2"), nullptr);
  EXPECT_NE(inForce("tls/prod-server-0"), nullptr);
}

TEST_F(SecretsOfPlans, OutliveTheirClusterAsLongAsAVolumeDoes) {
  (void)apply(submission());
  obey();
  (void)acceptDestroy(*core_, kProd, kAlice, moment());
  obey();
  ASSERT_EQ(core_->ledger().cluster(kProd), nullptr);
  sweepSecrets(*core_, moment());
  EXPECT_NE(inForce("consul/gossip"), nullptr) << "a volume may hold what it opens";
  EXPECT_EQ(inForce("tls/prod-server-0"), nullptr);
}

TEST_F(SecretsOfPlans, ThatDoNotOpenAreAnErrorAndNotMadeAnew) {
  (void)apply(submission());
  store::SecretRecord tampered = *inForce("consul/gossip");
  tampered.sealed.back() = static_cast<char>(tampered.sealed.back() ^ 1);
  core_->ledger().put(tampered);
  const auto opened = vault_.open(core_->ledger(), kProd, moment());
  ASSERT_TRUE(std::holds_alternative<Error>(opened));
  EXPECT_THAT(std::get<Error>(opened).message, HasSubstr("secret \"consul/gossip\" of cluster prod"));
}

class Renewal : public SecretsOfPlans {
protected:
  Renewal() {
    (void)apply(submission());
    obey();
  }

  message::reply::Applied renew(const Relocation& relocation) {
    const auto files = std::get<message::Submission>(submissionOf(*core_, kProd, relocation.choice()));
    World world = look();
    asOf(world, relocation, files);
    Proposal proposal = propose(files, world, relocation.options());
    vault_.putInForce(core_->ledger(), kProd, proposal.secrets, kAlice, moment());
    auto reply = relocated(*core_, relocation, files, std::move(proposal), world, moment());
    finish();
    return std::get<message::reply::Applied>(std::move(reply));
  }

  Relocator relocator_;
};

TEST_F(Renewal, BeginsByItselfWhenLessThanAThirdIsLeft) {
  const std::string before = valueOf("tls/prod-server-0");
  wallMs_ += 240 * kDay;
  EXPECT_THAT(relocator_.due(*core_, moment()), IsEmpty());
  wallMs_ += 10 * kDay;
  const auto due = relocator_.due(*core_, moment());
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_TRUE(due[0].renews);
  EXPECT_THAT(due[0].nodes, SizeIs(3));
  const auto applied = renew(due[0]);
  ASSERT_TRUE(applied.rollout);
  EXPECT_EQ(applied.plan.waves.size(), 3u) << "one by one, as max_parallel says";
  obey();
  const auto ended = std::get<std::optional<store::RolloutRecord>>(store_.rollout(*applied.rollout));
  EXPECT_EQ(ended->kind, store::RolloutKind::renew);
  EXPECT_EQ(ended->state, message::RolloutState::done);
  EXPECT_NE(valueOf("tls/prod-server-0"), before);
  EXPECT_FALSE(Relocator::isWanted(*core_, due[0], moment()));
  EXPECT_THAT(propose(submission(), look()).row.waves, IsEmpty()) << "nothing but the certificates was changed";
}

TEST_F(Renewal, WaitsForWhatIsUnderWay) {
  wallMs_ += 250 * kDay;
  message::PlanOptions again;
  again.replace = {kFirst};
  again.targets = {kFirst.str()};
  (void)apply(submission(), again);
  EXPECT_THAT(relocator_.due(*core_, moment()), IsEmpty());
  obey();
  const auto due = relocator_.due(*core_, moment());
  ASSERT_THAT(due, SizeIs(1));
  EXPECT_THAT(due[0].nodes, SizeIs(2)) << "the first was renewed on the way";
}

TEST_F(SecretsOfPlans, ArePointedAtByTheStackAndNeverShownByIt) {
  const auto describe = [&](const ClusterName& cluster) { return describeStack(*core_, vault_, {cluster}); };
  const auto unknown = describe(kProd);
  EXPECT_EQ(std::get<Error>(unknown).code, message::reply::ErrorCode::notFound);
  (void)apply(submission());
  obey();
  const auto stack = std::get<message::reply::Stack>(describe(kProd));
  ASSERT_THAT(stack.tools, SizeIs(1));
  EXPECT_EQ(stack.tools[0].kind, message::ToolKind::consul);
  EXPECT_EQ(stack.tools[0].version, "1.22.0");
  EXPECT_EQ(stack.tools[0].servers.str(), "server");
  EXPECT_EQ(stack.tools[0].token->str(), "consul/token/management");
  EXPECT_EQ(stack.tools[0].tokenVersion, 1u);
  EXPECT_TRUE(secrets::read(stack.authority));
  EXPECT_EQ(stack.authority.find("PRIVATE KEY"), std::string::npos);
  EXPECT_NE(valueOf("tls").find(stack.authority), std::string::npos);

  const auto holdings = std::get<secrets::Holdings>(vault_.open(core_->ledger(), kProd, moment()));
  const auto& token = holdings.held.at("consul/token/management");
  vault_.putAside(core_->ledger(), kProd,
                  std::get<secrets::Draft>(secrets::remade("consul/token/management", *token.inForce, holdings)),
                  kAlice, moment());
  EXPECT_EQ(std::get<message::reply::Stack>(describe(kProd)).tools[0].tokenVersion, 1u) << "what the servers know";
}

TEST_F(SecretsOfPlans, OfOpenBaoArePointedAtOnceThereIsOne) {
  auto with = submission();
  with.files["prod.yaml"].bytes += "  openbao: { version: 2.4.0, servers: server }\n";
  (void)apply(with);
  obey();
  const auto tools = [&] { return std::get<message::reply::Stack>(describeStack(*core_, vault_, {kProd})).tools; };
  ASSERT_THAT(tools(), SizeIs(2));
  EXPECT_EQ(tools()[1].kind, message::ToolKind::openbao);
  const std::string name = "openbao/token/management";
  EXPECT_EQ(tools()[1].token, inForce(name) == nullptr ? std::nullopt : message::SecretName::parse(name));
}

TEST_F(SecretsOfPlans, AStackIsDescribedOnlyWhereThereIsOne) {
  auto plain = submission();
  std::string& text = plain.files["prod.yaml"].bytes;
  text.erase(text.find("stack:"));
  (void)apply(plain);
  const auto answer = describeStack(*core_, vault_, {kProd});
  EXPECT_EQ(std::get<Error>(answer).message, "cluster prod has no stack");
}

}  // namespace
}  // namespace berth::server
