// SPDX-License-Identifier: Apache-2.0
#include "tests/integration/controller/server/harness.h"

#include <csignal>
#include <fstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "protocol/message/words.h"

namespace berth::server {

using transport::Client;
using transport::Domain;
using transport::Link;

namespace {

std::unique_ptr<Client> open(transport::Context& context, const Client::Options& options) {
  auto opened = Client::open(context, options);
  if (const auto* error = std::get_if<transport::TransportError>(&opened)) throw std::runtime_error(error->message);
  return std::get<std::unique_ptr<Client>>(std::move(opened));
}

identity::Endpoint ipc(const std::filesystem::path& path) {
  return *identity::Endpoint::parse("ipc://" + path.string());
}

}  // namespace

// ---- a CLI --------------------------------------------------------------------------------------------------------

Operator::Operator(transport::Context& context, const identity::Endpoint& endpoint,
                   const identity::PublicKey& controller, identity::KeyPair key)
    : key_(std::move(key)), client_(open(context, {endpoint, key_, controller, Domain::operators})) {}

message::Reply Operator::ask(const message::Request& request, const std::function<void()>& meanwhile) {
  std::optional<message::Reply> answer;
  std::uint64_t session = 0;
  const bool answered = eventually([&] { return answer.has_value(); },
                                   [&] {
                                     if (meanwhile) meanwhile();
                                     if (client_->link() != Link::up) return;
                                     if (session != client_->session()) {
                                       const message::Message<message::Request> question{
                                           {message::kProtocolVersion, Epoch(), Sequence(), ++correlation_}, request};
                                       if (client_->send(message::encode(question)) == transport::Sent::sent) {
                                         session = client_->session();
                                       }
                                     }
                                     while (auto bytes = client_->receive()) {
                                       auto decoded = message::decodeReply(*bytes);
                                       auto* reply = std::get_if<message::Message<message::Reply>>(&decoded);
                                       if (reply == nullptr) {
                                         ADD_FAILURE() << std::get<message::Malformed>(decoded).detail;
                                         continue;
                                       }
                                       if (reply->header.correlation == correlation_) answer = std::move(reply->body);
                                     }
                                   });
  if (!answered) throw std::runtime_error("the controller does not answer " + std::string(message::nameOf(request)));
  return *answer;
}

void Operator::throwAt(const std::vector<std::uint8_t>& bytes) {
  EXPECT_TRUE(eventually([&] { return client_->link() == Link::up; }, [] {}));
  // A full queue is not what is tried here.
  EXPECT_TRUE(eventually([&] { return client_->send(bytes) == transport::Sent::sent; }, [] {}));
}

// ---- an agent -----------------------------------------------------------------------------------------------------

FakeAgent::FakeAgent(transport::Context& context, const identity::Endpoint& endpoint,
                     const identity::PublicKey& controller, const identity::KeyPair& key, const HostName& host,
                     model::Random& random)
    : agent_(host, random), client_(open(context, {endpoint, key, controller, Domain::agents})) {}

void FakeAgent::say(const message::FromAgent& body, std::uint64_t correlation) {
  const message::Message<message::FromAgent> said{{message::kProtocolVersion, agent_.epoch(), Sequence(), correlation},
                                                  body};
  (void)client_->send(message::encode(said));
}

void FakeAgent::turn(const std::set<Digest>& bad) {
  while (auto bytes = client_->receive()) {
    auto decoded = message::decodeToAgent(*bytes);
    auto* received = std::get_if<message::Message<message::ToAgent>>(&decoded);
    if (received == nullptr) {
      ADD_FAILURE() << "the controller said what does not decode";
      continue;
    }
    heard_.emplace_back(message::nameOf(received->body));
    agent_.hear(received->header.epoch, received->body);
    if (auto* specs = std::get_if<message::Specs>(&received->body)) {
      specs_.insert(specs_.end(), specs->encoded.begin(), specs->encoded.end());
    }
    if (const auto* question = std::get_if<message::ReadConsole>(&received->body)) {
      say(message::Console{question->offset, "hello from " + question->instance.node.str(), 5, {}},
          received->header.correlation);
    }
  }
  if (client_->link() != Link::up) return;
  if (session_ != client_->session()) {
    session_ = client_->session();
    agent_.reconnect();
  }
  std::vector<message::FromAgent> said;
  agent_.work(std::chrono::steady_clock::now(), bad, said);
  for (const auto& body : said) say(body);
}

// ---- the controller -----------------------------------------------------------------------------------------------

Controller::Controller() {
  std::string pattern = testing::TempDir() + "bc-XXXXXX";
  directory_ = ::mkdtemp(pattern.data());
  state_ = directory_ / "state";
  operators_ = ipc(directory_ / "operators");
  agentsAt_ = ipc(directory_ / "agents");
  enrolment_ = ipc(directory_ / "enrolment");
}

Controller::~Controller() {
  if (process_ > 0) (void)end(SIGKILL);
  if (HasFailure()) std::fputs(log().c_str(), stderr);
  agents_.clear();
  admin_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

namespace {

pid_t spawn(const std::vector<std::string>& arguments, const std::filesystem::path& log,
            const std::vector<std::string>& environment = {}) {
  std::vector<char*> argv;
  for (const auto& each : arguments) argv.push_back(const_cast<char*>(each.c_str()));
  argv.push_back(nullptr);
  const pid_t child = ::fork();
  if (child != 0) return child;
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, 1);
  ::dup2(out, 2);
  for (const auto& each : environment) ::putenv(const_cast<char*>(each.c_str()));
  ::execv(argv[0], argv.data());
  _exit(127);
}

int waitFor(pid_t child) {
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

void Controller::init() {
  const auto context = directory_ / "context.yaml";
  ASSERT_EQ(waitFor(spawn({BERTH_CONTROLLER, "init", "--state-dir", state_.string(), "--operator-endpoint",
                           operators_->str(), "--agent-endpoint", agentsAt_->str(), "--enrolment-endpoint",
                           enrolment_->str(), "--heartbeat", "1s", "--lease", "5s", "--context-out", context.string()},
                          directory_ / "log")),
            0)
      << log();
  auto read = identity::readContextFile(context);
  ASSERT_TRUE(std::holds_alternative<identity::ContextFile>(read));
  auto& file = std::get<identity::ContextFile>(read);
  auto& mine = file.contexts.at(file.current);
  controller_ = mine.controller;
  admin_ = connect(std::move(mine.key));
}

void Controller::start(const std::vector<std::string>& environment) {
  process_ = spawn({BERTH_CONTROLLER, "run", "--state-dir", state_.string()}, directory_ / "log", environment);
}

int Controller::end(int signal) {
  ::kill(process_, signal);
  return waitFor(std::exchange(process_, 0));
}

std::string Controller::log() const {
  std::ifstream in(directory_ / "log");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::unique_ptr<Operator> Controller::connect(identity::KeyPair key) {
  return std::make_unique<Operator>(context_, *operators_, controller_, std::move(key));
}

std::unique_ptr<Operator> Controller::person(const std::string& name, message::Role role) {
  auto key = identity::KeyPair::generate();
  message::request::AddOperator add{*OperatorName::parse(name), role, key.publicKey().str()};
  EXPECT_TRUE(std::holds_alternative<message::reply::Done>(ask(add)));
  return connect(std::move(key));
}

std::string Controller::token(const std::string& host) {
  return get<message::reply::Token>(message::request::CreateToken{*HostName::parse(host), 0}).text;
}

message::Joined Controller::join(const std::string& tokenText, const identity::KeyPair& key,
                                 const std::optional<HostName>& as) {
  auto parsed = identity::parseToken(tokenText);
  if (!std::holds_alternative<identity::JoinToken>(parsed)) throw std::runtime_error("the token does not parse");
  const auto& token = std::get<identity::JoinToken>(parsed);
  EXPECT_EQ(token.controller, controller_);
  auto client = open(context_, {token.endpoints.front(), key, token.controller, Domain::enrolment});
  message::Join join{token.id, as.value_or(token.host), identity::drawNonce(), {}};
  join.proof = identity::prove(token, key.publicKey(), join.nonce);
  std::optional<message::Joined> joined;
  bool sent = false;
  EXPECT_TRUE(eventually([&] { return joined.has_value(); },
                         [&] {
                           if (client->link() != Link::up) return;
                           if (!std::exchange(sent, true))
                             (void)client->send(message::encode(message::Message<message::Join>{{}, join}));
                           if (auto bytes = client->receive()) {
                             auto decoded = message::decodeJoined(*bytes);
                             joined = std::get<message::Message<message::Joined>>(decoded).body;
                           }
                         }));
  return joined.value_or(message::Joined{});
}

FakeAgent& Controller::addAgent(const std::string& host) {
  keys_.push_back(std::make_unique<identity::KeyPair>(identity::KeyPair::generate()));
  const auto joined = join(token(host), *keys_.back());
  EXPECT_EQ(joined.error, "");
  const auto endpoint = identity::Endpoint::parse(joined.agentEndpoint);
  EXPECT_TRUE(endpoint.has_value());
  agents_.push_back(std::make_unique<FakeAgent>(context_, endpoint.value_or(*agentsAt_), controller_, *keys_.back(),
                                                *HostName::parse(host), random_));
  return *agents_.back();
}

void Controller::turnAgents() {
  for (auto& agent : agents_) agent->turn(bad_);
}

bool Controller::until(const std::function<bool()>& condition) {
  return eventually(condition, [this] { turnAgents(); });
}

message::reply::Error Controller::refusalOf(const message::Request& request) {
  auto reply = ask(request);
  const auto* error = std::get_if<message::reply::Error>(&reply);
  EXPECT_NE(error, nullptr) << "accepted: " << message::nameOf(request);
  return error == nullptr ? message::reply::Error{} : *error;
}

message::Submission Controller::submission(std::uint32_t count, const std::string& motd) {
  message::Submission submission;
  submission.specPath = "cluster.yaml";
  submission.files["cluster.yaml"].bytes =
      "cluster: first\n"
      "image: { file: /images/a.qcow2 }\n"
      "network: { bridge: br0, subnet: 10.77.0.0/24, gateway: 10.77.0.1 }\n"
      "update: { max_parallel: 1, min_healthy_time: 0s, healthy_deadline: 30s }\n"
      "pools:\n"
      "  server:\n"
      "    count: " +
      std::to_string(count) +
      "\n"
      "    resources: { vcpus: 1, memory: 2GiB, disk: 12GiB }\n"
      "    addresses: 10.77.0.201-10.77.0.209\n"
      "    butane: [base.bu]\n";
  submission.files["base.bu"].bytes =
      "variant: fcos\n"
      "version: 1.4.0\n"
      "storage:\n"
      "  files:\n"
      "    - path: /etc/motd\n"
      "      contents: { inline: " +
      motd + " }\n";
  submission.image.source = "file:///images/a.qcow2";
  submission.image.contentDigest = Digest::of("an image");
  submission.image.label = "a.qcow2";
  return submission;
}

message::reply::Applied Controller::apply(std::uint32_t count, const std::string& motd) {
  return get<message::reply::Applied>(message::request::Apply{submission(count, motd), std::nullopt});
}

message::RolloutRow Controller::rollout(RolloutId id) {
  return get<message::reply::Rollout>(message::request::GetRollout{id, std::nullopt}).rollout;
}

std::size_t Controller::machines() const {
  std::size_t count = 0;
  for (const auto& agent : agents_) count += agent->host().machines().size();
  return count;
}

}  // namespace berth::server
