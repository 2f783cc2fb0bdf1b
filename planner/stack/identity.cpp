// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/identity.h"

#include "planner/stack/acl.h"
#include "planner/stack/consul_acl.h"
#include "planner/stack/gate.h"
#include "planner/stack/nomad.h"
#include "planner/stack/scripts.h"
#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

constexpr const char* kMethod = "nomad-workloads";
constexpr const char* kTasksRole = "nomad-tasks-default";
constexpr const char* kTasksPolicy = "nomad-tasks";

/// Where those who are asked find Nomad's keys: on the node itself, as on all nodes of its pool, or at the first
/// server.
std::string keysOf(const Writing& writing) {
  const auto servers = serversToJoin(writing.roster, *writing.stack.nomad->servers);
  const bool isHere = writing.roles.nomad != Role::none || servers.empty();
  return urlOf(isHere ? "127.0.0.1" : servers.front(), kNomadHttp) + "/.well-known/jwks.json";
}

std::string authority(const Writing& writing) { return writing.secrets.of(secret::certificateOf(kAuthority)); }

Json claims() {
  return {{"nomad_namespace", "nomad_namespace"}, {"nomad_job_id", "nomad_job_id"}, {"nomad_task", "nomad_task"}};
}

OwnFile rule(const char* name, const char* meaning, const char* selector, const char* type, const char* bind) {
  return consulObject("rule", name,
                      {{"Description", meaning},
                       {"AuthMethod", kMethod},
                       {"Selector", selector},
                       {"BindType", type},
                       {"BindName", bind}});
}

/// What a job may read: below its namespace and its own name. ACCESSOR is the mount's, which it is given when it is
/// made.
std::string jobPolicy() {
  const std::string of = "{{identity.entity.aliases.ACCESSOR.metadata.";
  const std::string job = of + "nomad_namespace}}/" + of + "nomad_job_id}}";
  const auto path = [](const std::string& below, const char* capability) {
    return "path \"secret/" + below + "\" { capabilities = [\"" + capability + "\"] }\n";
  };
  return path("data/" + job, "read") + path("data/" + job + "/*", "read") +
         path("metadata/" + of + "nomad_namespace}}/*", "list") + path("metadata/*", "list");
}

}  // namespace

Own consulLogin(const Writing& writing) {
  Json mapped = claims();
  mapped["nomad_service"] = "nomad_service";
  Own own;
  own.files.push_back(
      consulPolicy(kTasksPolicy, "what tasks of Nomad may read",
                   {{"node_prefix", "", "read"}, {"service_prefix", "", "read"}, {"key_prefix", "", "read"}}));
  own.files.push_back(consulObject("role", kTasksRole,
                                   {{"Name", kTasksRole},
                                    {"Description", "tasks of Nomad in its namespace \"default\""},
                                    {"Policies", Json::array({{{"Name", kTasksPolicy}}})}}));
  own.files.push_back(consulObject("method", kMethod,
                                   {{"Name", kMethod},
                                    {"Type", "jwt"},
                                    {"Description", "services and tasks of Nomad, by their identities"},
                                    {"Config",
                                     {{"JWKSURL", keysOf(writing)},
                                      {"JWKSCACert", authority(writing)},
                                      {"JWTSupportedAlgs", Json::array({"RS256"})},
                                      {"BoundAudiences", Json::array({"consul.io"})},
                                      {"ClaimMappings", mapped}}}}));
  own.files.push_back(
      rule("services", "services of Nomad", R"("nomad_service" in value)", "service", "${value.nomad_service}"));
  own.files.push_back(rule("tasks", "tasks of Nomad", R"("nomad_service" not in value)", "role",
                           "nomad-tasks-${value.nomad_namespace}"));
  // Nomad starts behind Consul's gate: nothing that holds up the gate may wait for it.
  const Environment environment = Environment().set("KINDS", "method rule");
  own.units.push_back(backgroundUnit({"berth-consul-login.service", "Identities of Nomad's jobs in Consul",
                                      kConsulAclUnit, environment.lines(), ownPath("consul", "acl")}));
  return own;
}

Own vaultLogin(const Writing& writing) {
  const spec::Vault& vault = *writing.stack.vault;
  const std::string name = vaultName(vault);
  const auto file = [&](const char* what, const Json& object) -> OwnFile {
    return {ownPath(name, std::string("identity/") + what + ".json"), object.dump(2) + "\n"};
  };
  Own own;
  own.files.push_back({ownPath(name, "login"), std::string(script::vaultIdentity)});
  own.files.push_back(file("mount", {{"type", "jwt"}, {"description", "tasks of Nomad, by their identities"}}));
  own.files.push_back(file("config", {{"jwks_url", keysOf(writing)},
                                      {"jwks_ca_pem", authority(writing)},
                                      {"jwt_supported_algs", Json::array({"RS256", "EdDSA"})},
                                      {"default_role", kMethod}}));
  own.files.push_back(file("policy", {{"policy", jobPolicy()}}));
  own.files.push_back(file("role", {{"role_type", "jwt"},
                                    {"bound_audiences", Json::array({"vault.io"})},
                                    {"user_claim", "/nomad_job_id"},
                                    {"user_claim_json_pointer", true},
                                    {"claim_mappings", claims()},
                                    {"token_type", "service"},
                                    {"token_policies", Json::array({kMethod})},
                                    {"token_period", "30m"}}));
  const Environment environment = Environment().set("CA", caPath(vaultDirectory(vault)));
  own.units.push_back(
      backgroundUnit({"berth-" + name + "-login.service", "Identities of Nomad's tasks in " + toolName(vault),
                      vaultReadyUnit(vault), environment.lines(), ownPath(name, "login")}));
  return own;
}

}  // namespace berth::stack
