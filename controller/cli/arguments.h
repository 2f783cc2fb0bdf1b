// SPDX-License-Identifier: Apache-2.0
//
// The command line as a value. What has the type Command is complete and checked: names are names, durations are
// durations, so that no command looks at a raw argument again.
//
//   auto parsed = parseArguments({"get", "nodes", "-o", "json"});
//   if (auto* said = std::get_if<Said>(&parsed)) …        // help was asked for, or the arguments are wrong
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "controller/cli/world.h"
#include "planner/node/site.h"
#include "protocol/message/operator.h"
#include "words/counter.h"
#include "words/name.h"

namespace berth::cli {

/// What holds for every command.
struct Globals {
  /// Empty: BERTH_CONTEXT, or the file's current one.
  std::string context;
  /// Empty: BERTH_CONFIG, or the default place.
  std::string config;
  /// How long to wait for one answer of the controller.
  std::chrono::milliseconds timeout{std::chrono::seconds(10)};
  /// Only what was asked for and errors: no plan before an apply, no progress, no advice.
  bool quiet = false;
};

enum class Format : std::uint8_t { table, wide, json, yaml, name };
enum class Thing : std::uint8_t { hosts, nodes, volumes, snapshots, clusters, rollouts, locks, events };

/// -v NAME=VALUE or --var-file FILE.
struct VariableOption {
  enum class Kind : std::uint8_t { value, file };
  Kind kind = Kind::value;
  std::string text;
};

/// A spec as it is named on the command line.
struct SpecOptions {
  std::string file;
  /// In the order in which they were given; later ones win.
  std::vector<VariableOption> variables;
};

/// How a command that rolls something out is to be taken.
struct Agreement {
  /// Nothing is asked.
  bool yes = false;
  /// Nobody waits for the end of the rollout.
  bool detach = false;
  /// All lines of the diffs.
  bool diff = false;
};

namespace command {

struct Validate {
  SpecOptions spec;
  /// Warnings are errors.
  bool strict = false;
};
struct Init {
  std::string directory = ".";
  /// A file with a public key; may be empty.
  std::string sshKey;
};
/// A Harbor configuration as a spec.
struct Import {
  std::string file;
  std::string directory = ".";
  ClusterName cluster;
};
struct Explain {
  /// "pools.server.update"; empty for the whole spec.
  std::string field;
  bool recursive = false;
};
struct Schema {};
struct Fmt {
  /// Specs, or - for standard input.
  std::vector<std::string> files;
  bool check = false;
  bool diff = false;
};
struct Render {
  SpecOptions spec;
  std::optional<NodeName> node;
  /// "json", or a directory.
  std::string output = "json";
  /// Where the machines run; null: on hosts of Berth's.
  const node::Platform* platform = nullptr;
  /// Devices of volumes there, as "NAME=DEVICE" has them.
  std::map<VolumeName, std::string> disks{};
  /// Below this address the configs can be fetched, and the platform is given pointers to them; empty: it gets the
  /// configs themselves.
  std::string pointer{};
};
/// Names of files, or "-" for standard input.
struct Diff {
  std::string before;
  std::string after;
  /// Empty: each file's own directory.
  std::string filesDirectory;
  bool showSecrets = false;
  Format format = Format::table;
};
struct Plan {
  SpecOptions spec;
  bool detailedExitcode = false;
  bool updateImage = false;
  Format format = Format::table;
  /// Names of pools and nodes that alone may change, and nodes to make anew.
  message::PlanOptions options{};
  /// All lines of the diffs.
  bool diff = false;
  /// What removing the cluster would do.
  bool destroy = false;
  /// What is there against what should be, instead of a plan.
  bool refreshOnly = false;
  /// Where the plan is saved; empty: nowhere.
  std::string out{};
  /// Not the plan, but why it has this node where it has it.
  std::optional<NodeName> explain{};
};
struct Apply {
  /// One of these two.
  SpecOptions spec;
  std::string savedPlan{};
  bool yes = false;
  bool detach = false;
  bool updateImage = false;
  message::PlanOptions options{};
  bool diff = false;
};
struct Destroy {
  ClusterName cluster;
  bool yes = false;
  bool detach = false;
};
struct Simulate {
  message::request::Simulate question;
  Format format = Format::table;
};
struct Rebalance {
  /// Show the moves: nothing else can be done yet.
  bool plan = false;
  std::optional<ClusterName> cluster;
  std::uint32_t most = 20;
  Format format = Format::table;
};
struct Get {
  Thing thing = Thing::nodes;
  /// Only these; all when there are none.
  std::vector<std::string> names;
  Format format = Format::table;
  bool watch = false;
  /// Only of this cluster (nodes, rollouts).
  std::optional<ClusterName> cluster;
  /// At most so many events.
  std::uint32_t limit = 100;
};
struct DescribeHost {
  HostName host;
};
struct DescribeNode {
  NodeName node;
};
struct DescribeCluster {
  ClusterName cluster;
};
/// The rollout of that id, or the newest of that cluster, or the newest of all.
struct RolloutStatus {
  std::optional<RolloutId> id;
  std::optional<ClusterName> cluster;
  bool watch = false;
  Format format = Format::table;
};
/// The rollout of that id, or the one of that cluster.
struct SteerRollout {
  message::request::SteerRollout::Verb verb = message::request::SteerRollout::Verb::pause;
  std::optional<RolloutId> id{};
  std::optional<ClusterName> cluster{};
};
struct Undo {
  ClusterName cluster;
  /// None: the last good one.
  std::optional<Revision> to{};
  Agreement agreement{};
};
struct Retry {
  ClusterName cluster;
  Agreement agreement{};
};
/// Makes nodes anew, or switches them off and on again as they are.
struct Replace {
  enum class How : std::uint8_t { anew, asTheyAre } how = How::anew;
  std::vector<NodeName> nodes;
  Agreement agreement{};
};
struct SetPower {
  std::vector<NodeName> nodes;
  message::Power power = message::Power::on;
  bool force = false;
  bool yes = false;
};
struct SetDuty {
  std::vector<HostName> hosts;
  message::Duty duty = message::Duty::open;
};
struct Drain {
  HostName host;
  /// After so long it is given up; 0: never.
  std::chrono::seconds deadline{0};
  message::DrainVolumes volumes = message::DrainVolumes::skip;
  bool dryRun = false;
  Agreement agreement{};
};
/// Volumes by the names that `berth get volumes -o name` has for them, NODE/VOLUME, and snapshots:
/// NODE/VOLUME@SNAPSHOT.
struct VolumeDelete {
  std::vector<message::request::VolumeChoice> volumes;
  /// All are on this host.
  std::optional<HostName> host{};
  /// Their names once more, for scripts.
  std::vector<std::string> confirmed{};
  /// Nobody waits until they are gone.
  bool detach = false;
};
struct VolumeSnapshot {
  message::request::VolumeChoice volume;
  /// Empty: one that says when.
  message::SnapshotName name{};
  std::optional<HostName> host{};
  bool detach = false;
};
struct VolumeRestore {
  message::request::VolumeChoice snapshot;
  std::optional<HostName> host{};
  std::vector<std::string> confirmed{};
  bool detach = false;
};
struct SecretList {
  ClusterName cluster;
  Format format = Format::table;
};
struct SecretGet {
  ClusterName cluster;
  message::SecretName name;
  /// 0: the newest.
  std::uint32_t version = 0;
};
struct SecretSet {
  ClusterName cluster;
  message::SecretName name;
  /// Where the value is; empty: on standard input.
  std::string file;
};
struct SecretRotate {
  ClusterName cluster;
  message::SecretName name;
};
struct SecretDelete {
  ClusterName cluster;
  message::SecretName name;
  bool yes = false;
};
struct StackStatus {
  ClusterName cluster;
  Format format = Format::table;
};
/// What the clients of a cluster's Consul, Nomad, and Vault or OpenBao need to know, for a shell.
struct StackEnv {
  enum class Form : std::uint8_t { shell, json };

