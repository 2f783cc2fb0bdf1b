// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/codec.h"
#include "protocol/message/layout_codec.h"
#include "protocol/message/secret_codec.h"

namespace berth::message {

// Not in a namespace without a name: the templates of codec.h find overloads by the types of their arguments, which
// looks into berth::message alone.

static_assert(static_cast<int>(Role::admin) == static_cast<int>(schema::Role::ADMIN));
static_assert(static_cast<int>(SubmittedVariable::Form::json) ==
              static_cast<int>(schema::SubmittedVariable::Form::JSON));
static_assert(static_cast<int>(request::SteerRollout::Verb::override_) ==
              static_cast<int>(schema::SteerRollout::Verb::OVERRIDE));
static_assert(static_cast<int>(Duty::draining) == static_cast<int>(schema::Duty::DRAINING));
static_assert(static_cast<int>(DrainVolumes::move) == static_cast<int>(schema::DrainVolumes::MOVE));
static_assert(static_cast<int>(SubmittedFile::Kind::link) == static_cast<int>(schema::SubmittedFile::Kind::LINK));

template <class Tag>
static std::optional<std::uint64_t> number(const std::optional<Counter<Tag>>& counter) {
  return counter ? std::optional(counter->value()) : std::nullopt;
}

template <class Number>
static std::optional<Number> readCounterIfAny(schema::MaybeNumber::Reader from) {
  const auto value = read(from);
  return value ? std::optional(Number(*value)) : std::nullopt;
}

template <class Name>
static std::string nameOrNothing(const std::optional<Name>& name) {
  return name ? name->str() : std::string();
}

static void write(schema::Submission::Builder to, const Submission& from) {
  to.setSpecPath(text(from.specPath));
  auto files = to.initFiles(count(from.files.size()));
  unsigned at = 0;
  for (const auto& [path, file] : from.files) {
    auto entry = files[at++];
    entry.setPath(text(path));
    entry.setBytes(bytes(file.bytes));
    entry.setKind(static_cast<schema::SubmittedFile::Kind>(file.kind));
    entry.setExecutable(file.executable);
  }
  write(to.initImage(), from.image);
  auto variables = to.initVariables(count(from.variables.size()));
  at = 0;
  for (const SubmittedVariable& variable : from.variables) {
    auto entry = variables[at++];
    entry.setName(text(variable.name));
    entry.setValue(text(variable.value));
    entry.setForm(static_cast<schema::SubmittedVariable::Form>(variable.form));
    entry.setSensitive(variable.sensitive);
    entry.setFile(text(variable.file));
    entry.setLine(variable.line);
    entry.setColumn(variable.column);
  }
}

static std::vector<SubmittedVariable> read(capnp::List<schema::SubmittedVariable>::Reader from) {
  std::vector<SubmittedVariable> variables;
  for (const auto entry : bounded(from, kMaxVariables, "variables")) {
    SubmittedVariable variable;
    variable.name = readText(entry.getName(), kMaxWord, "name of a variable");
    variable.value = readText(entry.getValue(), kMaxVariable, "value of a variable");
    variable.form = readEnum(entry.getForm(), SubmittedVariable::Form::json, "form of a variable");
    variable.sensitive = entry.getSensitive();
    variable.file = readText(entry.getFile(), kMaxPath, "file of a variable");
    variable.line = entry.getLine();
    variable.column = entry.getColumn();
    if (!variables.empty() && variables.back().name >= variable.name) bad("variables", "are not in order");
    variables.push_back(std::move(variable));
  }
  return variables;
}

static Submission read(schema::Submission::Reader from) {
  Submission submission;
  submission.specPath = readText(from.getSpecPath(), kMaxPath, "path of the spec");
  for (const auto entry : bounded(from.getFiles(), kMaxFiles, "files")) {
    auto path = readText(entry.getPath(), kMaxPath, "path");
    SubmittedFile file{readBytes(entry.getBytes(), kMaxMessageBytes, "file"),
                       readEnum(entry.getKind(), SubmittedFile::Kind::link, "kind of file"), entry.getExecutable()};
    if (!submission.files.emplace(std::move(path), std::move(file)).second) bad("files", "repeat a path");
  }
  if (!submission.files.contains(submission.specPath)) bad("submission", "lacks the spec itself");
  submission.image = read(from.getImage());
  submission.variables = read(from.getVariables());
  return submission;
}

template <class Name>
static void writeNames(capnp::List<capnp::Text>::Builder to, const std::vector<Name>& from) {
  for (unsigned at = 0; at < to.size(); ++at) to.set(at, text(from[at].str()));
}

template <class Name>
static std::vector<Name> readNames(capnp::List<capnp::Text>::Reader from, const char* one, const char* all) {
  return readEach(from, kMaxRows, all, [one](auto name) { return readName<Name>(name, one); });
}

static void write(schema::PlanOptions::Builder to, const PlanOptions& from) {
  writeTexts(to.initTargets(count(from.targets.size())), from.targets);
  writeNames(to.initReplace(count(from.replace.size())), from.replace);
  writeNames(to.initDrain(count(from.drain.size())), from.drain);
  writeNames(to.initRestart(count(from.restart.size())), from.restart);
  to.setMovesVolumes(from.volumes == PlanOptions::Volumes::move);
}

static PlanOptions read(schema::PlanOptions::Reader from) {
  return {readTexts(from.getTargets(), kMaxRows, kMaxWord, "targets"),
          readNames<NodeName>(from.getReplace(), "node to replace", "nodes to replace"),
          readNames<HostName>(from.getDrain(), "host to drain", "hosts to drain"),
          readNames<NodeName>(from.getRestart(), "node to restart", "nodes to restart"),
          from.getMovesVolumes() ? PlanOptions::Volumes::move : PlanOptions::Volumes::stay};
}

static void write(schema::RevisionChoice::Builder to, const RevisionChoice& from) {
  switch (from.which) {
    case RevisionChoice::Which::inForce: return to.setInForce();
    case RevisionChoice::Which::lastGood: return to.setLastGood();
    case RevisionChoice::Which::numbered: return to.setNumbered(from.number.value());
  }
}

static RevisionChoice read(schema::RevisionChoice::Reader from) {
  switch (from.which()) {
    case schema::RevisionChoice::IN_FORCE: return {RevisionChoice::Which::inForce};
    case schema::RevisionChoice::LAST_GOOD: return {RevisionChoice::Which::lastGood};
    case schema::RevisionChoice::NUMBERED: return {RevisionChoice::Which::numbered, Revision(from.getNumbered())};
  }
  bad("revision", "is of unknown kind");
}

static void write(schema::PlanRevision::Builder to, const request::PlanRevision& from) {
  to.setCluster(text(from.cluster.str()));
  write(to.initRevision(), from.revision);
  write(to.initOptions(), from.options);
}

static request::PlanRevision read(schema::PlanRevision::Reader from) {
  return {readName<ClusterName>(from.getCluster(), "cluster"), read(from.getRevision()), read(from.getOptions())};
}

static void write(schema::VolumeChoice::Builder to, const request::VolumeChoice& from) {
  to.setNode(text(from.node.str()));
  to.setVolume(text(from.volume.str()));
  to.setHost(text(nameOrNothing(from.host)));
  to.setSnapshot(text(from.snapshot.str()));
}

static request::VolumeChoice read(schema::VolumeChoice::Reader from) {
  return {readName<NodeName>(from.getNode(), "node"), readName<VolumeName>(from.getVolume(), "volume"),
          readNameIfAny<HostName>(from.getHost(), "host"),
          readNameIfAny<SnapshotName>(from.getSnapshot(), "snapshot").value_or(SnapshotName())};
}

namespace {

struct Writer {
  schema::Request::Builder to;

