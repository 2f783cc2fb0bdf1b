// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/stack_codec.h"

#include "protocol/message/codec.h"
#include "protocol/message/secret_codec.h"

namespace berth::message {

static_assert(static_cast<int>(ToolKind::openbao) == static_cast<int>(schema::StackTool::Kind::OPENBAO));

static void write(schema::StackTool::Builder to, const StackToolRow& from) {
  to.setKind(static_cast<schema::StackTool::Kind>(from.kind));
  to.setVersion(text(from.version));
  to.setServers(text(from.servers.str()));
  if (from.token) to.setToken(text(from.token->str()));
  to.setTokenVersion(from.tokenVersion);
}

static StackToolRow read(schema::StackTool::Reader from) {
  StackToolRow tool;
  tool.kind = readEnum(from.getKind(), ToolKind::openbao, "kind");
  tool.version = readText(from.getVersion(), kMaxWord, "version");
  tool.servers = readName<PoolName>(from.getServers(), "servers");
  if (from.getToken().size() != 0) tool.token = readSecretName(from.getToken());
  tool.tokenVersion = from.getTokenVersion();
  return tool;
}

void write(schema::Stack::Builder to, const reply::Stack& from) {
  auto tools = to.initTools(count(from.tools.size()));
  for (unsigned at = 0; at < tools.size(); ++at) write(tools[at], from.tools[at]);
  to.setAuthority(text(from.authority));
}

reply::Stack read(schema::Stack::Reader from) {
  return {readEach(from.getTools(), kMaxStackTools, "tools", [](auto tool) { return read(tool); }),
          readText(from.getAuthority(), kMaxSecret, "authority")};
}

}  // namespace berth::message
