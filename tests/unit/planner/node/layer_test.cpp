// SPDX-License-Identifier: Apache-2.0
#include "planner/node/layer.h"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planner/ignition/write.h"
#include "planner/node/keyfile.h"
#include "planner/node/zincati.h"
#include "planner/stack/report.h"

namespace berth::node {
namespace {

using testing::HasSubstr;
using testing::Not;

const Words kWords{.name = "prod-web-0", .nics = {{.mac = "52:00:00:00:00:01", .address = "10.20.0.11"}}};

/// One network with DHCP, and nothing else.
spec::Spec plain() {
  spec::Spec spec;
  spec.networks.emplace_back().name.value = "br0";
  return spec;
}

std::vector<std::string> paths(const ignition::Config& layer) {
  std::vector<std::string> found;
  for (const auto& file : layer.entries("storage", "files")) found.emplace_back(file.textOr("path"));
  return found;
}

TEST(Layer, yieldsToTheFilesOfTheUser) {
  ignition::Config user(ignition::SpecVersion::v3_3);
  spec::Spec spec = plain();
  spec.osUpdates.emplace().strategy.value = spec::OsUpdates::Strategy::off;
  EXPECT_THAT(paths(berthLayer(user, spec, {}, kWords)),
              testing::ElementsAre(kHostnamePath, keyfilePath(0), kReportPath, kZincatiPath));
  user.addFile(kHostnamePath, "mine\n", 0644);
  user.addLink(keyfilePath(0), "/dev/null");
  user.addFile(kZincatiPath, "", 0644);
  EXPECT_THAT(paths(berthLayer(user, spec, {}, kWords)), testing::ElementsAre(kReportPath));
}

TEST(Layer, saysNothingToZincatiWhenTheSpecDoesNot) {
  const ignition::Config user(ignition::SpecVersion::v3_3);
  EXPECT_THAT(paths(berthLayer(user, plain(), {}, kWords)), testing::Not(testing::Contains(kZincatiPath)));
}

TEST(Layer, addsAnEnabledUnit) {
  const ignition::Config user(ignition::SpecVersion::v3_3);
  const std::string json = ignition::write(berthLayer(user, plain(), {}, kWords));
  EXPECT_THAT(json, HasSubstr("\"enabled\":true"));
  EXPECT_THAT(json, HasSubstr("\"name\":\"berth-ready.service\""));
}

/// Runs the script with a pipe for a port and a systemctl of our own, and returns the first lines that it writes.
class Script : public testing::Test {
protected:
  Script() {
    std::string pattern = (std::filesystem::temp_directory_path() / "berth-report.XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~Script() override { std::filesystem::remove_all(directory_); }

  std::string run(const std::string& systemctl, int lines) {
    writeProgram("systemctl", systemctl);
    std::string script = reportScript();
    replace(script, "/dev/virtio-ports/org.berth.ready", (directory_ / "port").string());
    replace(script, "[[ -c $port ]]", "[[ -p $port ]]");
    replace(script, "interval=10", "interval=0.01");
    while (script.find(stack::kStackReportPath) != std::string::npos)
      replace(script, stack::kStackReportPath, (directory_ / "stack").string());
    replace(script, "/etc/os-release", (directory_ / "os-release").string());
    replace(script, "/run/ostree/staged-deployment", (directory_ / "staged-deployment").string());
    write("report", script);
    // The reader ends after its lines, and the writer of what nobody reads with it.
    const std::string command = "cd " + directory_.string() +
                                " && mkfifo port && (PATH=$PWD:$PATH timeout 20 bash report 2>errors & head -n " +
                                std::to_string(lines) + " port; wait)";
    FILE* pipe = popen(command.c_str(), "r");
    std::string out;
    std::array<char, 4096> buffer{};
    while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) out += buffer.data();
    pclose(pipe);
    return out;
  }

  /// Leaves what the stack's own unit says, `age` seconds ago.
  void tellStack(const std::string& words, int age) {
    std::ifstream uptime("/proc/uptime");
    double seconds = 0;
    uptime >> seconds;
    write("stack", std::to_string(static_cast<long>(seconds) - age) + " " + words + "\n");
  }

  void write(const std::string& name, const std::string& text) { std::ofstream(directory_ / name) << text; }
  void writeProgram(const std::string& name, const std::string& text) {
    write(name, "#!/bin/sh\n" + text);
    std::filesystem::permissions(directory_ / name, std::filesystem::perms::owner_all);
  }

private:
  static void replace(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  std::filesystem::path directory_;
};

TEST_F(Script, saysThatTheMachineRuns) {
  const std::string out = run("echo running\n", 2);
  EXPECT_THAT(out, testing::MatchesRegex(
                       "(berth-ready 1 boot=[0-9a-f-]{36} state=running failed=- addresses=[0-9a-f.:,-]+\n){2}"));
  EXPECT_THAT(out, Not(HasSubstr("127.0.0.1")));
}

TEST_F(Script, passesOnWhatTheStackSays) {
  tellStack("consul/1.8.7/leader/well/3/10.20.0.11/accepted", 10);
  EXPECT_THAT(run("echo running\n", 1), HasSubstr(" stack=consul/1.8.7/leader/well/3/10.20.0.11/accepted\n"));
}

TEST_F(Script, passesOnNothingThatTheStackSaidLongAgo) {
  tellStack("consul/1.8.7/leader/well/3/10.20.0.11/accepted", 70);
  EXPECT_THAT(run("echo running\n", 1), Not(HasSubstr("stack=")));
}

constexpr const char* kAboutCoreOs =
    "NAME=\"Fedora Linux\"\nID=fedora\nOSTREE_VERSION='44.20260707.3.1'\nVARIANT_ID=coreos\n";

TEST_F(Script, saysWhichReleaseRuns) {
  write("os-release", kAboutCoreOs);
  EXPECT_THAT(run("echo running\n", 1), testing::EndsWith(" os=44.20260707.3.1\n"));
}

TEST_F(Script, saysWhichReleaseTheNextBootGoesInto) {
  write("os-release", kAboutCoreOs);
  write("staged-deployment", "");
  writeProgram("rpm-ostree", R"sh([ "$*" = "status --json" ] || exit 1
[ ! -e asked ] || exit 1
: > asked
cat << 'END'
{"deployments": [{"version": "44.20260721.3.0", "staged": true, "booted": false},
                 {"version": "44.20260707.3.1", "staged": false, "booted": true}]}
END
)sh");
  const std::string said = " os=44.20260707.3.1 staged=44.20260721.3.0\n";
  EXPECT_THAT(run("echo running\n", 3),
              testing::AllOf(testing::EndsWith(said), testing::ContainsRegex(said + ".*" + said)))
      << "rpm-ostree is asked once";
}

TEST_F(Script, goesOnWithoutWhatRpmOstreeDoesNotSay) {
  write("os-release", kAboutCoreOs);
  write("staged-deployment", "");
  writeProgram("rpm-ostree", "echo 'error: busy' >&2; exit 1\n");
  EXPECT_THAT(run("echo running\n", 2), testing::EndsWith(" os=44.20260707.3.1\n"));
}

TEST_F(Script, saysNothingOfReleasesWhereThereAreNone) {
  write("os-release", "NAME=\"Debian\"\nOSTREE_VERSION=\"44 or so\"\n");
  EXPECT_THAT(run("echo running\n", 1), Not(HasSubstr(" os=")));
}

TEST_F(Script, namesTheUnitsThatFailed) {
  const std::string out =
      run("case $1 in is-system-running) echo degraded; exit 1;; "
          "list-units) echo 'a.service loaded failed failed A'; echo 'b\\x2dc.mount loaded failed failed B';; esac\n",
          1);
  EXPECT_THAT(out, HasSubstr("state=degraded failed=a.service,b\\x2dc.mount addresses="));
}

TEST_F(Script, waitsForTheEndOfTheBootFirst) {
  const std::string out = run("[ \"$2\" = --wait ] && echo running || echo later\n", 2);
  EXPECT_THAT(out, HasSubstr("state=running"));
  EXPECT_THAT(out, HasSubstr("state=later"));
  EXPECT_LT(out.find("state=running"), out.find("state=later"));
}

TEST_F(Script, keepsItsLineShortHoweverManyUnitsFailed) {
  const std::string out =
      run("case $1 in is-system-running) echo degraded;; "
          "list-units) i=0; while [ $i -lt 500 ]; do echo \"unit-with-a-long-name-$i.service loaded failed\"; "
          "i=$((i+1)); done;; esac\n",
          1);
  EXPECT_LT(out.size(), 4096u);
  EXPECT_THAT(out, HasSubstr("unit-with-a-long-name-0.service,"));
}

}  // namespace
}  // namespace berth::node
