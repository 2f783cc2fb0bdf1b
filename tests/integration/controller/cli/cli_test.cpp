// SPDX-License-Identifier: Apache-2.0
//
// The real `berth` against a controller that answers as each test wants, over real sockets and keys.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/identity/context_file.h"
#include "tests/checkout.h"
#include "tests/integration/controller/cli/berth_process.h"
#include "tests/integration/controller/cli/fake_controller.h"
#include "tests/unit/controller/cli/show/rows_of_a_fleet.h"

namespace berth::cli {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::BerthOnATerminal;
using testing::Ended;
using testing::FakeController;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;
namespace reply = message::reply;
namespace request = message::request;

constexpr const char* kSpec =
    "cluster: first\n"
    "image: { file: IMAGE }\n"
    "os_updates: { strategy: off }\n"
    "network: { bridge: br0, subnet: 10.77.0.0/24, gateway: 10.77.0.1 }\n"
    "pools:\n"
    "  server:\n"
    "    count: 3\n"
    "    resources: { vcpus: 1, memory: 256MiB, disk: 4GiB }\n"
    "    addresses: 10.77.0.201-10.77.0.209\n"
    "    butane: [base.bu]\n";
constexpr const char* kButane =
    "variant: fcos\n"
    "version: 1.4.0\n"
    "storage:\n"
    "  files:\n"
    "    - path: /etc/motd\n"
    "      contents:\n"
    "        local: motd\n";

void write(const std::filesystem::path& path, std::string text) { std::ofstream(path) << text; }

/// A directory with a spec, a controller that answers `answer_`, and a context that leads to it.
class Cli : public ::testing::Test {
protected:
  Cli() {
    std::string pattern = ::testing::TempDir() + "berth-cli-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    std::string spec = kSpec;
    spec.replace(spec.find("IMAGE"), 5, (directory_ / "image.qcow2").string());
    write(directory_ / "cluster.yaml", spec);
    write(directory_ / "base.bu", kButane);
    write(directory_ / "motd", "hello");
    write(directory_ / "image.qcow2", "an image");
    identity::KeyPair own = identity::KeyPair::generate();
    controller_.admit(own.publicKey());
    identity::ContextFile file;
    file.current = "test";
    file.contexts.emplace("test", identity::Context{controller_.endpoint(), controller_.key(), std::move(own)});
    EXPECT_EQ(identity::writeContextFile(contexts(), file), std::nullopt);
  }
  ~Cli() override {
    controller_.stop();
    std::filesystem::remove_all(directory_);
  }

  [[nodiscard]] std::string contexts() const { return directory_ / "contexts.yaml"; }
  [[nodiscard]] testing::ProcessOptions options() const {
    return {{{"BERTH_CONFIG", contexts()}, {"LANG", "C.UTF-8"}, {"TERM", "xterm"}, {"HOME", directory_}}, directory_};
  }
  [[nodiscard]] Ended berth(const std::vector<std::string>& arguments) const {
    return testing::runBerth(arguments, options());
  }
  [[nodiscard]] Ended shell(const std::string& line) const { return testing::runShell(line, options()); }

  /// Answers as a controller in which a cluster is planned, applied and rolled out.
  message::Reply usual(const message::Request& asked) {
    if (std::holds_alternative<request::Version>(asked)) return reply::Version{"0.1.0", Uuid::random(), Epoch(3)};
    if (std::holds_alternative<request::GetHosts>(asked)) return reply::Hosts{testing::hosts()};
    if (std::holds_alternative<request::GetNodes>(asked)) return reply::Nodes{testing::nodes()};
    if (std::holds_alternative<request::GetVolumes>(asked)) return reply::Volumes{volumes_};
    if (std::holds_alternative<request::GetLocks>(asked)) return reply::Locks{testing::locks()};
    if (std::holds_alternative<request::ReleaseLock>(asked)) return reply::Done{};
    if (const auto* gone = std::get_if<request::DeleteVolumes>(&asked)) return deleted(*gone);
    if (std::holds_alternative<request::GetClusters>(asked)) return reply::Clusters{clusters_};
    if (std::holds_alternative<request::Plan>(asked)) return reply::Planned{plan_};
    if (std::holds_alternative<request::PlanDestroy>(asked)) return reply::Planned{plan_};
    if (std::holds_alternative<request::PlanRevision>(asked)) return reply::Planned{plan_};
    if (std::holds_alternative<request::ApplyRevision>(asked)) return reply::Applied{plan_, RolloutId(3)};
    if (std::holds_alternative<request::SteerRollout>(asked)) return reply::Done{};
    if (std::holds_alternative<request::SetDuty>(asked)) return reply::Done{};
    if (std::holds_alternative<request::SetPower>(asked)) return reply::Done{};
    if (std::holds_alternative<request::Apply>(asked)) return reply::Applied{plan_, RolloutId(3)};
    if (std::holds_alternative<request::Destroy>(asked)) return reply::Applied{plan_, RolloutId(3)};
    if (std::holds_alternative<request::GetRollout>(asked)) return nextRollout();
    if (std::holds_alternative<request::AddOperator>(asked)) return reply::Done{};
    if (const auto* read = std::get_if<request::ReadLog>(&asked)) return consoleFrom(*read);
    return reply::Error{reply::ErrorCode::notFound, "there is no such thing", "", {}};
  }

  message::Reply deleted(const request::DeleteVolumes& asked) {
    std::erase_if(volumes_, [&](const auto& row) {
      return std::ranges::any_of(
          asked.volumes, [&](const auto& each) { return row.node == each.node && row.volume.name == each.volume; });
    });
    return reply::Done{};
  }

  /// The rollout goes one step on with each look at it, and ends as `end_`.
  reply::Rollout nextRollout() {
    const int step = looks_++;
    if (step == 0) return testing::running();
    if (step == 1) {
      auto rollout = testing::running();
      rollout.changes[1].status.phase = message::Phase::ready;
      rollout.changes[1].state = message::ChangeState::done;
      rollout.changes[2].state = message::ChangeState::starting;
      rollout.changes[2].status.phase = message::Phase::creating;
      rollout.changes[2].startedMs = testing::kNowMs;
      return rollout;
    }
    if (end_ == message::RolloutState::failed) return testing::failed();
    auto rollout = testing::running();
    rollout.rollout.state = step < lasts_ ? message::RolloutState::running : end_;
    rollout.rollout.done = 3;
    rollout.rollout.endedMs = rollout.rollout.startedMs + 95'000;
    for (auto& change : rollout.changes) change.state = message::ChangeState::done;
    return rollout;
  }

  reply::Log consoleFrom(const request::ReadLog& read) const {
    message::Console console;
    console.offset = std::min<std::uint64_t>(read.offset, console_.size());
    console.data = console_.substr(console.offset, read.limit);
    console.end = console_.size();
    return {console};
  }

