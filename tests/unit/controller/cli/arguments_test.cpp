// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/arguments.h"

#include <functional>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/cli/show/text.h"
#include "tests/unit/controller/cli/golden.h"

namespace berth::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;

Invocation parsed(const std::vector<std::string>& arguments) {
  auto result = parseArguments(arguments);
  if (const auto* said = std::get_if<Said>(&result)) {
    ADD_FAILURE() << said->err;
    return {};
  }
  return std::get<Invocation>(std::move(result));
}

template <class Wanted>
Wanted command(const std::vector<std::string>& arguments) {
  return std::get<Wanted>(parsed(arguments).command);
}

Said said(const std::vector<std::string>& arguments) {
  auto result = parseArguments(arguments);
  if (const auto* answer = std::get_if<Said>(&result)) return *answer;
  ADD_FAILURE() << "was accepted";
  return {};
}

TEST(Arguments, AskWhatWouldBe) {
  const auto asked = command<command::Simulate>({"simulate", "--lose", "vh1", "--lose", "vh2", "--grow", "prod/web=20",
                                                 "--fit", "prod/web", "--fit", "memory=4GiB,vcpus=2"})
                         .question;
  const message::PoolOf web{*ClusterName::parse("prod"), *PoolName::parse("web")};
  EXPECT_EQ(asked.lose, (std::vector{*HostName::parse("vh1"), *HostName::parse("vh2")}));
  EXPECT_EQ(asked.grow, (std::vector<message::GrowthRow>{{web, 20}}));
  EXPECT_EQ(asked.fit, (std::vector<message::ShapeRow>{{web, {}}, {std::nullopt, {2, 4_GiB, Bytes()}}}));
  for (const char* wrong : {"vcpus=2", "vcpus=2,vcpus=3,memory=1GiB", "vcpus=2,memory=4", "prod/", "web"}) {
    EXPECT_THAT(said({"simulate", "--fit", wrong}).err, HasSubstr("is no shape, such as prod/client")) << wrong;
  }
  EXPECT_THAT(said({"simulate", "--grow", "prod/web"}).err, HasSubstr("is no growth, such as prod/client=20"));

  EXPECT_EQ(command<command::Plan>({"plan", "-f", "x.yaml", "--explain", "prod-web-0"}).explain,
            NodeName::parse("prod-web-0"));
  const auto moves = command<command::Rebalance>({"rebalance", "--plan", "--cluster", "prod", "--most", "3"});
  EXPECT_TRUE(moves.plan);
  EXPECT_EQ(moves.cluster, ClusterName::parse("prod"));
  EXPECT_EQ(moves.most, 3u);
}