  void operator()(const request::Version&) { to.setVersion(); }
  void operator()(const request::Plan& body) {
    // In the form that an older controller reads, whenever that says all.
    if (body.options == PlanOptions() && body.keep == request::Plan::Keep::no) {
      return write(to.initPlan(), body.submission);
    }
    auto plan = to.initPlanWith();
    write(plan.initSubmission(), body.submission);
    write(plan.initOptions(), body.options);
    plan.setKeepsTicket(body.keep == request::Plan::Keep::ticket);
  }
  void operator()(const request::Apply& body) {
    if (body.options != PlanOptions()) {
      auto apply = to.initApplyWith();
      write(apply.initSubmission(), body.submission);
      write(apply.initFrom(), number(body.from));
      return write(apply.initOptions(), body.options);
    }
    auto apply = to.initApply();
    write(apply.initSubmission(), body.submission);
    write(apply.initFrom(), number(body.from));
  }
  void operator()(const request::PlanDestroy& body) { to.setPlanDestroy(text(body.cluster.str())); }
  void operator()(const request::Destroy& body) {
    auto destroy = to.initDestroy();
    destroy.setCluster(text(body.cluster.str()));
    write(destroy.initFrom(), number(body.from));
  }
  void operator()(const request::GetHosts&) { to.setGetHosts(); }
  void operator()(const request::GetNodes& body) { to.setGetNodes(text(nameOrNothing(body.cluster))); }
  void operator()(const request::GetVolumes& body) { to.setGetVolumes(text(nameOrNothing(body.cluster))); }
  void operator()(const request::GetClusters&) { to.setGetClusters(); }
  void operator()(const request::GetRollouts& body) { to.setGetRollouts(text(nameOrNothing(body.cluster))); }
  void operator()(const request::GetEvents& body) {
    auto get = to.initGetEvents();
    get.setAfter(body.after.value());
    get.setLimit(body.limit);
  }
  void operator()(const request::GetRollout& body) {
    auto get = to.initGetRollout();
    write(get.initId(), number(body.id));
    get.setCluster(text(nameOrNothing(body.cluster)));
  }
  void operator()(const request::DescribeNode& body) { to.setDescribeNode(text(body.node.str())); }
  void operator()(const request::ReadLog& body) {
    auto log = to.initReadLog();
    log.setNode(text(body.node.str()));
    log.setOffset(body.offset);
    log.setLimit(body.limit);
  }
  void operator()(const request::CreateToken& body) {
    auto token = to.initCreateToken();
    token.setHost(text(body.host.str()));
    token.setTtlSeconds(body.ttlSeconds);
  }
  void operator()(const request::RemoveHost& body) { to.setRemoveHost(text(body.host.str())); }
  void operator()(const request::AddOperator& body) {
    write(to.initAddOperator(), OperatorRow{body.name, body.role, body.publicKey});
  }
  void operator()(const request::RemoveOperator& body) { to.setRemoveOperator(text(body.name.str())); }
  void operator()(const request::GetOperators&) { to.setGetOperators(); }
  void operator()(const request::PlanSaved& body) { to.setPlanSaved(bytes(body.ticket)); }
  void operator()(const request::ApplySaved& body) { to.setApplySaved(bytes(body.ticket)); }
  void operator()(const request::Explain& body) {
    auto explain = to.initExplain();
    write(explain.initSubmission(), body.submission);
    explain.setNode(text(body.node.str()));
  }
  void operator()(const request::Simulate& body) { write(to.initSimulate(), body); }
  void operator()(const request::Rebalance& body) { write(to.initRebalance(), body); }
  void operator()(const request::PlanRevision& body) { write(to.initPlanRevision(), body); }
  void operator()(const request::ApplyRevision& body) {
    auto apply = to.initApplyRevision();
    write(apply.initPlan(), request::PlanRevision{body.cluster, body.revision, body.options});
    write(apply.initFrom(), number(body.from));
  }
  void operator()(const request::SteerRollout& body) {
    auto steer = to.initSteerRollout();
    steer.setVerb(static_cast<schema::SteerRollout::Verb>(body.verb));
    write(steer.initId(), number(body.id));
    steer.setCluster(text(nameOrNothing(body.cluster)));
  }
  void operator()(const request::SetDuty& body) {
    auto set = to.initSetDuty();
    set.setHost(text(body.host.str()));
    set.setDuty(static_cast<schema::Duty>(body.duty));
    set.setDeadlineS(static_cast<std::uint32_t>(body.deadline.count()));
    set.setVolumes(static_cast<schema::DrainVolumes>(body.volumes));
  }
  void operator()(const request::SetPower& body) {
    auto set = to.initSetPower();
    writeNames(set.initNodes(count(body.nodes.size())), body.nodes);
    set.setPower(static_cast<schema::Power>(body.power));
    set.setForce(body.force == request::SetPower::Force::yes);
  }
  void operator()(const request::SnapshotVolume& body) { write(to.initSnapshotVolume(), body.what); }
  void operator()(const request::GetLocks& body) { to.setGetLocks(text(nameOrNothing(body.cluster))); }
  void operator()(const request::ReleaseLock& body) { to.setReleaseLock(text(body.node.str())); }
  void operator()(const request::RestoreVolume& body) { write(to.initRestoreVolume(), body.what); }
  void operator()(const request::GetSecrets& body) { to.setGetSecrets(text(body.cluster.str())); }
  void operator()(const request::ReadSecret& body) {
    write(to.initReadSecret(), body.cluster, body.name, body.version);
  }
  void operator()(const request::SetSecret& body) { write(to.initSetSecret(), body); }
  void operator()(const request::RotateSecret& body) { write(to.initRotateSecret(), body.cluster, body.name); }
  void operator()(const request::DeleteSecret& body) { write(to.initDeleteSecret(), body.cluster, body.name); }
  void operator()(const request::DescribeStack& body) { to.setDescribeStack(text(body.cluster.str())); }
  void operator()(const request::DeleteVolumes& body) {
    auto volumes = to.initDeleteVolumes(count(body.volumes.size()));
    for (unsigned at = 0; at < volumes.size(); ++at) write(volumes[at], body.volumes[at]);
  }
};

}  // namespace

static request::GetRollout read(schema::GetRollout::Reader from) {
  return {readCounterIfAny<RolloutId>(from.getId()), readNameIfAny<ClusterName>(from.getCluster(), "cluster")};
}

static request::ApplyRevision read(schema::ApplyRevision::Reader from) {
  request::PlanRevision plan = read(from.getPlan());
  return {std::move(plan.cluster), plan.revision, std::move(plan.options), readCounterIfAny<Revision>(from.getFrom())};
}

static request::SteerRollout read(schema::SteerRollout::Reader from) {
  return {readEnum(from.getVerb(), request::SteerRollout::Verb::override_, "verb"),
          readCounterIfAny<RolloutId>(from.getId()), readNameIfAny<ClusterName>(from.getCluster(), "cluster")};
}

static request::SetDuty read(schema::SetDuty::Reader from) {
  return {readName<HostName>(from.getHost(), "host"), readEnum(from.getDuty(), Duty::draining, "duty"),
          std::chrono::seconds(from.getDeadlineS()), readEnum(from.getVolumes(), DrainVolumes::move, "volumes")};
}

static request::SetPower read(schema::SetPower::Reader from) {
  using Force = request::SetPower::Force;
  return {readNames<NodeName>(from.getNodes(), "node", "nodes"), readEnum(from.getPower(), Power::off, "power"),
          from.getForce() ? Force::yes : Force::no};
}

static request::AddOperator readAddOperator(schema::OperatorRow::Reader from) {
  const auto row = read(from);
  return {row.name, row.role, row.publicKey};
}

void write(schema::MaybeNumber::Builder to, std::optional<std::uint64_t> from) {
  if (from) {
    to.setSome(*from);
  } else {
    to.setNone();
  }
}

std::optional<std::uint64_t> read(schema::MaybeNumber::Reader from) {
  switch (from.which()) {
    case schema::MaybeNumber::NONE: return std::nullopt;
    case schema::MaybeNumber::SOME: return from.getSome();
  }
  bad("number", "is of unknown kind");
}

void write(schema::OperatorRow::Builder to, const OperatorRow& from) {
  to.setName(text(from.name.str()));
  to.setRole(static_cast<schema::Role>(from.role));
  to.setPublicKey(text(from.publicKey));
}

OperatorRow read(schema::OperatorRow::Reader from) {
  return {readName<OperatorName>(from.getName(), "operator"), readEnum(from.getRole(), Role::admin, "role"),
          readPublicKey(from.getPublicKey())};
}

void write(schema::Request::Builder to, const Request& from) { std::visit(Writer{to}, from); }

Request read(schema::Request::Reader from) {
  switch (from.which()) {
    case schema::Request::VERSION: return request::Version{};
    case schema::Request::PLAN: return request::Plan{read(from.getPlan()), {}, request::Plan::Keep::no};
    case schema::Request::APPLY:
      return request::Apply{
          read(from.getApply().getSubmission()), readCounterIfAny<Revision>(from.getApply().getFrom()), {}};
    case schema::Request::PLAN_DESTROY:
      return request::PlanDestroy{readName<ClusterName>(from.getPlanDestroy(), "cluster")};
    case schema::Request::DESTROY:
      return request::Destroy{readName<ClusterName>(from.getDestroy().getCluster(), "cluster"),
                              readCounterIfAny<Revision>(from.getDestroy().getFrom())};
    case schema::Request::GET_HOSTS: return request::GetHosts{};
    case schema::Request::GET_NODES:
      return request::GetNodes{readNameIfAny<ClusterName>(from.getGetNodes(), "cluster")};
    case schema::Request::GET_CLUSTERS: return request::GetClusters{};
    case schema::Request::GET_ROLLOUTS:
      return request::GetRollouts{readNameIfAny<ClusterName>(from.getGetRollouts(), "cluster")};
    case schema::Request::GET_EVENTS:
      return request::GetEvents{Sequence(from.getGetEvents().getAfter()), from.getGetEvents().getLimit()};
    case schema::Request::GET_ROLLOUT: return read(from.getGetRollout());
    case schema::Request::DESCRIBE_NODE:
      return request::DescribeNode{readName<NodeName>(from.getDescribeNode(), "node")};
    case schema::Request::READ_LOG: {
      const auto log = from.getReadLog();
      return request::ReadLog{readName<NodeName>(log.getNode(), "node"), log.getOffset(), log.getLimit()};
    }
    case schema::Request::CREATE_TOKEN: {
      const auto token = from.getCreateToken();
      return request::CreateToken{readName<HostName>(token.getHost(), "host"), token.getTtlSeconds()};
    }
    case schema::Request::REMOVE_HOST: return request::RemoveHost{readName<HostName>(from.getRemoveHost(), "host")};
    case schema::Request::ADD_OPERATOR: return readAddOperator(from.getAddOperator());
    case schema::Request::REMOVE_OPERATOR:
      return request::RemoveOperator{readName<OperatorName>(from.getRemoveOperator(), "operator")};
    case schema::Request::GET_OPERATORS: return request::GetOperators{};
    case schema::Request::PLAN_WITH: {
      const auto plan = from.getPlanWith();
      return request::Plan{read(plan.getSubmission()), read(plan.getOptions()),
                           plan.getKeepsTicket() ? request::Plan::Keep::ticket : request::Plan::Keep::no};
    }
    case schema::Request::APPLY_WITH: {
      const auto apply = from.getApplyWith();
      return request::Apply{read(apply.getSubmission()), readCounterIfAny<Revision>(apply.getFrom()),
                            read(apply.getOptions())};
    }
    case schema::Request::PLAN_SAVED: return request::PlanSaved{readBytes(from.getPlanSaved(), kMaxTicket, "ticket")};
    case schema::Request::APPLY_SAVED:
      return request::ApplySaved{readBytes(from.getApplySaved(), kMaxTicket, "ticket")};
    case schema::Request::EXPLAIN:
      return request::Explain{read(from.getExplain().getSubmission()),
                              readName<NodeName>(from.getExplain().getNode(), "node")};
    case schema::Request::SIMULATE: return read(from.getSimulate());
    case schema::Request::REBALANCE: return read(from.getRebalance());
    case schema::Request::GET_VOLUMES:
      return request::GetVolumes{readNameIfAny<ClusterName>(from.getGetVolumes(), "cluster")};
    case schema::Request::PLAN_REVISION: return read(from.getPlanRevision());
    case schema::Request::APPLY_REVISION: return read(from.getApplyRevision());
    case schema::Request::STEER_ROLLOUT: return read(from.getSteerRollout());
    case schema::Request::SET_DUTY: return read(from.getSetDuty());
    case schema::Request::SET_POWER: return read(from.getSetPower());
    case schema::Request::SNAPSHOT_VOLUME: return request::SnapshotVolume{read(from.getSnapshotVolume())};
    case schema::Request::GET_LOCKS:
      return request::GetLocks{readNameIfAny<ClusterName>(from.getGetLocks(), "cluster")};
    case schema::Request::RELEASE_LOCK: return request::ReleaseLock{readName<NodeName>(from.getReleaseLock(), "node")};
    case schema::Request::RESTORE_VOLUME: return request::RestoreVolume{read(from.getRestoreVolume())};
    case schema::Request::GET_SECRETS:
      return request::GetSecrets{readName<ClusterName>(from.getGetSecrets(), "cluster")};
    case schema::Request::READ_SECRET: return readReadSecret(from.getReadSecret());
    case schema::Request::SET_SECRET: return read(from.getSetSecret());
    case schema::Request::ROTATE_SECRET: return readSecretChoice<request::RotateSecret>(from.getRotateSecret());
    case schema::Request::DELETE_SECRET: return readSecretChoice<request::DeleteSecret>(from.getDeleteSecret());
    case schema::Request::DESCRIBE_STACK:
      return request::DescribeStack{readName<ClusterName>(from.getDescribeStack(), "cluster")};
    case schema::Request::DELETE_VOLUMES:
      return request::DeleteVolumes{
          readEach(from.getDeleteVolumes(), kMaxQuestions, "volumes", [](auto volume) { return read(volume); })};
  }
  unknownBody("request", static_cast<unsigned>(from.which()));
}

}  // namespace berth::message
