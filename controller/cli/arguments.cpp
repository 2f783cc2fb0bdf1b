// SPDX-License-Identifier: Apache-2.0
//
// CLI11 knows the grammar, this file the words. Each command fills its struct through references that live in Grammar;
// what CLI11 cannot check (names, durations) are validators here, so that a wrong one is an error of the command line.
#include "controller/cli/arguments.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <sstream>

#include <CLI/CLI.hpp>

#include "controller/cli/help.h"
#include "controller/cli/show/humanise.h"
#include "planner/source/diagnostic.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace {

/// Sets `target` from text through `parse`, which returns an optional; `kind` says what was wanted.
template <class T, class Parse>
CLI::callback_t setter(T& target, Parse parse, const std::string& kind) {
  return [&target, parse, kind](const CLI::results_t& results) {
    auto value = parse(results.at(0));
    if (!value) throw CLI::ValidationError(kind, "\"" + results.at(0) + "\" is no " + kind);
    target = *value;
    return true;
  };
}

constexpr std::string_view kNameRule = "name (a-z, 0-9 and -, beginning with a letter, at most 63)";

template <class NameType, class Target>
CLI::Option* addName(CLI::App& app, const std::string& flag, Target& target, const std::string& help) {
  const auto parse = [](const std::string& text) { return NameType::parse(text); };
  return app.add_option(flag, setter(target, parse, std::string(kNameRule)), help)->type_name("NAME");
}

template <class Duration>
CLI::Option* addDuration(CLI::App& app, const std::string& flag, Duration& target, const std::string& help) {
  const auto parse = [](const std::string& text) { return show::parseDuration(text); };
  return app.add_option(flag, setter(target, parse, "duration, such as 90s or 5m"), help)->type_name("TIME");
}

const std::map<std::string, Format>& formats() {
  static const std::map<std::string, Format> all = {{"table", Format::table},
                                                    {"wide", Format::wide},
                                                    {"json", Format::json},
                                                    {"yaml", Format::yaml},
                                                    {"name", Format::name}};
  return all;
}

void addFormat(CLI::App& app, Format& target, const std::string& allowed) {
  const auto parse = [allowed](const std::string& text) -> std::optional<Format> {
    const auto found = formats().find(text);
    if (found == formats().end() || ("|" + allowed + "|").find("|" + text + "|") == std::string::npos) return {};
    return found->second;
  };
  app.add_option("-o,--output", setter(target, parse, "output format: " + allowed), "Output: " + allowed)
      ->type_name("FORMAT");
}

/// An option that may be given several times.
template <class T, class Parse>
CLI::Option* addMany(CLI::App& app, const std::string& flag, std::vector<T>& target, Parse parse,
                     const std::string& kind, const std::string& help) {
  const CLI::callback_t take = [&target, parse, kind](const CLI::results_t& results) {
    for (const std::string& text : results) {
      auto value = parse(text);
      if (!value) throw CLI::ValidationError(kind, "\"" + text + "\" is no " + kind);
      target.push_back(*std::move(value));
    }
    return true;
  };
  return app.add_option(flag, take, help)->take_all();
}

std::optional<HostName> parseHost(const std::string& text) { return HostName::parse(text); }

std::optional<std::uint32_t> parseCount(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// "prod/client"
std::optional<message::PoolOf> parsePool(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto cluster = ClusterName::parse(text.substr(0, slash));
  const auto pool = PoolName::parse(text.substr(slash + 1));
  if (!cluster || !pool) return std::nullopt;
  return message::PoolOf{*cluster, *pool};
}

/// "prod/client=20"
std::optional<message::GrowthRow> parseGrowth(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const auto pool = parsePool(std::string_view(text).substr(0, equals));
  const auto count = parseCount(std::string_view(text).substr(equals + 1));
  if (!pool || !count) return std::nullopt;
  return message::GrowthRow{*pool, *count};
}

/// "prod/client", or "vcpus=2,memory=4GiB,disk=20GiB" in any order, each once; without disk none is needed.
std::optional<message::ShapeRow> parseShape(const std::string& text) {
  if (const auto pool = parsePool(text)) return message::ShapeRow{pool, {}};
  message::ShapeRow shape;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const std::size_t equals = part.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const std::string key = part.substr(0, equals);
    const std::string value = part.substr(equals + 1);
    const auto vcpus = parseCount(value);
    const auto bytes = Bytes::parse(value);
    if (key == "vcpus" && shape.needs.vcpus == 0 && vcpus) {
      shape.needs.vcpus = *vcpus;
    } else if (key == "memory" && shape.needs.memory == Bytes() && bytes) {
      shape.needs.memory = *bytes;
    } else if (key == "disk" && shape.needs.disk == Bytes() && bytes) {
      shape.needs.disk = *bytes;
    } else {
      return std::nullopt;
    }
  }
  if (shape.needs.vcpus == 0 || shape.needs.memory == Bytes()) return std::nullopt;
  return shape;
}

