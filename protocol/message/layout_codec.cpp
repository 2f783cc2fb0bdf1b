// SPDX-License-Identifier: Apache-2.0
#include "protocol/message/layout_codec.h"

namespace berth::message {

static_assert(static_cast<int>(Verdict::impossible) == static_cast<int>(schema::HostVerdict::Verdict::IMPOSSIBLE));
static_assert(static_cast<int>(Gain::pack) == static_cast<int>(schema::Move::Gain::PACK));

template <class Name>
static std::string textOf(const std::optional<Name>& name) {
  return name ? name->str() : std::string();
}

static std::optional<HostName> readHostIfAny(capnp::Text::Reader from) { return readNameIfAny<HostName>(from, "host"); }

static void write(schema::PoolOf::Builder to, const PoolOf& from) {
  to.setCluster(text(from.cluster.str()));
  to.setPool(text(from.pool.str()));
}

static PoolOf read(schema::PoolOf::Reader from) {
  return {readName<ClusterName>(from.getCluster(), "cluster"), readName<PoolName>(from.getPool(), "pool")};
}

static void write(schema::Growth::Builder to, const GrowthRow& from) {
  write(to.initPool(), from.pool);
  to.setCount(from.count);
}

static GrowthRow read(schema::Growth::Reader from) { return {read(from.getPool()), from.getCount()}; }

static void write(schema::Shape::Builder to, const ShapeRow& from) {
  if (from.pool) write(to.initPool(), *from.pool);
  write(to.initNeeds(), from.needs);
}

static ShapeRow read(schema::Shape::Reader from) {
  ShapeRow shape{.pool = std::nullopt, .needs = read(from.getNeeds())};
  if (from.getPool().getPool().size() > 0) shape.pool = read(from.getPool());
  return shape;
}

static void write(schema::HostVerdict::Builder to, const VerdictRow& from) {
  to.setHost(text(from.host.str()));
  to.setVerdict(static_cast<schema::HostVerdict::Verdict>(from.verdict));
  to.setCause(text(from.cause));
  to.setReason(text(prose(from.reason)));
}

static VerdictRow read(schema::HostVerdict::Reader from) {
  return {readName<HostName>(from.getHost(), "host"), readEnum(from.getVerdict(), Verdict::impossible, "verdict"),
          readText(from.getCause(), kMaxWord, "cause"), readText(from.getReason(), kMaxProse, "reason")};
}

static void write(schema::Placed::Builder to, const PlacedRow& from) {
  to.setNode(text(from.node.str()));
  to.setFrom(text(textOf(from.from)));
  to.setTo(text(textOf(from.to)));
  to.setReason(text(prose(from.reason)));
  to.setAdvice(text(prose(from.advice)));
}

static PlacedRow read(schema::Placed::Reader from) {
  return {readName<NodeName>(from.getNode(), "node"), readHostIfAny(from.getFrom()), readHostIfAny(from.getTo()),
          readText(from.getReason(), kMaxProse, "reason"), readText(from.getAdvice(), kMaxProse, "advice")};
}

static void write(schema::Fit::Builder to, const FitRow& from) {
  write(to.initShape(), from.shape);
  to.setCount(from.count);
  to.setSurviving(from.surviving);
  to.setLimit(text(prose(from.limit)));
}

static FitRow read(schema::Fit::Reader from) {
  return {read(from.getShape()), from.getCount(), from.getSurviving(), readText(from.getLimit(), kMaxProse, "limit")};
}

static void write(schema::Loss::Builder to, const LossRow& from) {
  to.setHost(text(from.host.str()));
  to.setNodes(from.nodes);
  to.setPinned(from.pinned);
  auto homeless = to.initHomeless(count(from.homeless.size()));
  for (unsigned at = 0; at < homeless.size(); ++at) homeless.set(at, text(from.homeless[at].str()));
  to.setReason(text(prose(from.reason)));
}

static LossRow read(schema::Loss::Reader from) {
  return {
      readName<HostName>(from.getHost(), "host"), from.getNodes(), from.getPinned(),
      readEach(from.getHomeless(), kMaxRows, "homeless", [](auto node) { return readName<NodeName>(node, "node"); }),
      readText(from.getReason(), kMaxProse, "reason")};
}

static void write(schema::Move::Builder to, const MoveRow& from) {
  to.setNode(text(from.node.str()));
  to.setFrom(text(from.from.str()));
  to.setTo(text(from.to.str()));
  to.setGain(static_cast<schema::Move::Gain>(from.gain));
  to.setReason(text(prose(from.reason)));
}

static MoveRow read(schema::Move::Reader from) {
  return {readName<NodeName>(from.getNode(), "node"), readName<HostName>(from.getFrom(), "host"),
          readName<HostName>(from.getTo(), "host"), readEnum(from.getGain(), Gain::pack, "gain"),
          readText(from.getReason(), kMaxProse, "reason")};
}

template <class List>
static auto readRows(List from) {
  return readEach(from, kMaxRows, "rows", [](auto row) { return read(row); });
}

void write(schema::Simulate::Builder to, const request::Simulate& from) {
  auto lose = to.initLose(count(from.lose.size()));
  for (unsigned at = 0; at < lose.size(); ++at) lose.set(at, text(from.lose[at].str()));
  writeEach(to.initGrow(count(from.grow.size())), from.grow);
  writeEach(to.initFit(count(from.fit.size())), from.fit);
}

request::Simulate read(schema::Simulate::Reader from) {
  const auto host = [](auto name) { return readName<HostName>(name, "host"); };
  return {readEach(from.getLose(), kMaxQuestions, "lost hosts", host),
          readEach(from.getGrow(), kMaxQuestions, "growths", [](auto each) { return read(each); }),
          readEach(from.getFit(), kMaxQuestions, "shapes", [](auto each) { return read(each); })};
}

void write(schema::Rebalance::Builder to, const request::Rebalance& from) {
  to.setCluster(text(textOf(from.cluster)));
  to.setMost(from.most);
}

request::Rebalance read(schema::Rebalance::Reader from) {
  return {readNameIfAny<ClusterName>(from.getCluster(), "cluster"), from.getMost()};
}

void write(schema::Explanation::Builder to, const ExplanationRow& from) {
  to.setNode(text(from.node.str()));
  to.setHost(text(textOf(from.host)));
  to.setWhy(text(prose(from.why)));
  to.setLeaving(text(prose(from.leaving)));
  to.setAdvice(text(prose(from.advice)));
  writeEach(to.initVerdicts(count(from.verdicts.size())), from.verdicts);
}

ExplanationRow read(schema::Explanation::Reader from) {
  return {readName<NodeName>(from.getNode(), "node"),      readHostIfAny(from.getHost()),
          readText(from.getWhy(), kMaxProse, "reason"),    readText(from.getLeaving(), kMaxProse, "reason"),
          readText(from.getAdvice(), kMaxProse, "advice"), readRows(from.getVerdicts())};
}

void write(schema::Simulated::Builder to, const reply::Simulated& from) {
  to.setNodes(from.nodes);
  writeEach(to.initPlaced(count(from.placed.size())), from.placed);
  writeEach(to.initPinned(count(from.pinned.size())), from.pinned);
  writeEach(to.initFits(count(from.fits.size())), from.fits);
  writeEach(to.initFragile(count(from.fragile.size())), from.fragile);
}

reply::Simulated read(schema::Simulated::Reader from) {
  return {from.getNodes(), readRows(from.getPlaced()), readRows(from.getPinned()), readRows(from.getFits()),
          readRows(from.getFragile())};
}

void write(schema::Rebalanced::Builder to, const reply::Rebalanced& from) {
  writeEach(to.initMoves(count(from.moves.size())), from.moves);
}

reply::Rebalanced read(schema::Rebalanced::Reader from) { return {readRows(from.getMoves())}; }

}  // namespace berth::message
