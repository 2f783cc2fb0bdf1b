// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/agent/program/house.h"

#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/disks/program.h"
#include "tests/loopback.h"

extern char** environ;

namespace berth::program {

using namespace std::chrono_literals;

House::House() {
  std::string name = testing::TempDir() + "berth-house-XXXXXX";
  root = ::mkdtemp(name.data());
  state = root / "state";
  model = root / "model";
  const auto base = root / "base.qcow2";
  const auto made = disks::runProgram({"/usr/bin/qemu-img", "create", "-q", "-f", "qcow2", base.string(), "16M"}, 20s);
  EXPECT_EQ(std::get<disks::Finished>(made).status, 0);
  std::ifstream file(base, std::ios::binary);
  image_.source = "file://" + base.string();
  image_.contentDigest = Digest::of(std::string(std::istreambuf_iterator<char>(file), {}));
  image_.packedDigest = image_.contentDigest;

  openController();
  auto opened = state::Directory::open(state);
  auto& directory = *std::get<std::unique_ptr<state::Directory>>(opened);
  const auto key = identity::loadOrCreateKeyFile(directory.keyFile());
  agentKey = std::get<identity::KeyPair>(key).publicKey();
  ring_.admit(agentKey);
  EXPECT_FALSE(disks::failure(
      directory.keepIdentity({HostName::parse("vh1").value(), fleet, controllerKey.publicKey(), *endpoint_, "a", {}})));
}

House::~House() {
  if (pid_ != 0) {
    signalAgent(SIGKILL);
    (void)endOfAgent();
  }
  server.reset();
  context_.reset();
  std::filesystem::remove_all(root);
}

// ---- the agent ------------------------------------------------------------------------------------------------------

void House::startAgent(const std::string& failpoint) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  if (!failpoint.empty()) environment.push_back("BERTH_FAILPOINT=" + failpoint + ":abort");
  std::vector<char*> variables;
  for (auto& variable : environment) variables.push_back(variable.data());
  variables.push_back(nullptr);
  std::vector<std::string> words{BERTH_AGENT_ON_MODEL, state.string(), model.string(), root.string(), pool};
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const auto log = (root / "agent.log").string();
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  ASSERT_EQ(posix_spawn(&pid_, BERTH_AGENT_ON_MODEL, &actions, nullptr, arguments.data(), variables.data()), 0);
  posix_spawn_file_actions_destroy(&actions);
}

void House::signalAgent(int signal) { ::kill(pid_, signal); }

