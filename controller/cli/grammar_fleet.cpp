// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <tuple>

#include "controller/cli/grammar.h"
#include "controller/cli/help.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace {

/// One name or more, without an option before them.
template <class NameType>
void addNameList(CLI::App& app, const std::string& word, std::vector<NameType>& target, const std::string& type,
                 const std::string& help) {
  constexpr int kMost = 1000;
  addNames(app, word, target, help)->expected(1, kMost)->allow_extra_args()->required()->type_name(type);
}

/// NODE/VOLUME, or NODE/VOLUME@SNAPSHOT.
std::optional<message::request::VolumeChoice> parseVolume(const std::string& text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::size_t at = text.find('@', slash);
  const auto node = NodeName::parse(text.substr(0, slash));
  const auto volume = VolumeName::parse(text.substr(slash + 1, at == std::string::npos ? at : at - slash - 1));
  std::optional<message::SnapshotName> snapshot = message::SnapshotName();
  if (at != std::string::npos) snapshot = message::SnapshotName::parse(text.substr(at + 1));
  if (!node || !volume || !snapshot) return std::nullopt;
  return message::request::VolumeChoice{*node, *volume, {}, *snapshot};
}

std::optional<message::request::VolumeChoice> parseWholeVolume(const std::string& text) {
  auto parsed = parseVolume(text);
  return parsed && parsed->snapshot.empty() ? parsed : std::nullopt;
}

std::optional<message::request::VolumeChoice> parseSnapshot(const std::string& text) {
  auto parsed = parseVolume(text);
  return parsed && !parsed->snapshot.empty() ? parsed : std::nullopt;
}

CLI::Option* addRolloutName(CLI::App& app, std::optional<RolloutId>& id, std::optional<ClusterName>& cluster,
                            const std::string& help) {
  const auto take = [&id, &cluster](const CLI::results_t& results) {
    const std::string& text = results.at(0);
    const bool isNumber = !text.empty() && text.size() < 19 &&
                          std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; });
    if (isNumber) {
      id = RolloutId(std::stoull(text));
      return true;
    }
    cluster = ClusterName::parse(text);
    if (!cluster) throw CLI::ValidationError("rollout", "\"" + text + "\" is no rollout or cluster");
    return true;
  };
  return app.add_option("rollout", take, help)->type_name("ID|CLUSTER");
}

void addAgreement(CLI::App& app, Agreement& agreement) {
  app.add_flag("-y,--yes", agreement.yes, "Do not ask before nodes are replaced");
  app.add_flag("--detach", agreement.detach, "Do not wait for the rollout to end");
  app.add_flag("--diff", agreement.diff, "Show every line that changes in files and units");
}

void addConfirmed(CLI::App& app, std::vector<std::string>& target) {
  app.add_option("--confirm", target, "Its name once more, instead of typing it")->take_all()->type_name("NODE/VOLUME");
}

}  // namespace

void Grammar::addLooking() {
  group_ = "Look at what is";
  addGet();
  addDescribe();

  auto logs = std::make_shared<command::Logs>();
  CLI::App& logsApp = add(app_, "logs", "Show a node's console", logs);
  addName<NodeName>(logsApp, "node", logs->node, "The node's name")->required();
  logsApp.add_flag("-f,--follow", logs->follow, "Go on as more is written");
  logsApp.add_option("--tail", logs->tail, "Only so many lines from the end")->type_name("LINES");
  logsApp.add_flag("--raw", logs->raw, "Leave the guest's escape sequences in");
}

void Grammar::addSteering() {
  group_ = "Steer what happens";
  addRollout();
  auto replace = std::make_shared<command::Replace>();
  CLI::App& app = add(app_, "replace", "Make nodes anew, one after the other", replace);
  addNameList(app, "nodes", replace->nodes, "NODE", "The nodes, all of one cluster");
  addAgreement(app, replace->agreement);
  app.footer(kReplaceFooter);
  addPower();
}