TEST(Arguments, MakeACompleteCommand) {
  const auto apply = command<command::Apply>({"apply", "-f", "prod.yaml", "--yes"});
  EXPECT_EQ(apply.spec.file, "prod.yaml");
  EXPECT_TRUE(apply.yes);
  EXPECT_FALSE(apply.detach);

  const auto get = command<command::Get>({"get", "nodes", "a", "b", "-o", "wide", "-w", "--cluster", "first"});
  EXPECT_EQ(get.thing, Thing::nodes);
  EXPECT_EQ(get.names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(get.format, Format::wide);
  EXPECT_TRUE(get.watch);
  EXPECT_EQ(get.cluster, ClusterName::parse("first"));

  const auto logs = command<command::Logs>({"logs", "first-server-0", "-f", "--tail", "20"});
  EXPECT_TRUE(logs.follow);
  EXPECT_EQ(logs.tail, 20U);

  EXPECT_EQ(command<command::HostToken>({"host", "token", "vh1", "--ttl", "5m"}).ttl, 5min);
  EXPECT_EQ(command<command::UserAdd>({"user", "add", "eve", "--role", "operator", "--out", "x"}).role,
            message::Role::operator_);
  EXPECT_EQ(command<command::Get>({"host", "list"}).thing, Thing::hosts);
}

TEST(Arguments, TakeTargetsAndNodesToReplaceAsOftenAsTheyCome) {
  const auto plan = command<command::Plan>({"plan", "-f", "a.yaml", "--target", "server", "--target", "prod-web-1",
                                            "--replace", "prod-web-1", "--replace", "prod-web-2", "--out", "a.plan"});
  EXPECT_EQ(plan.options.targets, (std::vector<std::string>{"server", "prod-web-1"}));
  ASSERT_EQ(plan.options.replace.size(), 2U);
  EXPECT_EQ(plan.options.replace[1].str(), "prod-web-2");
  EXPECT_EQ(plan.out, "a.plan");
  EXPECT_THAT(said({"plan", "-f", "a.yaml", "--replace", "No Name"}).err, HasSubstr("\"No Name\" is no name"));
}

TEST(Arguments, ApplyASpecOrASavedPlanAndNeverBoth) {
  EXPECT_EQ(command<command::Apply>({"apply", "a.plan"}).savedPlan, "a.plan");
  EXPECT_THAT(said({"apply"}).err, HasSubstr("name a spec with -f FILE, or a saved plan"));
  EXPECT_NE(said({"apply", "a.plan", "-f", "a.yaml"}).err, "");
  EXPECT_NE(said({"apply", "a.plan", "--target", "server"}).err, "");
}

TEST(Arguments, AskForOneKindOfPlanAtATime) {
  EXPECT_TRUE(command<command::Plan>({"plan", "-f", "a.yaml", "--refresh-only"}).refreshOnly);
  EXPECT_TRUE(command<command::Plan>({"plan", "-f", "a.yaml", "--destroy"}).destroy);
  EXPECT_NE(said({"plan", "-f", "a.yaml", "--destroy", "--refresh-only"}).err, "");
  EXPECT_NE(said({"plan", "-f", "a.yaml", "--destroy", "--out", "x"}).err, "");
  EXPECT_NE(said({"plan", "-f", "a.yaml", "--refresh-only", "--target", "x"}).err, "");
}

TEST(Arguments, TakeARolloutByNumberOrByCluster) {
  EXPECT_EQ(command<command::RolloutStatus>({"rollout", "status", "7"}).id, RolloutId(7));
  EXPECT_EQ(command<command::RolloutStatus>({"rollout", "status", "first"}).cluster, ClusterName::parse("first"));
  EXPECT_EQ(command<command::RolloutStatus>({"rollout", "status"}).id, std::nullopt);
  EXPECT_EQ(command<command::RolloutStatus>({"describe", "rollout", "7"}).id, RolloutId(7));
}

TEST(Arguments, TakeGlobalOptionsAnywhere) {
  for (const auto& arguments :
       {std::vector<std::string>{"--timeout", "3s", "-q", "--config", "c", "host", "token", "vh1"},
        std::vector<std::string>{"host", "token", "vh1", "--quiet", "--timeout", "3s", "--config", "c"}}) {
    const Globals globals = parsed(arguments).globals;
    EXPECT_TRUE(globals.quiet);
    EXPECT_EQ(globals.timeout, 3s);
    EXPECT_EQ(globals.config, "c");
  }
}

TEST(Arguments, AreRefusedInOneLineThatSaysWhatToDo) {
  struct Wrong {
    std::vector<std::string> arguments;
    std::string error;
  };
  for (const Wrong& wrong :
       {Wrong{{"aply", "-f", "x"},
              "error: there is no command \"berth aply\"; did you mean \"apply\"?\n  See: berth --help\n"},
        Wrong{{"get", "node"},
              "error: there is no command \"berth get node\"; did you mean \"nodes\"?\n  See: berth get --help\n"},
        Wrong{{"get"}, "error: which command? berth get has several\n  See: berth get --help\n"},
        Wrong{{"logs", "No_Name"},
              "error: \"No_Name\" is no name (a-z, 0-9 and -, beginning with a letter, at most 63)\n"
              "  See: berth logs --help\n"},
        Wrong{{"get", "nodes", "-o", "xml"},
              "error: \"xml\" is no output format: table|wide|json|yaml|name\n  See: berth get nodes --help\n"},
        Wrong{{"host", "token", "vh1", "--ttl", "soon"},
              "error: \"soon\" is no duration, such as 90s or 5m\n  See: berth host token --help\n"},
        Wrong{{"user", "add", "eve", "--role", "king", "--out", "x"},
              "error: \"king\" is no role: viewer, operator or admin\n  See: berth user add --help\n"}}) {
    const Said answer = said(wrong.arguments);
    EXPECT_EQ(answer.exitCode, ExitCode::error);
    EXPECT_EQ(answer.err, wrong.error);
    EXPECT_EQ(answer.out, "");
  }
}

TEST(Arguments, ThatAreMissingAreNamed) {
  EXPECT_THAT(said({"validate"}).err, StartsWith("error: --file is required"));
  EXPECT_THAT(said({"apply"}).err, StartsWith("error: apply: name a spec with -f FILE, or a saved plan"));
  EXPECT_THAT(said({"logs"}).err, StartsWith("error: node is required"));
  EXPECT_THAT(said({"apply", "-f", "x", "--frobnicate"}).err, HasSubstr("--frobnicate"));
}

TEST(Version, IsAlsoAnOption) { EXPECT_THAT(said({"--version"}).out, StartsWith("berth ")); }

void eachCommand(const CommandNode& node, std::vector<std::string> path,
                 const std::function<void(const std::vector<std::string>&)>& visit) {
  visit(path);
  for (const CommandNode& below : node.commands) {
    auto deeper = path;
    deeper.push_back(below.name);
    eachCommand(below, deeper, visit);
  }
}

TEST(Help, NamesEveryPlatformThatIsKnown) {
  const std::string help = std::get<Said>(parseArguments({"render", "--help"})).out;
  for (const node::Platform& each : node::platforms()) EXPECT_NE(help.find(each.id), std::string::npos) << each.id;
}

TEST(Help, OfEachCommandFitsEightyColumns) {
  std::string all;
  eachCommand(commandTree(), {}, [&](std::vector<std::string> path) {
    // These read their own arguments.
    if (!path.empty() && (path[0] == "butane" || path[0] == "ignition")) return;
    std::string name = "berth";
    for (const std::string& word : path) name += " " + word;
    path.emplace_back("--help");
    const Said answer = said(path);
    EXPECT_EQ(answer.exitCode, ExitCode::ok);
    std::istringstream lines(answer.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(show::columnsOf(line), 80U) << name << ": " << line;
    all += "$ " + name + " --help\n" + answer.out + "\n";
  });
  testing::expectGolden("help.txt", all);
}

}  // namespace
}  // namespace berth::cli