bool House::agentRuns() {
  siginfo_t info{};
  return pid_ != 0 && ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

int House::endOfAgent() {
  until("the agent ends", [this] { return !agentRuns(); });
  if (agentRuns()) signalAgent(SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

std::string House::agentLog() const {
  std::ifstream log(root / "agent.log");
  return {std::istreambuf_iterator<char>(log), {}};
}

long House::residentKilobytes() const {
  std::ifstream file("/proc/" + std::to_string(pid_) + "/status");
  std::string word;
  while (file >> word) {
    if (word != "VmRSS:") continue;
    long size = 0;
    file >> size;
    return size;
  }
  return 0;
}

// ---- the controller -------------------------------------------------------------------------------------------------

void House::openController() {
  if (!context_) context_ = std::make_unique<transport::Context>(drops_);
  const auto where = endpoint_.value_or(identity::Endpoint::parse("tcp://" + loopback::ownAddress() + ":*").value());
  // A port that was closed a moment ago is free again in ZeroMQ's own time.
  for (int i = 0; i < 5000 && !server; ++i) {
    auto opened = transport::Server::open(*context_, {where, controllerKey, transport::Domain::agents, ring_});
    if (auto* bound = std::get_if<std::unique_ptr<transport::Server>>(&opened))
      server = std::move(*bound);
    else
      ::usleep(2000);
  }
  ASSERT_TRUE(server);
  endpoint_ = server->endpoint();
  peer_.reset();
}

message::InstanceId House::instance(const std::string& node, unsigned incarnation) const {
  return {NodeName::parse(node).value(), Uuid::derive(fleet, node + "/" + std::to_string(incarnation))};
}

void House::order(const std::map<std::string, unsigned>& wanted, const std::map<std::string, unsigned>& condemned) {
  message::Manifest next;
  next.generation = manifest.generation.next();
  for (const auto& [node, incarnation] : wanted) {
    message::NodeSpec spec;
    spec.node = NodeName::parse(node).value();
    spec.cluster = ClusterName::parse("a").value();
    spec.pool = PoolName::parse("p").value();
    spec.vcpus = 1;
    spec.memory = memory;
    spec.disk = 32_MiB;
    spec.image = image_;
    spec.ignition = "{\"ignition\":{\"version\":\"3.3.0\"}}";
    spec.shutdownDeadline = 5s;
    spec.volumes = volumes;
    spec.artifacts = artifacts;
    const auto encoded = message::encodeSpec(spec);
    specs_[Digest::of(encoded)] = encoded;
    next.entries.push_back({instance(node, incarnation), Digest::of(encoded)});
  }
  for (const auto& [node, incarnation] : condemned) next.tombstones.push_back({instance(node, incarnation)});
  next.volumeOrders = volumeOrders;
  next.retiredDisks = retiredDisks;
  manifest = next;
  if (peer_) say(manifest);
}

void House::say(const message::ToAgent& body, std::uint64_t correlation) {
  message::Message<message::ToAgent> message;
  message.header.epoch = epoch;
  message.header.correlation = correlation;
  message.body = body;
  if (server && peer_) (void)server->send(*peer_, message::encode(message));
}

void House::serve() {
  if (!server) return;
  while (const auto received = server->receive()) {
    auto decoded = message::decodeFromAgent(received->bytes);
    ASSERT_TRUE(std::holds_alternative<message::Message<message::FromAgent>>(decoded));
    EXPECT_EQ(received->sender, agentKey);
    peer_ = received->peer;
    hear(std::get<message::Message<message::FromAgent>>(decoded));
  }
}

void House::hear(const message::Message<message::FromAgent>& message) {
  if (const auto* hello = std::get_if<message::Hello>(&message.body)) {
    hellos.push_back(*hello);
    if (mute) return;
    lastStatus_ = Sequence();
    say(message::Welcome{fleet, HostName::parse("vh1").value(), 1s, 10s});
    if (manifest.generation != Generation()) say(manifest);
  } else if (const auto* need = std::get_if<message::NeedSpecs>(&message.body)) {
    if (withholdSpecs) return;
    message::Specs specs;
    for (const auto& digest : need->digests)
      if (specs_.contains(digest)) specs.encoded.push_back(specs_[digest]);
    say(specs);
  } else if (const auto* status = std::get_if<message::Status>(&message.body)) {
    hearStatus(*status);
  } else if (const auto* console = std::get_if<message::Console>(&message.body)) {
    consoles.emplace_back(message.header.correlation, *console);
  } else {
    ++heartbeats;
    if (!mute) say(message::HeartbeatAck{lastStatus_, events.empty() ? Sequence() : events.back().sequence});
  }
}

void House::hearStatus(const message::Status& status) {
  ++statuses;
  // As a controller does: what is missing in between is asked for.
  if (status.extent == message::Status::Extent::full)
    told.clear();
  else if (status.sequence != lastStatus_.next())
    return say(message::ReportFully{});
  lastStatus_ = status.sequence;
  observed = status.observed;
  reached = status.reached;
  conditions = status.conditions;
  if (status.volumes) toldVolumes = status.volumes;
  toldCarriedOut = status.carriedOut;
  for (const auto& instance : status.instances) told[instance.instance.uuid] = instance;
  for (const auto& event : status.events)
    if (events.empty() || event.sequence > events.back().sequence) events.push_back(event);
}

void House::until(const std::string& what, const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!condition()) {
    serve();
    if (std::chrono::steady_clock::now() > deadline) {
      FAIL() << "waited in vain until " << what << "; the agent's log:\n" << agentLog();
    }
    ::usleep(2000);
  }
}

// ---- what is there --------------------------------------------------------------------------------------------------

std::optional<message::Phase> House::phase(const std::string& node, unsigned incarnation) const {
  const auto found = told.find(instance(node, incarnation).uuid);
  if (found == told.end()) return std::nullopt;
  return found->second.phase;
}

std::vector<hypervisor::Domain> House::domains() const { return simulation::ModelHypervisor::domainsIn(model); }

bool House::runs(const std::string& node, unsigned incarnation) const {
  for (const auto& domain : domains())
    if (domain.mark.instance == instance(node, incarnation)) return domain.power == hypervisor::Power::running;
  return false;
}

std::size_t House::instanceDirectories() const {
  std::size_t count = 0;
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(state / "instances", failed), end; entry != end; ++entry) ++count;
  return count;
}

}  // namespace berth::program
