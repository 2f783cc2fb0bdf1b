// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>

#include "controller/cli/grammar.h"
#include "controller/cli/help.h"
#include "protocol/message/words.h"

namespace berth::cli {

namespace {

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

void addPlanOptions(CLI::App& app, message::PlanOptions& options) {
  app.add_option("--target", options.targets, "Change this pool or node alone (may be repeated)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  addNames(app, "--replace", options.replace, "Make this node anew all the same (may be repeated)")
      ->type_name("NODE")
      ->allow_extra_args(false);
  app.add_flag_callback(
      "--move-volumes", [&options] { options.volumes = message::PlanOptions::Volumes::move; },
      "Let volumes follow their nodes off a drained host");
}

/// "data=/dev/nvme1n1"
std::optional<std::pair<VolumeName, std::string>> parseDisk(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos) return std::nullopt;
  const auto name = VolumeName::parse(text.substr(0, equals));
  std::string device = text.substr(equals + 1);
  const auto isPlain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view("/_.:+-").find(c) != std::string::npos;
  };
  if (!name || !device.starts_with("/dev/") || !std::ranges::all_of(device, isPlain)) return std::nullopt;
  return std::pair(*name, std::move(device));
}

std::optional<std::string> parseBelow(const std::string& text) {
  for (const std::string_view scheme : {"http://", "https://", "s3://", "gs://", "tftp://"}) {
    if (text.starts_with(scheme) && text.size() > scheme.size()) return text;
  }
  return std::nullopt;
}

/// Of render: for machines that are made elsewhere.
void addPlatform(CLI::App& app, command::Render& render) {
  std::string known;
  for (const node::Platform& each : node::platforms()) known += (known.empty() ? "" : ", ") + std::string(each.id);
  const auto platformOf = [](const std::string& text) -> std::optional<const node::Platform*> {
    const node::Platform* found = node::platformNamed(text);
    return found == nullptr ? std::nullopt : std::optional(found);
  };
  auto* platform =
      app.add_option("--platform", setter(render.platform, platformOf, "platform that berth knows: " + known),
                     "For machines there, as user data")
          ->type_name("NAME");
  const CLI::callback_t takeDisks = [&render](const CLI::results_t& results) {
    for (const std::string& text : results) {
      auto disk = parseDisk(text);
      if (!disk) throw CLI::ValidationError("disk", "\"" + text + "\" is no disk, such as data=/dev/nvme1n1");
      render.disks.insert_or_assign(disk->first, std::move(disk->second));
    }
    return true;
  };
  app.add_option("--disk", takeDisks, "Where a volume is there (repeatable)")
      ->take_all()
      ->needs(platform)
      ->type_name("NAME=DEVICE");
  app.add_option("--pointer", setter(render.pointer, parseBelow, "address that Ignition fetches from (https://…)"),
                 "Have the configs fetched from below URL")
      ->needs(platform)
      ->type_name("URL");
}

}  // namespace

void Grammar::addWriting() {
  group_ = "Write a spec";
  auto init = std::make_shared<command::Init>();
  CLI::App& initApp = add(app_, "init", "Write a first spec, with comments", init);
  initApp.add_option("dir", init->directory, "Where to write it (this directory)")->type_name("DIR");
  initApp.add_option("--ssh-key", init->sshKey, "A public key that may log in")->type_name("FILE");

  CLI::App& import = addGroup(app_, "import", "Write a spec from what another tool has been told");
  import.require_subcommand(1);
  auto harbor = std::make_shared<command::Import>();
  CLI::App& harborApp = add(import, "harbor", "Write a spec from the values given to Harbor", harbor);
  harborApp.add_option("file", harbor->file, "The values, NAME.tfvars")->required()->type_name("FILE");
  harborApp.add_option("dir", harbor->directory, "Where to write it (this directory)")->type_name("DIR");
  addName<ClusterName>(harborApp, "--cluster", harbor->cluster, "What the cluster is to be called")->required();
  harborApp.footer(kImportHarborFooter);

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

void Grammar::addDeclaring() {
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
  addPlatform(renderApp, *render);
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

void Grammar::addDiff() {
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

void Grammar::addForesight() {
  group_ = "Ask what would be";
  auto simulate = std::make_shared<command::Simulate>();
  CLI::App& simulateApp = add(app_, "simulate", "Show what would be if hosts were lost or pools grew", simulate);
  message::request::Simulate& question = simulate->question;
  addNames(simulateApp, "--lose", question.lose, "As if this host were lost")->type_name("HOST");
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

}  // namespace berth::cli