  ClusterName cluster;
  /// With the tokens that manage them.
  bool tokens = false;
  /// Where the authority's certificate goes; empty: below the user's state directory.
  std::string ca{};
  Form form = Form::shell;
};
/// Ends the locks of nodes that do not come back from the update of their system.
struct LockRelease {
  std::vector<NodeName> nodes;
};
struct Logs {
  NodeName node;
  bool follow = false;
  /// Lines from the end; all when there is none.
  std::optional<std::uint64_t> tail;
  /// As the guest wrote it, escape sequences and all.
  bool raw = false;
};
struct HostToken {
  HostName host;
  std::chrono::seconds ttl{std::chrono::minutes(15)};
};
struct HostRemove {
  HostName host;
  bool yes = false;
};
struct UserAdd {
  OperatorName name;
  message::Role role = message::Role::viewer;
  /// Where the new user's context file goes.
  std::string out;
};
struct UserList {
  Format format = Format::table;
};
struct UserRemove {
  OperatorName name;
  bool yes = false;
};
struct ContextList {};
struct ContextShow {};
struct ContextUse {
  std::string name;
};
struct Version {
  /// Ask no controller.
  bool client = false;
  Format format = Format::table;
};
struct Completion {
  std::string shell;
};

}  // namespace command

using Command =
    std::variant<command::Init, command::Import, command::Explain, command::Schema, command::Fmt, command::Validate,
                 command::Render, command::Diff, command::Plan, command::Apply, command::Destroy, command::Simulate,
                 command::Rebalance, command::Get, command::DescribeHost, command::DescribeNode,
                 command::DescribeCluster, command::RolloutStatus, command::SteerRollout, command::Undo, command::Retry,
                 command::Replace, command::SetPower, command::SetDuty, command::Drain, command::VolumeDelete,
                 command::VolumeSnapshot, command::VolumeRestore, command::LockRelease, command::Logs,
                 command::HostToken, command::HostRemove, command::UserAdd, command::UserList, command::UserRemove,
                 command::ContextList, command::ContextShow, command::ContextUse, command::Version, command::Completion,
                 command::SecretList, command::SecretGet, command::SecretSet, command::SecretRotate,
                 command::SecretDelete, command::StackEnv, command::StackStatus>;

struct Invocation {
  Globals globals;
  Command command;
};

/// There is nothing to run: this is to be said instead.
struct Said {
  std::string out;
  std::string err;
  ExitCode exitCode = ExitCode::ok;
};

/// `arguments` without the program's name.
[[nodiscard]] std::variant<Invocation, Said> parseArguments(const std::vector<std::string>& arguments);

/// A command or option as completion scripts and tests need it.
struct CommandNode {
  std::string name;
  std::string description;
  /// "--watch", "-w", …
  std::vector<std::string> options;
  std::vector<CommandNode> commands;
};
/// All of them, the program itself at the root.
[[nodiscard]] CommandNode commandTree();

}  // namespace berth::cli