/// The spec, and values for its variables. Those are kept in their order, across both options. Returns the option of
/// the spec.
CLI::Option* addSpec(CLI::App& app, SpecOptions& target) {
  CLI::Option* file = app.add_option("-f,--file", target.file, "The cluster spec")->required()->type_name("FILE");
  const auto keep = [&target](VariableOption::Kind kind) {
    return [&target, kind](const std::string& text) { target.variables.push_back({kind, text}); };
  };
  app.add_option_function<std::string>("-v,--var", keep(VariableOption::Kind::value), "A value for a variable")
      ->type_name("NAME=VALUE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->trigger_on_parse()
      ->check([](const std::string& text) {
        const auto equals = text.find('=');
        return equals == std::string::npos || equals == 0 ? "should be NAME=VALUE" : std::string();
      });
  app.add_option_function<std::string>("--var-file", keep(VariableOption::Kind::file), "Values for variables")
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->trigger_on_parse();
  return file;
}

/// The CLI11 tree and what it fills. One per parse.
class Grammar {
public:
  Grammar() : app_("Places Fedora CoreOS nodes on a fleet of KVM hosts and keeps them there.", "berth") {
    app_.formatter(std::make_shared<HelpFormatter>());
    app_.require_subcommand(1);
    app_.set_help_flag("-h,--help", "Show this help");
    addGlobals();
    addWriting();
    addDeclaring();
    addForesight();
    addLooking();
    addFleet();
    addOwn();
    app_.footer(kMainFooter);
  }

  [[nodiscard]] CLI::App& app() { return app_; }
  [[nodiscard]] const Globals& globals() const { return globals_; }
  [[nodiscard]] Command command() const { return make_(); }

private:
  /// A subcommand that makes a Command of type T out of `value`, which is filled while parsing.
  template <class T>
  CLI::App& add(CLI::App& parent, const std::string& name, const std::string& help, const std::shared_ptr<T>& value) {
    CLI::App& sub = addGroup(parent, name, help);
    sub.callback([this, value] { make_ = [value] { return Command(*value); }; });
    return sub;
  }

  CLI::App& addGroup(CLI::App& parent, const std::string& name, const std::string& help) {
    CLI::App& sub = *parent.add_subcommand(name, help);
    sub.fallthrough();
    sub.group(&parent == &app_ ? group_ : "Commands");
    return sub;
  }

  void addGlobals() {
    app_.add_option("--context", globals_.context, "Use this context of the file")->type_name("NAME");
    app_.add_option("--config", globals_.config, "The file of contexts")->type_name("FILE");
    addDuration(app_, "--timeout", globals_.timeout, "How long to wait for an answer (10s)");
    app_.add_flag("-q,--quiet", globals_.quiet, "Only what was asked for, and errors");
  }

  /// What helps to write a spec.
  void addWriting() {
    group_ = "Write a spec";
    auto init = std::make_shared<command::Init>();
    CLI::App& initApp = add(app_, "init", "Write a first spec, with comments", init);
    initApp.add_option("dir", init->directory, "Where to write it (this directory)")->type_name("DIR");
    initApp.add_option("--ssh-key", init->sshKey, "A public key that may log in")->type_name("FILE");

    auto explain = std::make_shared<command::Explain>();
    CLI::App& explainApp = add(app_, "explain", "Say what a field of the spec means", explain);
    explainApp.add_option("field", explain->field, "The way to it, such as pools.server.volumes")->type_name("FIELD");
    explainApp.add_flag("--recursive", explain->recursive, "All fields below it, too");
    explainApp.footer(kExplainFooter);

    add(app_, "schema", "Print the spec's JSON Schema, for editors", std::make_shared<command::Schema>())
        .footer(kSchemaFooter);

    auto fmt = std::make_shared<command::Fmt>();
    CLI::App& fmtApp = add(app_, "fmt", "Bring specs into their usual form", fmt);
    fmtApp.add_option("files", fmt->files, "Specs (cluster.yaml); - for standard input")->type_name("FILE");
    fmtApp.add_flag("--check", fmt->check, "Write nothing; exit with 3 where a file would change");
    fmtApp.add_flag("--diff", fmt->diff, "Show what changes; write nothing");
    fmtApp.footer(kFmtFooter);
  }

  void addDeclaring() {
    group_ = "Say what should be";
    auto validate = std::make_shared<command::Validate>();
    CLI::App& validateApp = add(app_, "validate", "Check a spec and all its files, offline", validate);
    addSpec(validateApp, validate->spec);
    validateApp.add_flag("--strict", validate->strict, "Warnings are errors");

    auto render = std::make_shared<command::Render>();
    CLI::App& renderApp = add(app_, "render", "Show the nodes' Ignition configs, offline", render);
    addSpec(renderApp, render->spec);
    addName<NodeName>(renderApp, "node", render->node, "Only this node's");
    renderApp.add_option("-o,--output", render->output, "json, or a directory to write to")->type_name("json|DIR");
    renderApp.footer(kRenderFooter);

    addDiff();

    auto plan = std::make_shared<command::Plan>();
    CLI::App& planApp = add(app_, "plan", "Show what an apply would change, and why", plan);
    addSpec(planApp, plan->spec);
    planApp.add_flag("--detailed-exitcode", plan->detailedExitcode, "Exit with 2 when there are changes");
    planApp.add_flag("--update-image", plan->updateImage, "Resolve the image anew, even if it is pinned");
    addFormat(planApp, plan->format, "table|json|yaml");
    planApp.add_flag("--diff", plan->diff, "Show every line that changes in files and units");
    addPlanOptions(planApp, plan->options);
    planApp.add_option("--out", plan->out, "Save the plan, for: berth apply FILE")->type_name("FILE");
    auto* destroys = planApp.add_flag("--destroy", plan->destroy, "Show what removing the cluster would do");
    planApp.add_flag("--refresh-only", plan->refreshOnly, "Show what is not as it should be, and plan nothing")
        ->excludes(destroys);
    for (const char* other : {"--out", "--target", "--replace"}) {
      planApp.get_option(other)->excludes(destroys);
      planApp.get_option(other)->excludes(planApp.get_option("--refresh-only"));
    }
    addName<NodeName>(planApp, "--explain", plan->explain, "Why this node is where it is, and not elsewhere");
    planApp.footer(kPlanFooter);

    auto apply = std::make_shared<command::Apply>();
    CLI::App& applyApp = add(app_, "apply", "Roll out a spec, one node after the other", apply);
    CLI::Option* saved =
        applyApp.add_option("plan", apply->savedPlan, "A plan that was saved by plan --out")->type_name("PLAN");
    addSpec(applyApp, apply->spec)->required(false)->excludes(saved);
    applyApp.add_flag("-y,--yes", apply->yes, "Do not ask before nodes are replaced or destroyed");
    applyApp.add_flag("--detach", apply->detach, "Do not wait for the rollout to end");
    applyApp.add_flag("--update-image", apply->updateImage, "Resolve the image anew, even if it is pinned");
    applyApp.add_flag("--diff", apply->diff, "Show every line that changes in files and units");
    addPlanOptions(applyApp, apply->options);
    for (const char* other : {"--update-image", "--target", "--replace", "--var", "--var-file"}) {
      applyApp.get_option(other)->excludes(saved);
    }
    applyApp.callback([this, apply] {
      if (apply->spec.file.empty() && apply->savedPlan.empty()) {
        throw CLI::ValidationError("apply", "name a spec with -f FILE, or a saved plan");
      }
      make_ = [apply] { return Command(*apply); };
    });
    applyApp.footer(kApplyFooter);

    auto destroy = std::make_shared<command::Destroy>();
    CLI::App& destroyApp = add(app_, "destroy", "Remove a cluster with all its nodes", destroy);
    addName<ClusterName>(destroyApp, "cluster", destroy->cluster, "The cluster's name")->required();
    destroyApp.add_flag("-y,--yes", destroy->yes, "Do not ask");
    destroyApp.add_flag("--detach", destroy->detach, "Do not wait for the end");
  }

  void addDiff() {
    auto diff = std::make_shared<command::Diff>();
    CLI::App& app = add(app_, "diff", "Compare two Butane or Ignition files, decoded", diff);
    app.add_option("before", diff->before, "The one file; - is standard input")->required()->type_name("BEFORE");
    app.add_option("after", diff->after, "The other")->required()->type_name("AFTER");
    app.add_option("-d,--files-dir", diff->filesDirectory, "Where local names lie (each file's own directory)")
        ->type_name("DIR");
    app.add_flag("--show-secrets", diff->showSecrets, "Show files that not everybody may read");
    addFormat(app, diff->format, "table|json|yaml");
    app.footer(kDiffFooter);
  }

  static void addPlanOptions(CLI::App& app, message::PlanOptions& options) {
    app.add_option("--target", options.targets, "Change this pool or node alone (may be repeated)")
        ->type_name("NAME")
        ->allow_extra_args(false);
    app.add_option(
           "--replace",
           [&options](const CLI::results_t& results) {
             for (const std::string& text : results) {
               const auto node = NodeName::parse(text);
               if (!node) throw CLI::ValidationError("--replace", "\"" + text + "\" is no " + std::string(kNameRule));
               options.replace.push_back(*node);
             }
             return true;
           },
           "Make this node anew all the same (may be repeated)")
        ->type_name("NODE")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->allow_extra_args(false);
  }

  void addForesight() {
    group_ = "Ask what would be";
    auto simulate = std::make_shared<command::Simulate>();
    CLI::App& simulateApp = add(app_, "simulate", "Show what would be if hosts were lost or pools grew", simulate);
    message::request::Simulate& question = simulate->question;
    addMany(simulateApp, "--lose", question.lose, parseHost, std::string(kNameRule), "As if this host were lost")
        ->type_name("HOST");
    addMany(simulateApp, "--grow", question.grow, parseGrowth, "growth, such as prod/client=20",
            "As if this pool had so many nodes")
        ->type_name("CLUSTER/POOL=N");
    addMany(simulateApp, "--fit", question.fit, parseShape,
            "shape, such as prod/client or vcpus=2,memory=4GiB,disk=20GiB", "How many more nodes like these fit")
        ->type_name("SHAPE");
    addFormat(simulateApp, simulate->format, "table|json|yaml");
    simulateApp.footer(kSimulateFooter);

    auto rebalance = std::make_shared<command::Rebalance>();
    CLI::App& rebalanceApp = add(app_, "rebalance", "Show a better layout, and the moves it takes", rebalance);
    rebalanceApp.add_flag("--plan", rebalance->plan, "Only show the moves");
    addName<ClusterName>(rebalanceApp, "--cluster", rebalance->cluster, "Only nodes of this cluster");
    rebalanceApp.add_option("--most", rebalance->most, "At most so many moves (20)")
        ->type_name("N")
        ->check(CLI::Range(1, 1000));
    addFormat(rebalanceApp, rebalance->format, "table|json|yaml");
    rebalanceApp.footer(kRebalanceFooter);
  }

  void addLooking() {
    group_ = "Look at what is";
    addGet();
    addDescribe();

    auto logs = std::make_shared<command::Logs>();
    CLI::App& logsApp = add(app_, "logs", "Show a node's console", logs);
    addName<NodeName>(logsApp, "node", logs->node, "The node's name")->required();
    logsApp.add_flag("-f,--follow", logs->follow, "Go on as more is written");
    logsApp.add_option("--tail", logs->tail, "Only so many lines from the end")->type_name("LINES");
    logsApp.add_flag("--raw", logs->raw, "Leave the guest's escape sequences in");

    CLI::App& rollout = addGroup(app_, "rollout", "Follow rollouts");
    rollout.require_subcommand(1);
    addRolloutStatus(rollout, "status", "Show how a rollout stands", "Follow it until it ends");
  }

  void addGet() {
    auto get = std::make_shared<command::Get>();
    CLI::App& app = addGroup(app_, "get", "List hosts, nodes, volumes, clusters and more");
    app.require_subcommand(1);
    app.footer(kGetFooter);
    for (const auto& [name, thing] : {std::pair{"hosts", Thing::hosts}, std::pair{"nodes", Thing::nodes},
                                      std::pair{"volumes", Thing::volumes}, std::pair{"clusters", Thing::clusters},
                                      std::pair{"rollouts", Thing::rollouts}, std::pair{"events", Thing::events}}) {
      addGetThing(app, name, thing, "List " + std::string(name), get);
    }
  }

  void addGetThing(CLI::App& parent, const std::string& name, Thing thing, const std::string& help,
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
    if (thing == Thing::nodes || thing == Thing::volumes || thing == Thing::rollouts) {
      addName<ClusterName>(app, "--cluster", get->cluster, "Only of this cluster");
    }
    app.add_flag("-w,--watch", get->watch, "Go on as things change");
  }

  void addDescribe() {
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

  void addRolloutStatus(CLI::App& parent, const std::string& name, const std::string& help, const std::string& watch) {
    auto status = std::make_shared<command::RolloutStatus>();
    CLI::App& app = add(parent, name, help, status);
    app.add_option(
           "rollout",
           [status](const CLI::results_t& results) {
             const std::string& text = results.at(0);
             if (!text.empty() && std::ranges::all_of(text, [](unsigned char c) { return std::isdigit(c) != 0; }) &&
                 text.size() < 19) {
               status->id = RolloutId(std::stoull(text));
               return true;
             }
             status->cluster = ClusterName::parse(text);
             if (!status->cluster) throw CLI::ValidationError("rollout", "\"" + text + "\" is no rollout or cluster");
             return true;
           },
           "Its number, or a cluster for its newest")
        ->type_name("ID|CLUSTER");
    app.add_flag("-w,--watch", status->watch, watch);
    addFormat(app, status->format, "table|json|yaml");
  }

  void addFleet() {
    group_ = "Manage the fleet";
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

  void addUserAdd(CLI::App& user, const std::shared_ptr<command::UserAdd>& value) {
    CLI::App& app = add(user, "add", "Admit a user, and write a context file for them", value);
    addName<OperatorName>(app, "name", value->name, "The user's name")->required();
    const auto parse = [](const std::string& text) { return message::fromString<message::Role>(text); };
    app.add_option("--role", setter(value->role, parse, "role: viewer, operator or admin"), "viewer, operator or admin")
        ->required()
        ->type_name("ROLE");
    app.add_option("--out", value->out, "The context file to write (0600)")->required()->type_name("FILE");
    app.footer(kUserAddFooter);
  }

  void addOwn() {
    group_ = "This program";
    CLI::App& context = addGroup(app_, "context", "List, choose and show contexts");
    context.require_subcommand(1);
    add(context, "list", "List the contexts of the file", std::make_shared<command::ContextList>());
    add(context, "show", "Show the context in use, without its secret", std::make_shared<command::ContextShow>());
    auto use = std::make_shared<command::ContextUse>();
    add(context, "use", "Make a context the current one", use)
        .add_option("name", use->name, "The context")
        ->required()
        ->type_name("NAME");

    auto version = std::make_shared<command::Version>();
    CLI::App& versionApp = add(app_, "version", "Show the versions of berth and its controller", version);
    versionApp.add_flag("--client", version->client, "Ask no controller");
    addFormat(versionApp, version->format, "table|json|yaml");

    auto completion = std::make_shared<command::Completion>();
    CLI::App& completionApp = add(app_, "completion", "Print a completion script for a shell", completion);
    const auto parse = [](const std::string& text) -> std::optional<std::string> {
      if (text != "bash" && text != "zsh" && text != "fish") return std::nullopt;
      return text;
    };
    completionApp
        .add_option("shell", setter(completion->shell, parse, "shell that berth knows: bash, zsh or fish"),
                    "bash, zsh or fish")
        ->required()
        ->type_name("SHELL");
    completionApp.footer(kCompletionFooter);

    // Both read their own arguments: main() hands these over untouched. Here they are only named.
    CLI::App& butane = addGroup(app_, "butane", "Translate Butane to Ignition, as butane does");
    butane.prefix_command();
    CLI::App& ignition = addGroup(app_, "ignition", "Check Ignition configs (ignition validate)");
    ignition.add_subcommand("validate", "Check an Ignition config")->prefix_command();
  }

  CLI::App app_;
  std::string group_;
  Globals globals_;
  std::function<Command()> make_;
};

/// The deepest command that was named: errors and help are about that one.
const CLI::App& deepest(const CLI::App& app) {
  for (const CLI::App* sub : app.get_subcommands()) return deepest(*sub);
  return app;
}

std::vector<std::string> namesBelow(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(sub->get_name());
  return names;
}

/// CLI11's words for the commonest mistakes are about its own insides; these are for people.
std::string wordsFor(const CLI::ParseError& error, const CLI::App& at, const std::vector<std::string>& arguments) {
  const auto names = namesBelow(at);
  const bool wantsCommand =
      !names.empty() && (error.get_name() == "RequiredError" || error.get_name() == "ExtrasError");
  if (wantsCommand) {
    const std::string path = " " + pathOf(at) + " ";
    const auto unknown = std::ranges::find_if(arguments, [&path](const std::string& word) {
      return !word.empty() && word[0] != '-' && path.find(" " + word + " ") == std::string::npos;
    });
    if (unknown != arguments.end()) {
      const auto near = source::nearest(*unknown, names);
      return "there is no command \"" + pathOf(at) + " " + *unknown + "\"" +
             (near ? "; did you mean \"" + *near + "\"?" : "");
    }
    return "which command? " + pathOf(at) + " has several";
  }
  std::string text = error.what();
  if (const std::size_t at0 = text.find(": \""); error.get_name() == "ValidationError" && at0 != std::string::npos) {
    text = text.substr(at0 + 2);
  }
  return text;
}

}  // namespace

std::variant<Invocation, Said> parseArguments(const std::vector<std::string>& arguments) {
  Grammar grammar;
  // CLI11 takes them from the back.
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  if (arguments.empty()) return Said{"", grammar.app().help(), ExitCode::error};
  if (arguments[0] == "--version") return Said{"berth " BERTH_VERSION "\n", "", ExitCode::ok};
  try {
    grammar.app().parse(reversed);
  } catch (const CLI::CallForHelp&) {
    return Said{deepest(grammar.app()).help(), "", ExitCode::ok};
  } catch (const CLI::ParseError& error) {
    const CLI::App& at = deepest(grammar.app());
    return Said{"", "error: " + wordsFor(error, at, arguments) + "\n  See: " + pathOf(at) + " --help\n",
                at.get_name() == "diff" ? kTrouble : ExitCode::error};
  }
  return Invocation{grammar.globals(), grammar.command()};
}

namespace {

CommandNode nodeOf(const CLI::App& app) {
  CommandNode node{app.get_name(), app.get_description(), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) node.options.push_back("--" + name);
    for (const std::string& name : option->get_snames()) node.options.push_back("-" + name);
  }
  for (const CLI::App* sub : app.get_subcommands([](const CLI::App*) { return true; })) {
    node.commands.push_back(nodeOf(*sub));
  }
  return node;
}

}  // namespace

CommandNode commandTree() {
  Grammar grammar;
  return nodeOf(grammar.app());
}

}  // namespace berth::cli
