// SPDX-License-Identifier: Apache-2.0
//
// Secrets of a cluster, against the real controller over real sockets: who may do what, that it is recorded, and that a
// value gets to the nodes that need it and nowhere else.
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <sys/wait.h>

#include "protocol/message/words.h"
#include "tests/integration/controller/server/three_hosts.h"

namespace berth::server {
namespace {

namespace fs = std::filesystem;
namespace request = message::request;
namespace reply = message::reply;
using message::Role;
using reply::ErrorCode;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const ClusterName kFirst = *ClusterName::parse("first");
const message::SecretName kPassword = *message::SecretName::parse("db/password");

std::string contentOf(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class Secrets : public ThreeHosts {
protected:
  /// Two nodes with a file that holds the password.
  [[nodiscard]] static message::Submission withPassword(const std::string& motd = "hello") {
    message::Submission submission = Controller::submission(2, motd);
    submission.files["base.bu"].bytes +=
        "    - path: /etc/db\n      mode: 0600\n      contents: { inline: \"${{ secret('db/password') }}\" }\n";
    return submission;
  }
  void set(const std::string& value) { (void)get<reply::Done>(request::SetSecret{kFirst, kPassword, value}); }
  void rollOut(const message::Submission& submission) {
    const auto applied = get<reply::Applied>(request::Apply{submission, std::nullopt, {}});
    ASSERT_TRUE(applied.rollout);
    ASSERT_TRUE(isDone(*applied.rollout)) << rollout(*applied.rollout).reason;
  }
  [[nodiscard]] std::vector<message::SecretRow> rows() {
    return get<reply::Secrets>(request::GetSecrets{kFirst}).secrets;
  }
  [[nodiscard]] std::vector<std::string> events() {
    std::vector<std::string> told;
    for (const auto& event : get<reply::Events>(request::GetEvents{Sequence(), 0}).events) {
      told.push_back(event.subject + ": " + event.message);
    }
    return told;
  }
  [[nodiscard]] static ErrorCode codeOf(Operator& person, const message::Request& asked) {
    const auto answer = person.ask(asked);
    const auto* error = std::get_if<reply::Error>(&answer);
    EXPECT_NE(error, nullptr) << "accepted: " << message::nameOf(asked);
    return error == nullptr ? ErrorCode::internal : error->code;
  }
  /// Each agent asks for the specs of its nodes, as a real one does; how many of them hold the text.
  [[nodiscard]] std::size_t specsWith(const std::string& text) {
    std::size_t count = 0;
    for (const auto& agent : agents_) {
      message::NeedSpecs needs;
      for (const auto& entry : agent->host().manifest().entries) needs.digests.push_back(entry.spec);
      const std::size_t before = agent->specs().size();
      agent->say(needs);
      EXPECT_TRUE(until([&] { return agent->specs().size() == before + needs.digests.size(); }));
      for (std::size_t i = before; i < agent->specs().size(); ++i) {
        const auto decoded = message::decodeSpec(agent->specs()[i]);
        const auto* spec = std::get_if<message::NodeSpec>(&decoded);
        count += spec != nullptr && spec->ignition.find(text) != std::string::npos ? 1 : 0;
      }
    }
    return count;
  }
  /// The files of the controller in which the text stands.
  [[nodiscard]] std::vector<std::string> filesWith(const std::string& text) const {
    std::vector<std::string> found;
    for (const auto& each : fs::recursive_directory_iterator(directory_)) {
      if (!each.is_regular_file()) continue;
      if (contentOf(each.path()).find(text) != std::string::npos) found.push_back(each.path().string());
    }
    return found;
  }
};

TEST_F(Secrets, AreSetByOperatorsReadByAdminsAndListedByAll) {
  const auto viewer = person("victor", Role::viewer);
  const auto worker = person("olga", Role::operator_);
  for (Operator* each : {viewer.get(), worker.get()}) {
    EXPECT_EQ(codeOf(*each, request::ReadSecret{kFirst, kPassword, 0}), ErrorCode::forbidden);
  }
  EXPECT_EQ(codeOf(*viewer, request::SetSecret{kFirst, kPassword, "x"}), ErrorCode::forbidden);
  EXPECT_EQ(codeOf(*viewer, request::RotateSecret{kFirst, kPassword}), ErrorCode::forbidden);
  EXPECT_EQ(codeOf(*viewer, request::DeleteSecret{kFirst, kPassword}), ErrorCode::forbidden);

  EXPECT_TRUE(std::holds_alternative<reply::Done>(worker->ask(request::SetSecret{kFirst, kPassword, "swordfish7"})));
  const auto listed = viewer->ask(request::GetSecrets{kFirst});
  ASSERT_TRUE(std::holds_alternative<reply::Secrets>(listed));
  const auto& row = std::get<reply::Secrets>(listed).secrets.at(0);
  EXPECT_EQ(row.name, kPassword);
  EXPECT_EQ(row.kind, message::SecretKind::given);
  EXPECT_EQ(row.by.str(), "olga");
  EXPECT_FALSE(row.inForce);

  EXPECT_EQ(get<reply::Secret>(request::ReadSecret{kFirst, kPassword, 0}).value, "swordfish7");
  EXPECT_THAT(events(), AllOf(Contains("operator olga: set secret db/password of cluster first, version 1"),
                              Contains("operator admin: read secret db/password of cluster first, version 1")));
}

TEST_F(Secrets, OfAStackAreNamedToAllAndReadByAdmins) {
  auto submission = Controller::submission(3, "hello");
  submission.files["cluster.yaml"].bytes += "stack: { consul: { version: 1.22.0, servers: server } }\n";
  rollOut(submission);
  const auto viewer = person("victor", Role::viewer);
  const auto told = viewer->ask(request::DescribeStack{kFirst});
  ASSERT_TRUE(std::holds_alternative<reply::Stack>(told));
  const auto& stack = std::get<reply::Stack>(told);
  ASSERT_THAT(stack.tools, SizeIs(1));
  ASSERT_TRUE(stack.tools[0].token);
  EXPECT_THAT(stack.authority, AllOf(HasSubstr("BEGIN CERTIFICATE"), testing::Not(HasSubstr("PRIVATE KEY"))));
  const request::ReadSecret token{kFirst, *stack.tools[0].token, stack.tools[0].tokenVersion};
  EXPECT_EQ(codeOf(*viewer, token), ErrorCode::forbidden);
  EXPECT_THAT(get<reply::Secret>(token).value, SizeIs(36));
  EXPECT_THAT(events(), Contains("operator admin: read secret consul/token/management of cluster first, version 1"));
}

TEST_F(Secrets, ThatSealDataStayAsTheyAreOnceTheyAreInForce) {
  const auto key = *message::SecretName::parse("vault/unseal");
  auto submission = Controller::submission(3, "hello");
  submission.files["cluster.yaml"].bytes += "stack: { vault: { version: 1.21.0, servers: server } }\n";
  rollOut(submission);
  const std::string value = get<reply::Secret>(request::ReadSecret{kFirst, key, 0}).value;
  for (const message::Request& asked : {message::Request(request::RotateSecret{kFirst, key}),
                                        message::Request(request::SetSecret{kFirst, key, "another"}),
                                        message::Request(request::DeleteSecret{kFirst, key})}) {
    EXPECT_THAT(refusalOf(asked).message, HasSubstr("could not be opened any more")) << message::nameOf(asked);
  }
  EXPECT_EQ(get<reply::Secret>(request::ReadSecret{kFirst, key, 0}).value, value);
}

TEST_F(Secrets, AreAskedForAtTheirPlaceBeforeAnythingIsApplied) {
  const auto refused = refusalOf(request::Apply{withPassword(), std::nullopt, {}});
  EXPECT_EQ(refused.code, ErrorCode::invalid);
  ASSERT_THAT(refused.findings, SizeIs(1));
  EXPECT_EQ(refused.findings[0].file, "base.bu");
  EXPECT_NE(refused.findings[0].line, 0u);
  EXPECT_EQ(refused.findings[0].message,
            "cluster first has no secret \"db/password\"; set it first: berth secret set first db/password");
  set("swordfish7");
  rollOut(withPassword());
}

TEST_F(Secrets, GetToTheNodesThatNeedThemAndNowhereElse) {
  set("swordfish7");
  const auto plan = get<reply::Planned>(request::Plan{withPassword(), {}, request::Plan::Keep::ticket}).plan;
  rollOut(withPassword());
  EXPECT_EQ(specsWith("swordfish7"), 2u) << "each node's agent has it";
  EXPECT_TRUE(rows().at(0).inForce);

  // The same files with another value: that alone makes the nodes anew, and says no more than that.
  set("marlin8");
  const auto shown = get<reply::Planned>(request::Plan{withPassword()}).plan;
  ASSERT_FALSE(shown.waves.empty());
  rollOut(withPassword());
  EXPECT_EQ(specsWith("marlin8"), 2u);
  EXPECT_THAT(rows(),
              ElementsAre(AllOf(Field(&message::SecretRow::version, 2u), Field(&message::SecretRow::inForce, true))));

  for (const std::string value : {"swordfish7", "marlin8"}) {
    EXPECT_THAT(filesWith(value), IsEmpty()) << value;
    EXPECT_THAT(events(), testing::Not(Contains(HasSubstr(value))));
    for (const auto& each : {plan, shown}) {
      const auto bytes = message::encode(message::Message<message::Reply>{{}, reply::Planned{each}});
      EXPECT_EQ(std::string(bytes.begin(), bytes.end()).find(value), std::string::npos);
    }
    const auto arguments = contentOf("/proc/" + std::to_string(process()) + "/cmdline");
    EXPECT_EQ(arguments.find(value), std::string::npos);
  }
}

TEST_F(Secrets, AreStillThereAfterARestart) {
  set("swordfish7");
  rollOut(withPassword());
  EXPECT_EQ(end(SIGTERM), 0);
  start();
  EXPECT_EQ(get<reply::Secret>(request::ReadSecret{kFirst, kPassword, 0}).value, "swordfish7");
  const auto again = get<reply::Planned>(request::Plan{withPassword()}).plan;
  EXPECT_THAT(again.waves, IsEmpty()) << "nothing has changed";
}

TEST_F(Secrets, AreLostWithoutTheMasterKeyAndTheControllerSaysSo) {
  set("swordfish7");
  EXPECT_EQ(end(SIGTERM), 0);
  fs::rename(state_ / "master.key", directory_ / "kept.key");
  start();
  int status = 0;
  ASSERT_EQ(::waitpid(process_, &status, 0), process_);
  process_ = 0;
  EXPECT_EQ(WEXITSTATUS(status), 1);
  EXPECT_THAT(log(), HasSubstr("master.key, and the secrets in the store were sealed with it"));
  EXPECT_FALSE(fs::exists(state_ / "master.key")) << "none is made in its place";

  fs::create_directories(directory_ / "credentials");
  fs::rename(directory_ / "kept.key", directory_ / "credentials" / "berth-master-key");
  start({"CREDENTIALS_DIRECTORY=" + (directory_ / "credentials").string()});
  EXPECT_EQ(get<reply::Secret>(request::ReadSecret{kFirst, kPassword, 0}).value, "swordfish7");
}

TEST_F(Secrets, OfADestroyedClusterGoWithItsLastNode) {
  set("swordfish7");
  rollOut(withPassword());
  const auto destroyed = get<reply::Applied>(request::Destroy{kFirst, std::nullopt});
  ASSERT_TRUE(isDone(*destroyed.rollout));
  ASSERT_TRUE(until([&] { return std::holds_alternative<reply::Error>(ask(request::GetSecrets{kFirst})); }))
      << "there is no such cluster any more, nor a secret of one";
  EXPECT_THAT(events(), Contains("cluster first: is gone, and its secrets with it"));
}

TEST_F(Secrets, ThatAPersonSetAreNotMadeByAnybodyElse) {
  set("swordfish7");
  EXPECT_THAT(refusalOf(request::RotateSecret{kFirst, kPassword}).hint,
              HasSubstr("berth secret set first db/password"));
  const auto missing = refusalOf(request::ReadSecret{kFirst, *message::SecretName::parse("db/pasword"), 0});
  EXPECT_EQ(missing.hint, "did you mean \"db/password\"?");
  (void)get<reply::Done>(request::DeleteSecret{kFirst, kPassword});
  EXPECT_EQ(refusalOf(request::ReadSecret{kFirst, kPassword, 0}).code, ErrorCode::notFound);
}

}  // namespace
}  // namespace berth::server