void Grammar::addPower() {
  auto restart = std::make_shared<command::Replace>();
  restart->how = command::Replace::How::asTheyAre;
  CLI::App& restartApp = add(app_, "restart", "Switch nodes off and on again, one after the other", restart);
  addNameList(restartApp, "nodes", restart->nodes, "NODE", "The nodes, all of one cluster");
  addAgreement(restartApp, restart->agreement);
  restartApp.footer(kRestartFooter);
  auto stop = std::make_shared<command::SetPower>();
  stop->power = message::Power::off;
  CLI::App& stopApp = add(app_, "stop", "Switch nodes off until they are started again", stop);
  addNameList(stopApp, "nodes", stop->nodes, "NODE", "The nodes");
  stopApp.add_flag("--force", stop->force, "Even where a pool loses its majority by it");
  stopApp.add_flag("-y,--yes", stop->yes, "Do not ask");
  stopApp.footer(kStopFooter);
  auto start = std::make_shared<command::SetPower>();
  addNameList(add(app_, "start", "Switch nodes on that were stopped", start), "nodes", start->nodes, "NODE",
              "The nodes");
}

void Grammar::addRollout() {
  using Verb = message::request::SteerRollout::Verb;
  CLI::App& rollout = addGroup(app_, "rollout", "Follow rollouts and steer them");
  rollout.require_subcommand(1);
  rollout.footer(kRolloutFooter);
  addRolloutStatus(rollout, "status", "Show how a rollout stands", "Follow it until it ends");
  auto history = std::make_shared<command::Get>();
  CLI::App& historyApp = addGroup(rollout, "history", "List the rollouts of a cluster, and their revisions");
  addName<ClusterName>(historyApp, "cluster", history->cluster, "The cluster")->required();
  addFormat(historyApp, history->format, "table|wide|json|yaml|name");
  historyApp.callback([this, history] {
    history->thing = Thing::rollouts;
    make_ = [history] { return Command(*history); };
  });
  for (const auto& [name, verb, help] :
       {std::tuple{"pause", Verb::pause, "Begin no further change; what is under way goes on"},
        std::tuple{"resume", Verb::resume, "Go on with a paused rollout"},
        std::tuple{"promote", Verb::promote, "The canaries are good: go on with the other nodes"},
        std::tuple{"override", Verb::override_, "Go on though the stack of a node is not well"},
        std::tuple{"abort", Verb::abort, "End a rollout where it is; what it has begun stays"}}) {
    auto steer = std::make_shared<command::SteerRollout>();
    steer->verb = verb;
    CLI::App& app = add(rollout, name, help, steer);
    addRolloutName(app, steer->id, steer->cluster, "Its number, or its cluster")->required();
  }
  auto undo = std::make_shared<command::Undo>();
  CLI::App& undoApp = add(rollout, "undo", "Go back to an earlier revision of a cluster", undo);
  addName<ClusterName>(undoApp, "cluster", undo->cluster, "The cluster")->required();
  undoApp
      .add_option_function<std::uint64_t>(
          "--to", [undo](const std::uint64_t& number) { undo->to = Revision(number); },
          "This one (the last that was rolled out to its end)")
      ->type_name("REVISION");
  addAgreement(undoApp, undo->agreement);
  undoApp.footer(kUndoFooter);
  auto retry = std::make_shared<command::Retry>();
  CLI::App& retryApp = add(rollout, "retry", "Roll out the revision in force once more", retry);
  addName<ClusterName>(retryApp, "cluster", retry->cluster, "The cluster")->required();
  addAgreement(retryApp, retry->agreement);
}

void Grammar::addDuties() {
  for (const auto& [name, duty, help] :
       {std::tuple{"cordon", message::Duty::cordoned, "Put no new nodes on hosts; those they have stay"},
        std::tuple{"uncordon", message::Duty::open, "Let new nodes go to hosts again"}}) {
    auto set = std::make_shared<command::SetDuty>();
    set->duty = duty;
    addNameList(add(app_, name, help, set), "hosts", set->hosts, "HOST", "The hosts");
  }
  auto drain = std::make_shared<command::Drain>();
  CLI::App& app = add(app_, "drain", "Empty a host: its nodes move to others", drain);
  addName<HostName>(app, "host", drain->host, "The host")->required();
  app.add_flag("--dry-run", drain->dryRun, "Only show what would move");
  addDuration(app, "--deadline", drain->deadline, "Give it up after so long (never)");
  const auto parse = [](const std::string& text) { return message::fromString<message::DrainVolumes>(text); };
  app.add_option("--volumes", setter(drain->volumes, parse, "skip, wait or move"),
                 "What becomes of nodes with volumes there (skip)")
      ->type_name("skip|wait|move");
  addAgreement(app, drain->agreement);
  app.footer(kDrainFooter);
}

