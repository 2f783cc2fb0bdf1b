// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/grammar.h"
#include "controller/cli/help.h"

namespace berth::cli {

namespace {

/// CLUSTER NAME
template <class T>
void addSecretName(CLI::App& app, T& value) {
  addName<ClusterName>(app, "cluster", value.cluster, "The cluster")->required()->type_name("CLUSTER");
  const auto parse = [](const std::string& text) { return message::SecretName::parse(text); };
  app.add_option("name", setter(value.name, parse, "secret: words of a-z, 0-9, _ and - with / between"), "The secret")
      ->required()
      ->type_name("NAME");
}

}  // namespace

void Grammar::addSecret() {
  CLI::App& secret = addGroup(app_, "secret", "List, read, set and rotate secrets of a cluster");
  secret.require_subcommand(1);
  secret.footer(kSecretFooter);

  auto list = std::make_shared<command::SecretList>();
  CLI::App& listApp = add(secret, "list", "List secrets, without their values", list);
  addName<ClusterName>(listApp, "cluster", list->cluster, "The cluster")->required()->type_name("CLUSTER");
  addFormat(listApp, list->format, "table|wide|json|yaml|name");

  auto get = std::make_shared<command::SecretGet>();
  CLI::App& getApp = add(secret, "get", "Print the value of a secret, and nothing else", get);
  addSecretName(getApp, *get);
  getApp.add_option("--version", get->version, "This version of it (the newest)")->type_name("N");
  getApp.footer(kSecretGetFooter);

  auto set = std::make_shared<command::SecretSet>();
  CLI::App& setApp = add(secret, "set", "Set a secret to a value of your own", set);
  addSecretName(setApp, *set);
  setApp.add_option("--file", set->file, "Where the value is (standard input)")->type_name("FILE");
  setApp.footer(kSecretSetFooter);

  auto rotate = std::make_shared<command::SecretRotate>();
  CLI::App& rotateApp = add(secret, "rotate", "Make a secret anew for the next apply", rotate);
  addSecretName(rotateApp, *rotate);
  rotateApp.footer(kSecretRotateFooter);

  auto remove = std::make_shared<command::SecretDelete>();
  CLI::App& removeApp = add(secret, "delete", "Delete a secret that was set", remove);
  addSecretName(removeApp, *remove);
  removeApp.add_flag("-y,--yes", remove->yes, "Do not ask");
}

}  // namespace berth::cli