  std::filesystem::path directory_;
  std::vector<message::VolumeRow> volumes_ = testing::volumes();
  std::vector<message::ClusterRow> clusters_;
  message::PlanRow plan_ = testing::plan(message::Action::replace);
  message::RolloutState end_ = message::RolloutState::done;
  int lasts_ = 2;
  std::atomic<int> looks_ = 0;
  std::string console_ = "one\ntwo\x1b[31m red\x1b[0m\nthree\n";
  FakeController controller_{[this](const message::Request& asked) { return answer_(asked); }};
  std::function<message::Reply(const message::Request&)> answer_ = [this](const auto& asked) { return usual(asked); };
};

// ---- what is wrong is found here --------------------------------------------------------------------------------

TEST_F(Cli, AFirstSpecIsValidAsItIsAndOverwritesNothing) {
  const Ended made = berth({"init", "mine"});
  EXPECT_EQ(made.exitCode, 0) << made.err;
  EXPECT_THAT(made.err, HasSubstr("Next: berth validate -f mine/cluster.yaml"));
  EXPECT_THAT(berth({"validate", "--strict", "-f", "mine/cluster.yaml"}).out,
              HasSubstr("valid; cluster mine with 3 nodes"));
  EXPECT_EQ(berth({"fmt", "--check", "mine/cluster.yaml", "mine/base.bu"}).exitCode, 0);
  const Ended again = berth({"init", "mine"});
  EXPECT_EQ(again.exitCode, 1);
  EXPECT_THAT(again.err, HasSubstr("mine/cluster.yaml is there already"));
}

TEST_F(Cli, AFirstSpecTakesAPublicKeyAndNoPrivateOne) {
  write(directory_ / "id.pub", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGJlcnRo me@here\n");
  write(directory_ / "id", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
  EXPECT_THAT(berth({"init", "other", "--ssh-key", "id"}).err, HasSubstr("id is a private key"));
  EXPECT_EQ(berth({"init", "mine", "--ssh-key", "id.pub"}).exitCode, 0);
  EXPECT_THAT(berth({"render", "-f", "mine/cluster.yaml"}).out, HasSubstr("ssh-ed25519 AAAA"));
}

TEST_F(Cli, WarningsAreErrorsWhenThatIsAsked) {
  std::ofstream(directory_ / "base.bu", std::ios::app)
      << "systemd:\n  units: [{ name: nobodys.service, enabled: true }]\n";
  EXPECT_EQ(berth({"validate", "-f", "cluster.yaml"}).exitCode, 0);
  const Ended strict = berth({"validate", "--strict", "-f", "cluster.yaml"});
  EXPECT_EQ(strict.exitCode, 1);
  EXPECT_THAT(strict.err, HasSubstr("unit nobodys.service has no contents"));
  EXPECT_THAT(strict.err, HasSubstr("1 warning in cluster.yaml"));
}

TEST_F(Cli, FormattingChangesOnlyWhatIsNotInItsUsualForm) {
  write(directory_ / "x.yaml", "a:\n    b:   1 # why\n");
  const Ended check = berth({"fmt", "--check", "x.yaml"});
  EXPECT_EQ(check.exitCode, 3);
  EXPECT_EQ(check.out, "x.yaml\n");
  EXPECT_THAT(berth({"fmt", "--diff", "x.yaml"}).out, HasSubstr("-    b:   1 # why\n+  b: 1 # why\n"));
  EXPECT_EQ(berth({"fmt", "x.yaml"}).exitCode, 0);
  EXPECT_EQ(berth({"fmt", "--check", "x.yaml"}).exitCode, 0);
  EXPECT_EQ(shell("berth fmt - < x.yaml").out, "a:\n  b: 1 # why\n");
  EXPECT_EQ(berth({"fmt", "--check", "nothing.yaml"}).exitCode, 1);
}

TEST_F(Cli, ExplainsFieldsWithoutAController) {
  EXPECT_THAT(berth({"explain", "pools.server.count"}).out,
              StartsWith("FIELD    pools.NAME.count <integer> required\n"));
  const Ended none = berth({"explain", "pools.server.cuont"});
  EXPECT_EQ(none.exitCode, 1);
  EXPECT_THAT(none.err, HasSubstr("did you mean \"count\"?"));
}

TEST_F(Cli, ABrokenSpecIsShownWithItsLinesAndNothingIsSent) {
  std::ofstream(directory_ / "cluster.yaml", std::ios::app) << "    cuont: 3\n";
  for (const char* command : {"validate", "render", "plan", "apply"}) {
    const Ended ended = berth({command, "-f", "cluster.yaml"});
    EXPECT_EQ(ended.exitCode, 1) << command;
    EXPECT_THAT(ended.err, HasSubstr("cluster.yaml:11:5: error: unknown key \"cuont\"")) << command;
    EXPECT_THAT(ended.err, HasSubstr("    cuont: 3\n")) << command;
    EXPECT_THAT(ended.err, HasSubstr("did you mean \"count\"?")) << command;
    EXPECT_THAT(ended.err, HasSubstr("nothing was sent to the controller")) << command;
    EXPECT_EQ(ended.out, "") << command;
  }
  EXPECT_THAT(controller_.requests(), IsEmpty());
}

TEST_F(Cli, AMissingFileOfAButaneIsFoundByValidate) {
  std::filesystem::remove(directory_ / "motd");
  const Ended ended = testing::runBerth({"validate", "-f", (directory_ / "cluster.yaml").string()}, {});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err, HasSubstr((directory_ / "base.bu").string() + ":7:"));
  EXPECT_THAT(ended.err, HasSubstr("motd: no such file or directory"));
}

TEST_F(Cli, ValidateAndRenderNeedNoController) {
  const Ended valid = testing::runBerth({"validate", "-f", "cluster.yaml"}, {{}, directory_});
  EXPECT_EQ(valid.exitCode, 0) << valid.err;
  EXPECT_EQ(valid.out, "cluster.yaml: valid; cluster first with 3 nodes\n");
  const Ended rendered = testing::runBerth({"render", "-f", "cluster.yaml", "first-server-1"}, {{}, directory_});
  EXPECT_EQ(rendered.exitCode, 0) << rendered.err;
  EXPECT_THAT(rendered.out, HasSubstr("\"path\": \"/etc/motd\""));
}

TEST_F(Cli, RenderedFilesAreForTheirOwnerAlone) {
  EXPECT_EQ(berth({"render", "-f", "cluster.yaml", "-o", "out"}).exitCode, 0);
  for (const char* name : {"first-server-0.ign", "first-server-1.ign", "first-server-2.ign"}) {
    EXPECT_EQ(std::filesystem::status(directory_ / "out" / name).permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  }
}

TEST_F(Cli, ConfigsAreRenderedForMachinesElsewhere) {
  const Ended aws = berth({"render", "-f", "cluster.yaml", "--platform", "aws", "first-server-1"});
  EXPECT_EQ(aws.exitCode, 0) << aws.err;
  EXPECT_THAT(aws.out, AllOf(HasSubstr("\"path\": \"/etc/motd\""), Not(HasSubstr("berth-ready.service"))));
  EXPECT_THAT(aws.err, HasSubstr("note: addresses come from the platform"));
  EXPECT_THAT(berth({"render", "-f", "cluster.yaml", "--platform", "amazon"}).err,
              HasSubstr("\"amazon\" is no platform that berth knows: aliyun, aws"));
  EXPECT_THAT(berth({"render", "-f", "cluster.yaml", "--platform", "aws", "--disk", "x=/dev/sdb"}).err,
              HasSubstr("the spec has no volume x"));
  EXPECT_EQ(berth({"render", "-f", "cluster.yaml", "--pointer", "https://x.example.org/"}).exitCode, 1)
      << "of no platform";
}

TEST_F(Cli, AConfigThatIsTooLargeForItsPlatformIsPointedTo) {
  std::string noise;
  std::uint32_t word = 1;
  for (int i = 0; i < 20'000; ++i)
    noise += static_cast<char>('!' + ((word = word * 1'664'525 + 1'013'904'223) >> 24) % 90);
  write(directory_ / "motd", noise);
  const Ended refused = berth({"render", "-f", "cluster.yaml", "--platform", "aws", "-o", "out"});
  EXPECT_EQ(refused.exitCode, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("and user data of aws may have 16384"), HasSubstr("--pointer URL")));
  EXPECT_FALSE(std::filesystem::exists(directory_ / "out"));
  const std::vector<std::string> pointed{
      "render", "-f", "cluster.yaml", "--platform", "aws", "--pointer", "https://configs.example.org/first"};
  EXPECT_THAT(berth(pointed).err, HasSubstr("-o DIR"));
  auto into = pointed;
  into.insert(into.end(), {"-o", "out"});
  const Ended written = berth(into);
  EXPECT_EQ(written.exitCode, 0) << written.err;
  const Ended pointer = shell("cat out/first-server-0.user-data.ign");
  EXPECT_THAT(pointer.out, HasSubstr("https://configs.example.org/first/first-server-0.ign"));
  const Ended hash = shell("sha256sum out/first-server-0.ign | cut -d' ' -f1 | tr -d '\\n'");
  EXPECT_THAT(pointer.out, HasSubstr("sha256-" + hash.out));
  for (const char* file : {"out/first-server-0.user-data.ign", "out/first-server-0.ign"}) {
    EXPECT_EQ(berth({"ignition", "validate", file}).exitCode, 0) << file;
  }
}

TEST_F(Cli, TheExampleIsValidOnceThereIsAKey) {
  const auto example = directory_ / "first";
  std::filesystem::copy(std::filesystem::path(checkout::kRoot) / "examples/first", example,
                        std::filesystem::copy_options::recursive);
  std::filesystem::remove(example / "ssh_key.pub");
  const Ended without = berth({"validate", "-f", "first/cluster.yaml"});
  EXPECT_EQ(without.exitCode, 1);
  EXPECT_THAT(without.err, HasSubstr("open ssh_key.pub: no such file or directory"));
  write(example / "ssh_key.pub", "ssh-ed25519 AAAA me@there\n");
  const Ended with = berth({"validate", "-f", "first/cluster.yaml"});
  EXPECT_EQ(with.exitCode, 0) << with.err;
  EXPECT_EQ(with.err, "");
}

// ---- plan and apply ---------------------------------------------------------------------------------------------

TEST_F(Cli, PlanSaysWithItsExitCodeWhetherThereIsSomethingToChange) {
  const Ended planned = berth({"plan", "-f", "cluster.yaml", "--detailed-exitcode"});
  EXPECT_EQ(planned.exitCode, 2);
  EXPECT_THAT(planned.out, HasSubstr("-/+ replace  first-server-0, -1, -2\n"
                                     "        /etc/motd changed ← base.bu:14:5\n"));
  EXPECT_THAT(planned.out, HasSubstr("0 to create, 3 to replace, 0 to destroy, 1 unchanged\n"));
  EXPECT_EQ(berth({"plan", "-f", "cluster.yaml"}).exitCode, 0);
  plan_.waves.clear();
  const Ended nothing = berth({"plan", "-f", "cluster.yaml", "--detailed-exitcode"});
  EXPECT_EQ(nothing.exitCode, 0);
  EXPECT_THAT(nothing.out, StartsWith("Nothing to do: cluster first"));
}

TEST_F(Cli, ASubmissionHoldsExactlyWhatTheSpecRefersTo) {
  write(directory_ / "unrelated", "private");
  (void)berth({"plan", "-f", "cluster.yaml"});
  const auto plans = controller_.requestsOf<request::Plan>();
  ASSERT_THAT(plans, SizeIs(1));
  const auto& submission = plans.front().submission;
  EXPECT_EQ(submission.specPath, "cluster.yaml");
  EXPECT_THAT(submission.files, ::testing::ElementsAre(::testing::Key("base.bu"), ::testing::Key("cluster.yaml"),
                                                       ::testing::Key("motd")));
  EXPECT_EQ(submission.image.packedDigest, Digest::of("an image"));
}

TEST_F(Cli, TheImageStaysThatOfTheClusterUntilSomebodyWantsTheNewest) {
  message::ClusterRow first;
  first.name = testing::named<ClusterName>("first");
  first.revision = Revision(1);
  first.image.contentDigest = Digest::of("an older image");
  first.imageDeclared = "file: " + (directory_ / "image.qcow2").string();
  clusters_ = {first};
  (void)berth({"plan", "-f", "cluster.yaml"});
  (void)berth({"plan", "-f", "cluster.yaml", "--update-image"});
  const auto plans = controller_.requestsOf<request::Plan>();
  ASSERT_THAT(plans, SizeIs(2));
  EXPECT_EQ(plans[0].submission.image.contentDigest, Digest::of("an older image"));
  EXPECT_EQ(plans[1].submission.image.packedDigest, Digest::of("an image"));
}

TEST_F(Cli, ReplacingNeedsAYesOfSomebody) {
  const Ended ended = berth({"apply", "-f", "cluster.yaml"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err, HasSubstr("standard input is no terminal"));
  EXPECT_THAT(ended.err, HasSubstr("--yes"));
  EXPECT_THAT(controller_.requestsOf<request::Apply>(), IsEmpty());
}

TEST_F(Cli, CreatingNeedsNoYes) {
  plan_ = testing::plan(message::Action::create);
  EXPECT_EQ(berth({"apply", "-f", "cluster.yaml"}).exitCode, 0);
  EXPECT_THAT(controller_.requestsOf<request::Apply>(), SizeIs(1));
}

TEST_F(Cli, AnApplyIsFollowedToItsEndLineByLine) {
  const Ended ended = berth({"apply", "-f", "cluster.yaml", "--yes"});
  EXPECT_EQ(ended.exitCode, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("first-server-1  vh2  booting"));
  EXPECT_THAT(ended.out, HasSubstr("first-server-2  vh3  creating"));
  EXPECT_THAT(ended.out, ::testing::EndsWith("Done: 3 changes in 1m35s.\n"));
  EXPECT_THAT(ended.out, Not(HasSubstr("\x1b"))) << "no escape sequences in a pipe";
  const auto applied = controller_.requestsOf<request::Apply>();
  ASSERT_THAT(applied, SizeIs(1));
  EXPECT_EQ(applied.front().from, Revision(1)) << "what was shown is what is carried out";
}

TEST_F(Cli, AFailedRolloutIsToldWithItsConsoleAndWhatToDo) {
  end_ = message::RolloutState::failed;
  const Ended ended = berth({"apply", "-f", "cluster.yaml", "--yes"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err, HasSubstr("first-server-1 on vh2: Ignition failed: files: no such group"));
  EXPECT_THAT(ended.err, HasSubstr("| [    3.3] ignition[412]: CRITICAL : Ignition failed"));
  EXPECT_THAT(ended.err, HasSubstr("berth logs first-server-1"));
  EXPECT_THAT(ended.err, Not(HasSubstr("\x1b"))) << "what the guest wrote is made harmless";
}

TEST_F(Cli, AnApplyThatNeedNotBeFollowedEndsAtOnce) {
  const Ended ended = berth({"apply", "-f", "cluster.yaml", "--yes", "--detach"});
  EXPECT_EQ(ended.exitCode, 0);
  EXPECT_THAT(ended.out, HasSubstr("Rollout 3 began. Follow it with: berth rollout status 3 --watch"));
  EXPECT_THAT(controller_.requestsOf<request::GetRollout>(), IsEmpty());
}

TEST_F(Cli, TheControllersFindingsAreShownLikeOurOwn) {
  answer_ = [this](const message::Request& asked) -> message::Reply {
    if (!std::holds_alternative<request::Plan>(asked)) return usual(asked);
    return reply::Error{reply::ErrorCode::invalid,
                        "the spec cannot be placed",
                        "",
                        {{true, "cluster.yaml", 7, 12, 1, "no host has room for 3 nodes", "add a host"}}};
  };
  const Ended ended = berth({"apply", "-f", "cluster.yaml"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err, HasSubstr("error: the spec cannot be placed"));
  EXPECT_THAT(ended.err, HasSubstr("cluster.yaml:7:12: error: no host has room for 3 nodes\n"
                                   "  7 |     count: 3\n"));
}

TEST_F(Cli, ARestartOfTheControllerCostsAFollowerOneLine) {
  lasts_ = 1'000'000;
  auto dumb = options();
  dumb.environment["TERM"] = "dumb";
  BerthOnATerminal terminal({"apply", "-f", "cluster.yaml", "--yes"}, dumb);
  ASSERT_TRUE(terminal.shows("first-server-2  vh3  creating")) << terminal.shown();
  controller_.stop();
  ASSERT_TRUE(terminal.shows("The controller does not answer; the rollout goes on.")) << terminal.shown();
  lasts_ = 2;
  controller_.start();
  EXPECT_EQ(terminal.wait(), 0) << terminal.shown();
  EXPECT_THAT(terminal.shown(), HasSubstr("The controller answers again"));
  EXPECT_THAT(terminal.shown(), HasSubstr("Done: 3 changes in 1m35s."));
}

TEST_F(Cli, DestroyingAsksForTheRevisionThatWasShown) {
  plan_ = testing::plan(message::Action::destroy);
  EXPECT_EQ(berth({"destroy", "first"}).exitCode, 1);
  EXPECT_THAT(controller_.requestsOf<request::Destroy>(), IsEmpty());
  EXPECT_EQ(berth({"destroy", "first", "--yes"}).exitCode, 0);
  ASSERT_THAT(controller_.requestsOf<request::Destroy>(), SizeIs(1));
  EXPECT_EQ(controller_.requestsOf<request::Destroy>().front().from, Revision(1));
}

// ---- steering ---------------------------------------------------------------------------------------------------

TEST_F(Cli, ARolloutIsSteeredByItsNumberOrItsCluster) {
  using Verb = request::SteerRollout::Verb;
  EXPECT_EQ(berth({"rollout", "pause", "first"}).out, "The rollout of first is paused; what is under way goes on.\n");
  EXPECT_EQ(berth({"rollout", "promote", "7"}).out, "Rollout 7 is promoted.\n");
  const auto steered = controller_.requestsOf<request::SteerRollout>();
  ASSERT_THAT(steered, SizeIs(2));
  EXPECT_EQ(steered[0], (request::SteerRollout{Verb::pause, {}, ClusterName::parse("first")}));
  EXPECT_EQ(steered[1], (request::SteerRollout{Verb::promote, RolloutId(7), {}}));
  EXPECT_EQ(berth({"rollout", "abort"}).exitCode, 1) << "which one must be said";
}

TEST_F(Cli, UndoShowsThePlanFirstAndGoesToTheRevisionThatWasNamed) {
  using Which = message::RevisionChoice::Which;
  EXPECT_EQ(berth({"rollout", "undo", "first"}).exitCode, 1) << "nobody can be asked";
  EXPECT_THAT(controller_.requestsOf<request::ApplyRevision>(), IsEmpty());
  EXPECT_EQ(berth({"rollout", "undo", "first", "--to", "4", "--yes"}).exitCode, 0);
  const auto planned = controller_.requestsOf<request::PlanRevision>();
  ASSERT_THAT(planned, SizeIs(2));
  EXPECT_EQ(planned[0].revision.which, Which::lastGood);
  EXPECT_EQ(planned[1].revision, (message::RevisionChoice{Which::numbered, Revision(4)}));
  const auto applied = controller_.requestsOf<request::ApplyRevision>();
  ASSERT_THAT(applied, SizeIs(1));
  EXPECT_EQ(applied[0].from, Revision(1)) << "what was shown is what is carried out";
}

TEST_F(Cli, NodesAreReplacedAloneAndNoneThatIsNotThere) {
  EXPECT_EQ(berth({"replace", "first-server-1", "first-server-0", "--yes"}).exitCode, 0);
  const auto applied = controller_.requestsOf<request::ApplyRevision>();
  ASSERT_THAT(applied, SizeIs(1));
  EXPECT_THAT(applied[0].options.targets, ::testing::ElementsAre("first-server-1", "first-server-0"));
  EXPECT_THAT(applied[0].options.replace, SizeIs(2));
  EXPECT_THAT(berth({"replace", "first-sever-1", "--yes"}).err, HasSubstr("there is no node \"first-sever-1\""));
}

TEST_F(Cli, NodesAreStoppedOnlyAfterAskingAndStartedAtOnce) {
  using Force = request::SetPower::Force;
  EXPECT_EQ(berth({"stop", "first-server-1"}).exitCode, 1) << "nobody can be asked";
  EXPECT_THAT(controller_.requestsOf<request::SetPower>(), IsEmpty());
  EXPECT_EQ(berth({"stop", "first-server-1", "--force", "--yes"}).out, "Node first-server-1 is being stopped.\n");
  EXPECT_EQ(berth({"start", "first-server-1"}).out, "Node first-server-1 is being started.\n");
  const NodeName node = *NodeName::parse("first-server-1");
  const auto set = controller_.requestsOf<request::SetPower>();
  ASSERT_THAT(set, SizeIs(2));
  EXPECT_EQ(set[0], (request::SetPower{{node}, message::Power::off, Force::yes}));
  EXPECT_EQ(set[1], (request::SetPower{{node}, message::Power::on, Force::no}));
}

TEST_F(Cli, NodesAreRestartedAloneByAPlanThatIsShown) {
  EXPECT_EQ(berth({"restart", "first-server-1", "--yes"}).exitCode, 0);
  const auto applied = controller_.requestsOf<request::ApplyRevision>();
  ASSERT_THAT(applied, SizeIs(1));
  EXPECT_THAT(applied[0].options.targets, ::testing::ElementsAre("first-server-1"));
  EXPECT_THAT(applied[0].options.restart, SizeIs(1));
  EXPECT_THAT(applied[0].options.replace, IsEmpty());
}

TEST_F(Cli, ADryDrainChangesNothingAndARealOneMovesWhatWasShown) {
  EXPECT_EQ(berth({"drain", "vh1", "--dry-run"}).exitCode, 0);
  EXPECT_THAT(controller_.requestsOf<request::SetDuty>(), IsEmpty());
  const Ended ended = berth({"drain", "vh1", "--yes", "--deadline", "90m", "--volumes", "wait", "--detach"});
  EXPECT_EQ(ended.exitCode, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("berth describe host vh1"));
  ASSERT_THAT(controller_.requestsOf<request::SetDuty>(), SizeIs(1));
  const request::SetDuty expected{*HostName::parse("vh1"), message::Duty::draining, std::chrono::minutes(90),
                                  message::DrainVolumes::wait};
  EXPECT_EQ(controller_.requestsOf<request::SetDuty>()[0], expected);
  EXPECT_THAT(controller_.requestsOf<request::ApplyRevision>(), IsEmpty()) << "the controller moves them by itself";
}

TEST_F(Cli, AVolumeIsDeletedByAScriptThatNamesItTwiceAndByNoOther) {
  const std::string name = "first-server-1/data";
  for (const std::vector<std::string>& further : std::vector<std::vector<std::string>>{
           {}, {"--yes"}, {"--confirm", "first-server-2/data"}, {"--confirm", "data"}}) {
    std::vector<std::string> arguments{"volume", "delete", name};
    arguments.insert(arguments.end(), further.begin(), further.end());
    EXPECT_EQ(berth(arguments).exitCode, 1) << (further.empty() ? "nobody can be asked" : further.back());
  }
  EXPECT_THAT(berth({"volume", "delete", name}).err, HasSubstr("Name it once more: --confirm first-server-1/data"));
  EXPECT_THAT(berth({"volume", "delete", "first-server-1/dat"}).err, HasSubstr("there is no volume"));
  EXPECT_THAT(berth({"volume", "delete", "data"}).err, HasSubstr("NODE/VOLUME"));
  EXPECT_THAT(controller_.requestsOf<request::DeleteVolumes>(), IsEmpty());

  const Ended ended =
      berth({"volume", "delete", name, "first-server-2/data", "--confirm", "first-server-2/data", "--confirm", name});
  EXPECT_EQ(ended.exitCode, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("Volume first-server-1/data is deleted.\nVolume first-server-2/data is deleted.\n"));
  const auto asked = controller_.requestsOf<request::DeleteVolumes>();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_THAT(asked[0].volumes, SizeIs(2));
}

TEST_F(Cli, NobodyWaitsForAHostThatIsAway) {
  answer_ = [&](const message::Request& asked) -> message::Reply {
    if (!std::holds_alternative<request::DeleteVolumes>(asked)) return usual(asked);
    volumes_[2].state = message::VolumeState::deleting;
    return reply::Done{};
  };
  volumes_[2].host = testing::named<HostName>("vh3");
  const Ended ended = berth({"volume", "delete", "first-server-1/data", "--confirm", "first-server-1/data"});
  EXPECT_EQ(ended.exitCode, 0);
  EXPECT_THAT(ended.err, HasSubstr("Host vh3 is not heard; it is done there as soon as it is back."));
  EXPECT_THAT(ended.out, Not(HasSubstr("is deleted.")));
}

TEST_F(Cli, AVolumeIsDeletedWhenAPersonTypesItsNameAndNotForAYes) {
  for (const std::string typed : {"yes", "first-server-1"}) {
    BerthOnATerminal terminal({"volume", "delete", "first-server-1/data"}, options());
    ASSERT_TRUE(terminal.shows("Type first-server-1/data to delete it with its data: ")) << terminal.shown();
    terminal.type(typed + "\n");
    EXPECT_EQ(terminal.wait(), 1);
    EXPECT_THAT(terminal.shown(), HasSubstr("Nothing was changed."));
  }
  EXPECT_THAT(controller_.requestsOf<request::DeleteVolumes>(), IsEmpty());
  BerthOnATerminal terminal({"volume", "delete", "first-server-1/data"}, options());
  ASSERT_TRUE(terminal.shows("with its data: "));
  terminal.type("first-server-1/data\n");
  EXPECT_EQ(terminal.wait(), 0) << terminal.shown();
  EXPECT_THAT(controller_.requestsOf<request::DeleteVolumes>(), SizeIs(1));
}

TEST_F(Cli, ASnapshotIsNamedByItsTimeAndARestoreByTheVolumeThatItOverwrites) {
  answer_ = [&](const message::Request& asked) -> message::Reply {
    if (std::holds_alternative<request::SnapshotVolume>(asked)) return reply::Done{};
    if (std::holds_alternative<request::RestoreVolume>(asked)) return reply::Done{};
    return usual(asked);
  };
  const Ended made = berth({"volume", "snapshot", "first-server-0/data"});
  EXPECT_EQ(made.exitCode, 0) << made.err;
  EXPECT_THAT(made.out, MatchesRegex("Snapshot first-server-0/data@at-[0-9]+-[0-9]+ is made.\n"));
  EXPECT_EQ(berth({"volume", "snapshot", "first-server-0/data@x"}).exitCode, 1);
  EXPECT_EQ(berth({"volume", "snapshot", "first-server-0/data", "--name", "mine", "--detach"}).exitCode, 0);
  EXPECT_EQ(controller_.requestsOf<request::SnapshotVolume>().back().what.snapshot.str(), "mine");

  const std::string name = "first-server-0/data@before";
  EXPECT_EQ(berth({"volume", "restore", name}).exitCode, 1) << "nobody can be asked";
  EXPECT_EQ(berth({"volume", "restore", name, "--confirm", name}).exitCode, 1) << "the volume is what is lost";
  EXPECT_THAT(berth({"volume", "restore", "first-server-0/data@other"}).err, HasSubstr("there is no snapshot"));
  EXPECT_THAT(controller_.requestsOf<request::RestoreVolume>(), IsEmpty());
  const Ended restored = berth({"volume", "restore", name, "--confirm", "first-server-0/data"});
  EXPECT_EQ(restored.exitCode, 0) << restored.err;
  EXPECT_THAT(restored.out, HasSubstr("Volume first-server-0/data is restored from before.\n"));
  EXPECT_EQ(berth({"volume", "snapshots", "first-server-0/data", "-o", "name"}).out,
            "first-server-0/data@before\nfirst-server-0/data@later\n");
}

TEST_F(Cli, LocksAreListedAndReleased) {
  EXPECT_EQ(berth({"lock", "list", "-o", "json"}).out, berth({"get", "locks", "-o", "json"}).out);
  EXPECT_EQ(berth({"get", "locks", "first-server-2", "-o", "name"}).out, "first-server-2\n");
  EXPECT_EQ(berth({"lock", "release", "first-server-1"}).out, "The lock of node first-server-1 is released.\n");
  ASSERT_THAT(controller_.requestsOf<request::ReleaseLock>(), SizeIs(1));
  EXPECT_EQ(controller_.requestsOf<request::ReleaseLock>()[0].node, testing::named<NodeName>("first-server-1"));
}

TEST_F(Cli, VolumeListIsGetVolumes) {
  EXPECT_EQ(berth({"volume", "list", "-o", "json"}).out, berth({"get", "volumes", "-o", "json"}).out);
}

// ---- secrets ------------------------------------------------------------------------------------------------------

TEST_F(Cli, ASecretComesFromAPipeOrAFileAndIsInNoArgument) {
  answer_ = [&](const message::Request& asked) -> message::Reply {
    if (std::holds_alternative<request::SetSecret>(asked)) return reply::Done{};
    return usual(asked);
  };
  const Ended piped = shell("echo hunter2 | berth secret set prod db/password");
  EXPECT_EQ(piped.exitCode, 0) << piped.err;
  EXPECT_EQ(piped.out, "The next apply of cluster prod brings secret db/password.\n");
  EXPECT_EQ(controller_.requestsOf<request::SetSecret>().back().value, "hunter2") << "without the end of the line";
  EXPECT_EQ(shell("printf 'a\\n\\0b\\n' > value; berth secret set prod x --file value").exitCode, 0);
  EXPECT_EQ(controller_.requestsOf<request::SetSecret>().back().value, std::string("a\n\0b\n", 5));

  const std::size_t before = controller_.requestsOf<request::SetSecret>().size();
  EXPECT_THAT(berth({"secret", "set", "prod", "db/password"}).err, HasSubstr("the value is empty"));
  EXPECT_THAT(berth({"secret", "set", "prod", "x", "--file", "nowhere"}).err, HasSubstr("cannot read nowhere"));
  EXPECT_THAT(shell("head -c 70000 /dev/zero | berth secret set prod x").err, HasSubstr("larger than 64 KiB"));
  EXPECT_NE(berth({"secret", "set", "prod", "db/password", "hunter2"}).exitCode, 0) << "arguments can be seen";
  EXPECT_NE(berth({"secret", "set", "prod", "DB password"}).exitCode, 0);
  BerthOnATerminal terminal({"secret", "set", "prod", "x"}, options());
  EXPECT_EQ(terminal.wait(), 1) << "and so can what is typed";
  EXPECT_EQ(controller_.requestsOf<request::SetSecret>().size(), before);
}

TEST_F(Cli, ASecretIsPrintedAsItIsAndNothingElse) {
  answer_ = [&](const message::Request& asked) -> message::Reply {
    if (std::holds_alternative<request::ReadSecret>(asked)) return reply::Secret{"hunter2"};
    return usual(asked);
  };
  EXPECT_EQ(berth({"secret", "get", "prod", "db/password"}).out, "hunter2");
  EXPECT_EQ(berth({"secret", "get", "prod", "db/password", "--version", "3"}).out, "hunter2");
  EXPECT_EQ(controller_.requestsOf<request::ReadSecret>().back().version, 3u);
  BerthOnATerminal terminal({"secret", "get", "prod", "db/password"}, options());
  EXPECT_EQ(terminal.wait(), 0);
  EXPECT_THAT(terminal.shown(), HasSubstr("hunter2\r\n"));
}

TEST_F(Cli, SecretsAreListedRotatedAndDeleted) {
  answer_ = [&](const message::Request& asked) -> message::Reply {
    if (std::holds_alternative<request::GetSecrets>(asked)) {
      reply::Secrets secrets;
      for (const std::uint32_t version : {1u, 2u}) {
        message::SecretRow& row = secrets.secrets.emplace_back();
        row.name = *message::SecretName::parse("consul/gossip");
        row.kind = message::SecretKind::key;
        row.version = version;
        row.inForce = version == 1;
        row.by = testing::named<OperatorName>("alice");
        row.madeMs = 1'764'000'000'000;
      }
      return secrets;
    }
    const bool isOrder =
        std::holds_alternative<request::RotateSecret>(asked) || std::holds_alternative<request::DeleteSecret>(asked);
    return isOrder ? reply::Done{} : usual(asked);
  };
  EXPECT_EQ(berth({"secret", "list", "prod", "-o", "name"}).out, "consul/gossip\n");
  EXPECT_THAT(berth({"secret", "list", "prod"}).out, HasSubstr("waiting"));
  EXPECT_THAT(berth({"secret", "list", "prod", "-o", "json"}).out, HasSubstr("\"in_force\": false"));
  EXPECT_EQ(berth({"secret", "rotate", "prod", "consul/gossip"}).out,
            "The next apply of cluster prod brings another consul/gossip.\n");
  EXPECT_EQ(berth({"secret", "delete", "prod", "db/password"}).exitCode, 1) << "nobody can be asked";
  EXPECT_THAT(controller_.requestsOf<request::DeleteSecret>(), IsEmpty());
  EXPECT_EQ(berth({"secret", "delete", "prod", "db/password", "--yes"}).out,
            "Secret db/password of cluster prod is deleted.\n");
}

class StackEnv : public Cli {
protected:
  void SetUp() override {
    Cli::SetUp();
    answer_ = [this](const message::Request& asked) -> message::Reply {
      if (std::holds_alternative<request::DescribeStack>(asked)) return stack_;
      if (std::holds_alternative<request::ReadSecret>(asked)) return reply::Secret{"it's $(touch pwned)\n`x`"};
      return usual(asked);
    };
  }
  [[nodiscard]] static message::StackToolRow tool(message::ToolKind kind, const char* token) {
    message::StackToolRow row{kind, "1.22.0", testing::named<PoolName>("server")};
    if (*token != '\0') row.token = message::SecretName::parse(token);
    row.tokenVersion = row.token ? 2 : 0;
    return row;
  }
  reply::Stack stack_{
      {tool(message::ToolKind::consul, "consul/token/management"), tool(message::ToolKind::openbao, "")},
      "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"};
};

TEST_F(StackEnv, IsReadByAShellWithAServerThatIsReadyAndNoTokenUnlessAskedFor) {
  const Ended printed = berth({"stack", "env", "first"});
  EXPECT_EQ(printed.exitCode, 0) << printed.err;
  EXPECT_THAT(printed.out, MatchesRegex("# consul 1.22.0 on first-server-0\n"
                                        "export CONSUL_HTTP_ADDR='https://10.77.0.201:8501'\n"
                                        "# its token, for admins: berth stack env first --tokens\n"
                                        "# openbao 1.22.0 on first-server-0\n"
                                        "export BAO_ADDR='https://10.77.0.201:8200'\n"
                                        "# Berth keeps no token for it: bao login\n"
                                        "export CONSUL_CACERT='.*/.local/state/berth/first-[0-9a-f]+.pem'\n"
                                        "export BAO_CACERT='.*.pem'\n"));
  EXPECT_THAT(controller_.requestsOf<request::ReadSecret>(), IsEmpty());
  EXPECT_EQ(shell("eval \"$(berth stack env first)\"; cat \"$CONSUL_CACERT\"").out, stack_.authority);
}

TEST_F(StackEnv, QuotesWhateverAValueIs) {
  const Ended shown = shell("eval \"$(berth stack env first --tokens)\"; printf %s \"$CONSUL_HTTP_TOKEN\"; ls");
  EXPECT_THAT(shown.out, StartsWith("it's $(touch pwned)\n`x`"));
  EXPECT_THAT(shown.out, Not(HasSubstr("pwned\n"))) << "nothing of it was run";
  ASSERT_THAT(controller_.requestsOf<request::ReadSecret>(), SizeIs(1));
  EXPECT_EQ(controller_.requestsOf<request::ReadSecret>()[0].version, 2u) << "the one that the servers know";
}

TEST_F(StackEnv, IsJsonAndWritesTheAuthorityWhereItIsTold) {
  const Ended printed = berth({"stack", "env", "first", "-o", "json", "--ca", "ca.pem"});
  EXPECT_EQ(printed.exitCode, 0) << printed.err;
  EXPECT_THAT(printed.out, AllOf(HasSubstr("\"CONSUL_HTTP_ADDR\": \"https://10.77.0.201:8501\""),
                                 HasSubstr("/ca.pem\""), Not(HasSubstr("TOKEN"))));
  EXPECT_EQ(shell("cat ca.pem").out, stack_.authority);
}

TEST_F(StackEnv, IsWholeOrNothing) {
  stack_.tools[1].servers = testing::named<PoolName>("bao");
  const Ended refused = berth({"stack", "env", "first", "--tokens"});
  EXPECT_EQ(refused.exitCode, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, AllOf(HasSubstr("no server of openbao in cluster first is ready"),
                                 HasSubstr("berth get nodes --cluster first")));
  stack_.authority.clear();
  EXPECT_THAT(berth({"stack", "env", "first"}).err, HasSubstr("has no authority yet"));
}

// ---- on a terminal ----------------------------------------------------------------------------------------------

TEST_F(Cli, APersonIsAskedAndMaySayNo) {
  BerthOnATerminal terminal({"apply", "-f", "cluster.yaml"}, options());
  ASSERT_TRUE(terminal.shows("Replace 3 nodes? [y/N] ")) << terminal.shown();
  terminal.type("n\n");
  EXPECT_EQ(terminal.wait(), 1);
  EXPECT_THAT(terminal.shown(), HasSubstr("Nothing was changed."));
  EXPECT_THAT(controller_.requestsOf<request::Apply>(), IsEmpty());
}

TEST_F(Cli, APersonSeesTheProgressPaintedInPlace) {
  BerthOnATerminal terminal({"apply", "-f", "cluster.yaml"}, options());
  ASSERT_TRUE(terminal.shows("[y/N] ")) << terminal.shown();
  terminal.type("y\n");
  EXPECT_EQ(terminal.wait(), 0) << terminal.shown();
  EXPECT_THAT(terminal.shown(), HasSubstr("wave 2 of 3, 1 of 3 done"));
  EXPECT_THAT(terminal.shown(), HasSubstr("\x1b[4A")) << "the block of four lines is painted again";
  EXPECT_THAT(terminal.shown(), HasSubstr("Done"));
}

TEST_F(Cli, CtrlCStopsWatchingAndNothingElse) {
  lasts_ = 1'000'000;
  BerthOnATerminal terminal({"apply", "-f", "cluster.yaml", "--yes"}, options());
  ASSERT_TRUE(terminal.shows("first-server-2")) << terminal.shown();
  ASSERT_TRUE(terminal.shows("3 of 3 done")) << terminal.shown();
  terminal.type("\x03");
  EXPECT_EQ(terminal.wait(), 130);
  EXPECT_THAT(terminal.shown(), HasSubstr("the rollout goes on"));
  EXPECT_THAT(terminal.shown(), HasSubstr("berth rollout status 3 --watch"));
}

TEST_F(Cli, ColoursAreForTerminalsThatAllowThem) {
  BerthOnATerminal coloured({"get", "nodes"}, options());
  EXPECT_EQ(coloured.wait(), 0);
  EXPECT_THAT(coloured.shown(), HasSubstr("\x1b[32mready\x1b[0m"));
  for (const auto& [name, value] : {std::pair{"NO_COLOR", "1"}, std::pair{"TERM", "dumb"}}) {
    auto plain = options();
    plain.environment[name] = value;
    BerthOnATerminal terminal({"get", "nodes"}, plain);
    EXPECT_EQ(terminal.wait(), 0);
    EXPECT_THAT(terminal.shown(), Not(HasSubstr("\x1b["))) << name;
  }
}

TEST_F(Cli, AWatchedTableIsPaintedAgainUntilCtrlC) {
  BerthOnATerminal terminal({"get", "nodes", "--watch"}, options());
  ASSERT_TRUE(terminal.shows("\x1b[5A")) << terminal.shown();
  terminal.type("\x03");
  EXPECT_EQ(terminal.wait(), 130);
}

// ---- looking ----------------------------------------------------------------------------------------------------

TEST_F(Cli, TablesAndJsonShowTheSame) {
  const Ended table = berth({"get", "hosts"});
  EXPECT_EQ(table.exitCode, 0) << table.err;
  EXPECT_THAT(table.out, StartsWith("HOST  STATE  NODES"));
  EXPECT_EQ(table.err, "");
  const Ended json = berth({"get", "hosts", "-o", "json"});
  EXPECT_THAT(json.out, StartsWith("[\n  {\n    \"name\": \"vh1\",\n    \"state\": \"ready\","));
  EXPECT_EQ(berth({"get", "hosts", "-o", "name"}).out, "vh1\nvh2\nvh3\n");
  EXPECT_EQ(berth({"get", "hosts", "vh2", "-o", "name"}).out, "vh2\n");
}

TEST_F(Cli, VolumesAreNamedWithTheirNodeAndANodeStandsForAllOfItsOwn) {
  EXPECT_EQ(berth({"get", "volumes", "first-server-0", "first-server-1/data", "-o", "name"}).out,
            "first-server-0/data\nfirst-server-0/logs\nfirst-server-1/data\n");
  EXPECT_THAT(berth({"get", "volumes", "first-server-1"}).out,
              HasSubstr("first-server-1  data    vh2   50GiB  orphan"));
  EXPECT_EQ(berth({"get", "volumes", "data"}).err, "error: there is no volume data\n  See: berth get volumes\n");
  (void)berth({"get", "volumes", "--cluster", "first"});
  EXPECT_EQ(controller_.requestsOf<request::GetVolumes>().back().cluster, ClusterName::parse("first"));
}

TEST_F(Cli, AWatchedVolumeThatIsOnTwoHostsIsTwoRows) {
  std::atomic<int> asked = 0;
  answer_ = [&](const message::Request& request) -> message::Reply {
    if (!std::holds_alternative<request::GetVolumes>(request)) return usual(request);
    std::vector<message::VolumeRow> rows(2, testing::volumes()[2]);
    rows[1].host = testing::named<HostName>("vh1");
    // The one on vh1 goes with the second look.
    if (++asked > 1) rows.pop_back();
    return reply::Volumes{rows};
  };
  const Ended ended = shell("berth get volumes --watch | head -4");
  EXPECT_THAT(ended.out, MatchesRegex("NODE .*\nfirst-server-1 .*vh2 .*\nfirst-server-1 .*vh1 .*\n"
                                      "first-server-1/data on vh1  is gone\n"));
}

TEST_F(Cli, AnUnknownNameIsAnError) {
  const Ended ended = berth({"get", "hosts", "vh9"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_EQ(ended.err, "error: there is no host vh9\n  See: berth get hosts\n");
  EXPECT_EQ(berth({"describe", "host", "vh9"}).exitCode, 1);
}

TEST_F(Cli, AReaderThatHasSeenEnoughIsNoError) {
  for (const char* line : {"berth get nodes -o json | head -1", "berth get nodes --watch | head -1",
                           "berth apply -f cluster.yaml --yes | head -1"}) {
    const Ended ended = shell(line);
    EXPECT_EQ(ended.exitCode, 0) << line;
    EXPECT_EQ(ended.err, "") << line;
  }
}

TEST_F(Cli, AConsoleIsShownHarmlessWholeOrFromItsEnd) {
  EXPECT_EQ(berth({"logs", "first-server-0"}).out, "one\ntwo red\nthree\n");
  EXPECT_EQ(berth({"logs", "first-server-0", "--tail", "1"}).out, "three\n");
  EXPECT_EQ(berth({"logs", "first-server-0", "--tail", "2"}).out, "two red\nthree\n");
  EXPECT_EQ(berth({"logs", "first-server-0", "--tail", "99"}).out, "one\ntwo red\nthree\n");
  EXPECT_EQ(berth({"logs", "first-server-0", "--raw"}).out, console_);
}

TEST_F(Cli, ALargeConsoleIsReadPieceByPiece) {
  console_.clear();
  for (int line = 0; line < 100'000; ++line) console_ += "line " + std::to_string(line) + "\n";
  EXPECT_EQ(berth({"logs", "first-server-0"}).out, console_);
  const Ended tail = berth({"logs", "first-server-0", "--tail", "50000"});
  EXPECT_EQ(tail.out, console_.substr(console_.find("line 50000\n")));
}

TEST_F(Cli, VersionsOfBothEndsAreShown) {
  const Ended ended = berth({"version"});
  EXPECT_EQ(ended.exitCode, 0) << ended.err;
  EXPECT_THAT(ended.out, MatchesRegex("berth       .*\ncontroller  0\\.1\\.0\nfleet       .*, epoch 3\n"));
}

TEST_F(Cli, BashCompletesCommandsOptionsAndNames) {
  const auto completed = [this](const std::string& words) {
    const Ended ended = shell("source <(berth completion bash); COMP_WORDS=(" + words +
                              "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _berth; echo \"${COMPREPLY[*]}\"");
    EXPECT_EQ(ended.err, "");
    return ended.out;
  };
  EXPECT_EQ(completed("berth ge"), "get\n");
  EXPECT_EQ(completed("berth get no"), "nodes\n");
  EXPECT_EQ(completed("berth apply --ye"), "--yes\n");
  EXPECT_EQ(completed("berth user add eve --role v"), "viewer\n");
  EXPECT_EQ(completed("berth logs first-server-"), "first-server-0 first-server-1 first-server-2 first-server-3\n");
}

// ---- users and contexts -----------------------------------------------------------------------------------------

TEST_F(Cli, ANewUsersSecretStaysInTheirFile) {
  const Ended ended = berth({"user", "add", "eve", "--role", "viewer", "--out", "eve.yaml"});
  EXPECT_EQ(ended.exitCode, 0) << ended.err;
  const auto added = controller_.requestsOf<request::AddOperator>();
  ASSERT_THAT(added, SizeIs(1));
  auto read = identity::readContextFile(directory_ / "eve.yaml");
  ASSERT_TRUE(std::holds_alternative<identity::ContextFile>(read))
      << std::get<identity::ContextFileError>(read).message;
  const auto* context = std::get<identity::ContextFile>(read).find("");
  ASSERT_NE(context, nullptr);
  EXPECT_EQ(context->key.publicKey().str(), added.front().publicKey);
  EXPECT_EQ(context->endpoint, controller_.endpoint());
  EXPECT_EQ(berth({"user", "add", "eve", "--role", "viewer", "--out", "eve.yaml"}).exitCode, 1)
      << "is never overwritten";
}

TEST_F(Cli, ARefusedUserLeavesNoFile) {
  answer_ = [](const auto&) { return reply::Error{reply::ErrorCode::forbidden, "a viewer may not add users", "", {}}; };
  const Ended ended = berth({"user", "add", "eve", "--role", "viewer", "--out", "eve.yaml"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_EQ(ended.err, "error: not allowed: a viewer may not add users\n");
  EXPECT_FALSE(std::filesystem::exists(directory_ / "eve.yaml"));
}

TEST_F(Cli, AContextShowsNoSecret) {
  const Ended shown = berth({"context", "show"});
  EXPECT_EQ(shown.exitCode, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr(controller_.endpoint().str()), HasSubstr(controller_.key().str())));
  std::ostringstream text;
  text << std::ifstream(contexts()).rdbuf();
  const auto at = text.str().find("secret_key: \"") + 13;
  EXPECT_THAT(shown.out, Not(HasSubstr(text.str().substr(at, 40))));
  EXPECT_THAT(berth({"context", "list"}).out, HasSubstr("test     yes"));
  EXPECT_THAT(berth({"context", "use", "tset"}).err, HasSubstr("Did you mean \"test\"?"));
}

// ---- when nobody answers ----------------------------------------------------------------------------------------

TEST_F(Cli, AnAbsentControllerIsAnErrorThatSaysWhatToLookAt) {
  controller_.stop();
  const Ended ended = berth({"get", "nodes", "--timeout", "1s"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err,
              StartsWith("error: no answer from a controller at " + controller_.endpoint().str() + " within 1s\n"));
  EXPECT_THAT(ended.err, HasSubstr("Is it running"));
}

TEST_F(Cli, AControllerThatIsBusyIsToldApart) {
  answer_ = [](const auto&) {
    std::this_thread::sleep_for(1500ms);
    return reply::Nodes{};
  };
  const Ended ended = berth({"get", "nodes", "--timeout", "1s"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err, HasSubstr("did not answer within 1s"));
}

TEST_F(Cli, AKeyThatIsNotAdmittedIsRefusedInWords) {
  identity::ContextFile file;
  file.current = "stranger";
  file.contexts.emplace("stranger",
                        identity::Context{controller_.endpoint(), controller_.key(), identity::KeyPair::generate()});
  ASSERT_EQ(identity::writeContextFile(contexts(), file), std::nullopt);
  const Ended ended = berth({"get", "nodes"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(ended.err, HasSubstr("refused the key of context \"stranger\""));
  EXPECT_THAT(controller_.requests(), IsEmpty());
}

TEST_F(Cli, AnotherControllersKeyIsNotTalkedTo) {
  identity::KeyPair own = identity::KeyPair::generate();
  controller_.admit(own.publicKey());
  identity::ContextFile file;
  file.current = "other";
  file.contexts.emplace(
      "other", identity::Context{controller_.endpoint(), identity::KeyPair::generate().publicKey(), std::move(own)});
  ASSERT_EQ(identity::writeContextFile(contexts(), file), std::nullopt);
  const Ended ended = berth({"get", "nodes", "--timeout", "3s"});
  EXPECT_EQ(ended.exitCode, 1);
  EXPECT_THAT(controller_.requests(), IsEmpty());
}

TEST_F(Cli, ContextsAreMissedInWords) {
  EXPECT_THAT(berth({"--context", "tets", "get", "nodes"}).err,
              AllOf(HasSubstr("there is no context \"tets\""), HasSubstr("Did you mean \"test\"?")));
  EXPECT_THAT(berth({"--config", "nowhere.yaml", "get", "nodes"}).err,
              HasSubstr("there is no context file at nowhere.yaml"));
  std::filesystem::permissions(contexts(), std::filesystem::perms::others_read, std::filesystem::perm_options::add);
  EXPECT_THAT(berth({"get", "nodes"}).err, HasSubstr("chmod 600"));
}

}  // namespace
}  // namespace berth::cli