void Grammar::addGet() {
  auto get = std::make_shared<command::Get>();
  CLI::App& app = addGroup(app_, "get", "List hosts, nodes, volumes, clusters and more");
  app.require_subcommand(1);
  app.footer(kGetFooter);
  for (const auto& [name, thing] :
       {std::pair{"hosts", Thing::hosts}, std::pair{"nodes", Thing::nodes}, std::pair{"volumes", Thing::volumes},
        std::pair{"clusters", Thing::clusters}, std::pair{"rollouts", Thing::rollouts},
        std::pair{"locks", Thing::locks}, std::pair{"events", Thing::events}}) {
    addGetThing(app, name, thing, "List " + std::string(name), get);
  }
}

void Grammar::addGetThing(CLI::App& parent, const std::string& name, Thing thing, const std::string& help,
                          const std::shared_ptr<command::Get>& get) {
  CLI::App& app = addGroup(parent, name, help);
  app.callback([this, get, thing] {
    get->thing = thing;
    make_ = [get] { return Command(*get); };
  });
  if (thing == Thing::events) {
    app.add_option("--limit", get->limit, "At most so many, the newest (100)")->type_name("N");
    addFormat(app, get->format, "table|wide|json|yaml");
  } else {
    app.add_option("names", get->names, "Only these")->type_name("NAME");
    addFormat(app, get->format, "table|wide|json|yaml|name");
  }
  if (thing != Thing::events && thing != Thing::hosts && thing != Thing::clusters) {
    addName<ClusterName>(app, "--cluster", get->cluster, "Only of this cluster");
  }
  app.add_flag("-w,--watch", get->watch, "Go on as things change");
}

void Grammar::addDescribe() {
  CLI::App& describe = addGroup(app_, "describe", "Show all about one host, node, cluster or rollout");
  describe.require_subcommand(1);
  auto host = std::make_shared<command::DescribeHost>();
  addName<HostName>(add(describe, "host", "Show all about a host", host), "name", host->host, "The host")->required();
  auto node = std::make_shared<command::DescribeNode>();
  addName<NodeName>(add(describe, "node", "Show all about a node", node), "name", node->node, "The node")->required();
  auto cluster = std::make_shared<command::DescribeCluster>();
  addName<ClusterName>(add(describe, "cluster", "Show all about a cluster", cluster), "name", cluster->cluster,
                       "The cluster")
      ->required();
  addRolloutStatus(describe, "rollout", "Show all about a rollout", "Follow it until it ends");
}

void Grammar::addRolloutStatus(CLI::App& parent, const std::string& name, const std::string& help,
                               const std::string& watch) {
  auto status = std::make_shared<command::RolloutStatus>();
  CLI::App& app = add(parent, name, help, status);
  addRolloutName(app, status->id, status->cluster, "Its number, or a cluster for its newest");
  app.add_flag("-w,--watch", status->watch, watch);
  addFormat(app, status->format, "table|json|yaml");
}

void Grammar::addLock() {
  CLI::App& lock = addGroup(app_, "lock", "See which nodes may reboot for an update of their OS");
  lock.require_subcommand(1);
  lock.footer(kLockFooter);
  addGetThing(lock, "list", Thing::locks, "List nodes that may reboot, or ask for it",
              std::make_shared<command::Get>());
  auto release = std::make_shared<command::LockRelease>();
  addNameList(add(lock, "release", "End the lock of a node that does not come back", release), "nodes", release->nodes,
              "NODE", "The nodes");
}

void Grammar::addVolume() {
  CLI::App& volume = addGroup(app_, "volume", "List, copy, restore and delete volumes");
  volume.require_subcommand(1);
  volume.footer(kVolumeFooter);
  addGetThing(volume, "list", Thing::volumes, "List volumes", std::make_shared<command::Get>());
  addGetThing(volume, "snapshots", Thing::snapshots, "List snapshots of volumes", std::make_shared<command::Get>());
  addVolumeCopies(volume);
  auto remove = std::make_shared<command::VolumeDelete>();
  CLI::App& app = add(volume, "delete", "Delete volumes or snapshots, with their data", remove);
  constexpr int kMost = 1000;
  addMany(app, "volumes", remove->volumes, parseVolume, "volume: NODE/VOLUME, or NODE/VOLUME@SNAPSHOT", "The volumes")
      ->expected(1, kMost)
      ->allow_extra_args()
      ->required()
      ->type_name("NODE/VOLUME");
  addName<HostName>(app, "--host", remove->host, "Where it is, when it is on two hosts");
  addConfirmed(app, remove->confirmed);
  app.add_flag("--detach", remove->detach, "Do not wait until they are gone");
  app.footer(kVolumeDeleteFooter);
}

