// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/grammar.h"
#include "controller/cli/help.h"

namespace berth::cli {

void Grammar::addStack() {
  CLI::App& stack = addGroup(app_, "stack", "See how Consul, Nomad and Vault are, and reach them");
  stack.require_subcommand(1);

  auto status = std::make_shared<command::StackStatus>();
  CLI::App& statusApp = add(stack, "status", "Show how they are: leaders, voters, seals, releases", status);
  addName<ClusterName>(statusApp, "cluster", status->cluster, "The cluster")->required()->type_name("CLUSTER");
  addFormat(statusApp, status->format, "table|wide|json|yaml");
  statusApp.footer(kStackStatusFooter);

  auto env = std::make_shared<command::StackEnv>();
  CLI::App& envApp = add(stack, "env", "Print the environment for their clients", env);
  addName<ClusterName>(envApp, "cluster", env->cluster, "The cluster")->required()->type_name("CLUSTER");
  envApp.add_flag("--tokens", env->tokens, "With the tokens that manage them");
  envApp.add_option("--ca", env->ca, "Where the authority's certificate is written")->type_name("FILE");
  const auto parse = [](const std::string& text) -> std::optional<command::StackEnv::Form> {
    if (text == "shell") return command::StackEnv::Form::shell;
    if (text == "json") return command::StackEnv::Form::json;
    return std::nullopt;
  };
  envApp.add_option("-o,--output", setter(env->form, parse, "output format: shell|json"), "Output: shell|json")
      ->type_name("FORMAT");
  envApp.footer(kStackEnvFooter);
}

}  // namespace berth::cli
