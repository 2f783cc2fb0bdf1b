// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/describe.h"

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/rows.h"
#include "controller/cli/show/text.h"
#include "planner/image/stream.h"
#include "protocol/message/words.h"

namespace berth::show {

namespace {

constexpr std::size_t kLabelColumns = 14;

/// "label:        text"; nothing where there is no text.
std::string field(std::string_view label, std::string_view text, const View& view, Tone tone = Tone::plain) {
  if (text.empty()) return {};
  const std::string name = padded(label.empty() ? std::string() : std::string(label) + ":", kLabelColumns);
  std::string value = oneLine(text);
  const bool blank = value.find_first_not_of(' ') == std::string::npos;
  if (view.width && !blank) {
    value = wrapped(value, *view.width, std::string(kLabelColumns, ' ')).substr(kLabelColumns);
    value.pop_back();
  }
  return view.style.paint(name, Tone::faint) + view.style.paint(value, tone) + "\n";
}

std::string list(std::string_view label, const std::vector<std::string>& texts, const View& view, Tone tone) {
  std::string out;
  for (const std::string& text : texts) out += field(out.empty() ? label : "", text, view, tone);
  return out;
}

std::string section(std::string_view title, const Table& table, const View& view) {
  if (table.empty()) return {};
  return "\n" + view.style.paint(title, Tone::strong) + "\n" + table.render(view.style, view.width);
}

std::string moment(std::int64_t ms, const View& view) {
  if (ms == 0) return {};
  return timestamp(ms) + " (" + age(ms, view.now) + " ago)";
}

std::string reservedOf(std::string_view part, std::string_view whole) {
  return std::string(part) + " of " + std::string(whole) + " promised";
}

/// The root disk of an earlier instance, while its host keeps it.
std::string oldDisk(const message::InstanceStatus& status) {
  if (status.retiredUntilMs == 0) return {};
  return "kept until this instance has proved itself, at most until " + timestamp(status.retiredUntilMs);
}

/// "40.20240504.3.0 (stable), and 40.20240519.3.0 from its next boot on"
std::string releaseWords(const message::OsRelease& os) {
  const auto stream = image::streamOfVersion(os.running);
  return os.running + (stream ? " (" + *stream + ")" : "") +
         (os.staged.empty() ? "" : ", and " + os.staged + " from its next boot on");
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

/// "Consul  1.22.4, leader, well"
std::string toolField(const message::ToolStatus& tool, const View& view) {
  std::string label(toString(tool.kind));
  label.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(label.front())));
  const bool isWell = message::troubleOf({tool}).empty();
  return field(label,
               (tool.version.empty() ? "" : tool.version + ", ") + std::string(toString(tool.part)) + ", " +
                   std::string(toString(tool.state)),
               view, isWell ? Tone::plain : Tone::bad);
}

std::string volumePoolOf(const message::HostRow& host) {
  if (host.volumePool.empty()) return {};
  if (host.capacity.volumes == Bytes()) return host.volumePool + ", on the same disk";
  return host.volumePool + ", " + reservedOf(size(host.reserved.volumes), size(host.capacity.volumes));
}

std::string consoleBlock(const std::string& console, const View& view) {
  if (console.empty()) return {};
  std::string out = "\n" + view.style.paint("CONSOLE (the last lines)", Tone::strong) + "\n" + manyLines(console);
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

}  // namespace

std::string describe(const message::HostRow& host, const std::vector<message::NodeRow>& nodes, const View& view) {
  const auto seen = std::chrono::milliseconds(host.lastSeenMs);
  std::string out = field("Host", host.name.str(), view, Tone::strong);
  out += field("State", toString(host.state), view, toneOf(host.state));
  out += field("Drain", drainOf(host), view, toneOf(host.state));
  if (host.drain) out += field("Until", timestamp(host.drain->deadlineMs), view);
  out += list("Condition", host.conditions, view, Tone::bad);
  out += field("Last seen", host.lastSeenMs < 0 ? "never" : duration(seen) + " ago", view);
  out += field("Zone", host.zone, view);
  out += field("Labels", pairs(host.labels), view);
  out += field("vCPUs", reservedOf(std::to_string(host.reserved.vcpus), std::to_string(host.capacity.vcpus)), view);
  out += field("Memory", reservedOf(size(host.reserved.memory), size(host.capacity.memory)), view);
  out += field("Disk", reservedOf(size(host.reserved.disk), size(host.capacity.disk)), view);
  out += field("Volume pool", volumePoolOf(host), view);
  out += field("KVM", host.kvm ? "yes" : "no: guests are emulated, which is slow", view);
  out += field("Agent", host.agentVersion, view);
  out += field("Generation",
               "desired " + std::to_string(host.desired.value()) + ", observed " +
                   std::to_string(host.observed.value()) + ", reached " + std::to_string(host.reached.value()),
               view);
  return out + section("NODES", nodeTable(nodes, Breadth::narrow, view.now), view);
}

std::string describe(const message::reply::Node& reply, const View& view) {
  const message::NodeRow& node = reply.node;
  const message::InstanceStatus& status = node.status;
  const Cell phase = phaseCell(node);
  const std::string last =
      node.known ? "" : " (its host is lost; last known: " + std::string(toString(status.phase)) + ")";
  std::string out = field("Node", node.name.str(), view, Tone::strong);
  out += field("Phase", phase.text + last, view, phase.tone);
  out += field("Reason", reasonOf(status), view);
  out += field("Since", moment(status.sinceMs, view), view);
  out += field("Host", node.host.str(), view);
  out += field("Cluster", node.cluster.str(), view);
  out += field("Pool", node.pool.str(), view);
  out += field("Revision", std::to_string(node.revision.value()), view);
  out += field("Address", node.address, view);
  out += field("Seen at", joined(status.addresses), view);
  out += field("MAC", node.mac, view);
  out += field("vCPUs", std::to_string(node.vcpus), view);
  out += field("Memory", size(node.memory), view);
  out += field("Disk", size(node.disk), view);
  out += field("Image", node.image, view);
  out += field("Release", releaseWords(status.os), view);
  const Cell update = updateCell(node);
  out += field("Update", update.text, view, update.tone);
  out += field("Tags", pairs(node.tags), view);
  out += field("Incarnation", std::to_string(node.incarnation.value()), view);
  out += field("Instance", status.instance.uuid.isNil() ? "" : status.instance.uuid.str(), view);
  out += field("Boot", status.bootId, view);
  out += field("Restarts", std::to_string(status.restarts), view);
  out += field("Old disk", oldDisk(status), view);
  out += list("Failed units", status.failedUnits, view, Tone::bad);
  for (const message::ToolStatus& each : status.tools) out += toolField(each, view);
  out += section("EVENTS", eventTable(reply.events, Breadth::narrow, view.now), view);
  return out + consoleBlock(status.console, view);
}

std::string describe(const message::ClusterRow& cluster, const std::vector<message::NodeRow>& nodes,
                     const std::vector<message::RolloutRow>& rollouts, const View& view) {
  std::string out = field("Cluster", cluster.name.str(), view, Tone::strong);
  out += field("State", cluster.state, view, Tone::busy);
  out += field("Ready", std::to_string(cluster.ready) + " of " + count(cluster.nodes, "node"), view,
               cluster.ready == cluster.nodes ? Tone::good : Tone::busy);
  out += field("Revision", std::to_string(cluster.revision.value()), view);
  out += field("Image", cluster.image.label, view);
  out += field("", cluster.image.source, view);
  out += field("Declared as", cluster.imageDeclared, view);
  out += section("NODES", nodeTable(nodes, Breadth::narrow, view.now), view);
  return out + section("ROLLOUTS", rolloutTable(rollouts, Breadth::narrow, view.now), view);
}

std::string describe(const message::reply::Rollout& reply, const View& view) {
  const message::RolloutRow& rollout = reply.rollout;
  std::string out = field("Rollout", std::to_string(rollout.id.value()), view, Tone::strong);
  out += field("Cluster", rollout.cluster.str(), view);
  out += field("Revision", revisions(rollout.from, rollout.to), view);
  out += field("State", toString(rollout.state), view, toneOf(rollout.state));
  out += field("Reason", rollout.reason, view);
  out += field("Began", moment(rollout.startedMs, view), view);
  out += field("Ended", moment(rollout.endedMs, view), view);
  out += field("Done", std::to_string(rollout.done) + " of " + count(rollout.changes, "change"), view);
  out += section("CHANGES", changeTable(reply.changes, view.now), view);
  for (const message::RolloutChangeRow& change : reply.changes) {
    if (change.state == message::ChangeState::failed) out += consoleBlock(change.status.console, view);
  }
  return out;
}

}  // namespace berth::show
