// SPDX-License-Identifier: Apache-2.0
//
// I3: what a commit has acknowledged survives a crash at any instruction, and a crash in the middle of one leaves the
// state before it or after it. A child process commits without pause and says each number over a pipe once it is
// acknowledged; it is killed at a random moment, and what it left is read.
#include <csignal>
#include <filesystem>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "controller/store/sqlite_store.h"
#include "tests/unit/controller/store/records_for_tests.h"

namespace berth::store {
namespace {

using namespace berth::store::test;

/// Number n is in three tables at once: any mixture of two numbers would be seen.
Transaction numbered(std::uint64_t n) {
  HostRecord host = test::host("vh1", 1);
  host.generation = Generation(n);
  NodeRecord node = test::node("prod-server-2", "one", n);
  return {host, node, EventRecord{Sequence(n), 0, "host vh1", std::to_string(n)}};
}

[[noreturn]] void commitForEver(const std::filesystem::path& directory, int out) {
  auto opened = SqliteStore::open(directory);
  auto* store = std::get_if<std::unique_ptr<SqliteStore>>(&opened);
  if (store == nullptr) _exit(1);
  for (std::uint64_t n = std::get<Snapshot>((*store)->load()).lastEvent.value() + 1;; ++n) {
    if ((*store)->commit(numbered(n))) _exit(2);
    if (::write(out, &n, sizeof n) != sizeof n) _exit(3);
  }
}

/// The last number that the child acknowledged before it died.
std::uint64_t killAfter(const std::filesystem::path& directory, std::chrono::microseconds delay) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    commitForEver(directory, ends[1]);
  }
  ::close(ends[1]);
  std::uint64_t acknowledged = 0;
  std::uint64_t number = 0;
  // The first acknowledgement says that it is at work; the random delay decides where in a later commit it dies.
  bool killed = false;
  while (::read(ends[0], &number, sizeof number) == sizeof number) {
    acknowledged = number;
    if (std::exchange(killed, true)) continue;
    std::this_thread::sleep_for(delay);
    ::kill(child, SIGKILL);
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
  return acknowledged;
}

TEST(AKilledWriter, LeavesTheStateBeforeOrAfterItsLastCommit) {
  std::string pattern = testing::TempDir() + "berth-crash-XXXXXX";
  const std::filesystem::path directory = ::mkdtemp(pattern.data());
  ASSERT_FALSE(SqliteStore::create(directory, kFleet).has_value());
  {
    auto store = SqliteStore::open(directory);
    Transaction first = foundation();
    first.pop_back();  // the node comes with the numbers
    ASSERT_FALSE(std::get<std::unique_ptr<SqliteStore>>(store)->commit(first).has_value());
  }
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (int round = 0; round < 60; ++round) {
    const auto delay = std::chrono::microseconds(std::uniform_int_distribution<int>(0, 8000)(random));
    const std::uint64_t acknowledged = killAfter(directory, delay);
    auto opened = SqliteStore::open(directory);
    auto* store = std::get_if<std::unique_ptr<SqliteStore>>(&opened);
    ASSERT_NE(store, nullptr) << std::get<Failure>(opened).message;
    const auto snapshot = std::get<Snapshot>((*store)->load());
    const std::uint64_t found = snapshot.lastEvent.value();
    ASSERT_TRUE(found == acknowledged || found == acknowledged + 1) << found << " after " << acknowledged;
    ASSERT_EQ(snapshot.hosts.at(0).generation, Generation(found)) << "a mixture of two commits";
    ASSERT_EQ(snapshot.nodes.at(0).incarnation, Incarnation(found)) << "a mixture of two commits";
    ASSERT_EQ(snapshot.incarnations.at(snapshot.nodes.at(0).name), Incarnation(found));
  }
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace berth::store
