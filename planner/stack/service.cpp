// SPDX-License-Identifier: Apache-2.0
#include "planner/stack/service.h"

#include "planner/stack/own.h"
#include "planner/stack/vault.h"

namespace berth::stack {
namespace {

/// The check goes to the loopback: there is nobody to be taken for OpenBao by a certificate that is not looked at.
Json service(const std::string& id, const std::string& token, const std::string& query) {
  return {{"id", id},
          {"name", "openbao"},
          {"port", kVaultHttps},
          {"token", token},
          {"check",
           {{"id", id + "-health"},
            {"name", "health of OpenBao"},
            {"http", urlOf("127.0.0.1", kVaultHttps) + "/v1/sys/health?" + query},
            {"tls_skip_verify", true},
            {"interval", "10s"},
            {"timeout", "5s"}}}};
}

}  // namespace

std::string openbaoService(const Writing& writing) {
  const std::string token = writing.secrets.of(consulTokenOf(*writing.stack.vault));
  Json active = service("openbao-active", token, "standbycode=503");
  active["tags"] = Json::array({"active"});
  const Json config = {{"services", Json::array({service("openbao", token, "standbyok=true"), active})}};
  return config.dump(2) + "\n";
}

}  // namespace berth::stack