void Grammar::addVolumeCopies(CLI::App& volume) {
  auto take = std::make_shared<command::VolumeSnapshot>();
  CLI::App& takeApp = add(volume, "snapshot", "Copy a volume as it is now, beside it on its host", take);
  takeApp.add_option("volume", setter(take->volume, parseWholeVolume, "volume: NODE/VOLUME"), "The volume")
      ->required()
      ->type_name("NODE/VOLUME");
  addName<message::SnapshotName>(takeApp, "--name", take->name, "What it is called (at-20261126-090507: the time)");
  addName<HostName>(takeApp, "--host", take->host, "Where it is, when it is on two hosts");
  takeApp.add_flag("--detach", take->detach, "Do not wait until it is made");
  takeApp.footer(kVolumeSnapshotFooter);

  auto restore = std::make_shared<command::VolumeRestore>();
  CLI::App& app = add(volume, "restore", "Make a volume what a snapshot of it holds", restore);
  app.add_option("snapshot", setter(restore->snapshot, parseSnapshot, "snapshot: NODE/VOLUME@SNAPSHOT"), "The snapshot")
      ->required()
      ->type_name("NODE/VOLUME@SNAPSHOT");
  addName<HostName>(app, "--host", restore->host, "Where it is, when it is on two hosts");
  addConfirmed(app, restore->confirmed);
  app.add_flag("--detach", restore->detach, "Do not wait until it is done");
  app.footer(kVolumeRestoreFooter);
}

void Grammar::addFleet() {
  group_ = "Manage the fleet";
  addDuties();
  addVolume();
  addSecret();
  addStack();
  addLock();
  CLI::App& host = addGroup(app_, "host", "Admit, list and remove hosts");
  host.require_subcommand(1);
  auto token = std::make_shared<command::HostToken>();
  CLI::App& tokenApp = add(host, "token", "Print a token that lets one host join", token);
  addName<HostName>(tokenApp, "name", token->host, "The name the host will have")->required();
  addDuration(tokenApp, "--ttl", token->ttl, "How long it is good for (15m)");
  tokenApp.footer(kTokenFooter);
  addGetThing(host, "list", Thing::hosts, "List hosts", std::make_shared<command::Get>());
  auto remove = std::make_shared<command::HostRemove>();
  CLI::App& removeApp = add(host, "remove", "Remove a host; its key is not admitted any more", remove);
  addName<HostName>(removeApp, "name", remove->host, "The host")->required();
  removeApp.add_flag("-y,--yes", remove->yes, "Do not ask");
  removeApp.footer(kHostRemoveFooter);

  CLI::App& user = addGroup(app_, "user", "Admit, list and remove people and programs");
  user.require_subcommand(1);
  auto add = std::make_shared<command::UserAdd>();
  addUserAdd(user, add);
  auto list = std::make_shared<command::UserList>();
  addFormat(this->add(user, "list", "List who is admitted", list), list->format, "table|json|yaml|name");
  auto removeUser = std::make_shared<command::UserRemove>();
  CLI::App& removeUserApp = this->add(user, "remove", "Admit a user no longer", removeUser);
  addName<OperatorName>(removeUserApp, "name", removeUser->name, "The user")->required();
  removeUserApp.add_flag("-y,--yes", removeUser->yes, "Accepted for scripts; nothing is asked");
}

void Grammar::addUserAdd(CLI::App& user, const std::shared_ptr<command::UserAdd>& value) {
  CLI::App& app = add(user, "add", "Admit a user, and write a context file for them", value);
  addName<OperatorName>(app, "name", value->name, "The user's name")->required();
  const auto parse = [](const std::string& text) { return message::fromString<message::Role>(text); };
  app.add_option("--role", setter(value->role, parse, "role: viewer, operator or admin"), "viewer, operator or admin")
      ->required()
      ->type_name("ROLE");
  app.add_option("--out", value->out, "The context file to write (0600)")->required()->type_name("FILE");
  app.footer(kUserAddFooter);
}

}  // namespace berth::cli
