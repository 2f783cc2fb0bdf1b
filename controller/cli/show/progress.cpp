// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/progress.h"

#include <algorithm>
#include <chrono>

#include "controller/cli/show/humanise.h"
#include "controller/cli/show/rows.h"
#include "controller/cli/show/text.h"
#include "protocol/message/words.h"

namespace berth::show {

using message::Action;
using message::ChangeState;
using message::RolloutChangeRow;
using message::RolloutState;

namespace {

std::string elapsed(std::int64_t startedMs, std::int64_t endedMs, WallTime now) {
  if (startedMs == 0) return {};
  return duration(std::chrono::milliseconds((endedMs == 0 ? millis(now) : endedMs) - startedMs));
}

/// What the node is at, in one word: its phase while it is being made, else what the rollout does with it.
std::string stepOf(const RolloutChangeRow& change) {
  switch (change.state) {
    case ChangeState::waiting: return "waiting";
    case ChangeState::stopping: return "stopping";
    case ChangeState::copying: return "copying";
    case ChangeState::starting: return std::string(toString(change.status.phase));
    case ChangeState::done: return change.change.action == Action::destroy ? "destroyed" : "ready";
    case ChangeState::failed: return "failed";
  }
  return {};
}

std::string_view markOf(ChangeState state, Signs signs) {
  const bool unicode = signs == Signs::unicode;
  switch (state) {
    case ChangeState::waiting: return unicode ? "·" : " ";
    case ChangeState::stopping:
    case ChangeState::copying:
    case ChangeState::starting: return ">";
    case ChangeState::done: return unicode ? "✓" : "+";
    case ChangeState::failed: return unicode ? "✗" : "x";
  }
  return " ";
}

/// The lower, the sooner it is kept when the screen is too small for all.
int urgency(const RolloutChangeRow& change) {
  switch (change.state) {
    case ChangeState::stopping:
    case ChangeState::copying:
    case ChangeState::starting: return 0;
    case ChangeState::failed: return 1;
    case ChangeState::waiting: return 2;
    case ChangeState::done: return 3;
  }
  return 4;
}

/// Indices of the changes to show, in their own order.
std::vector<std::size_t> chosen(const std::vector<RolloutChangeRow>& changes, std::size_t room) {
  std::vector<std::size_t> indices(changes.size());
  for (std::size_t index = 0; index < indices.size(); ++index) indices[index] = index;
  if (changes.size() <= room) return indices;
  std::ranges::stable_sort(indices, {}, [&](std::size_t index) { return urgency(changes[index]); });
  indices.resize(room);
  std::ranges::sort(indices);
  return indices;
}

std::string waveOf(const message::reply::Rollout& rollout) {
  std::uint32_t waves = 0;
  std::optional<std::uint32_t> current;
  for (const RolloutChangeRow& change : rollout.changes) {
    waves = std::max(waves, change.wave);
    if (change.state != ChangeState::done && !current) current = change.wave;
  }
  return "wave " + std::to_string(current.value_or(waves)) + " of " + std::to_string(waves);
}

std::string headline(const message::reply::Rollout& rollout, WallTime now) {
  const message::RolloutRow& row = rollout.rollout;
  std::string line = "Rollout " + std::to_string(row.id.value()) + " of " + row.cluster.str();
  line += ", revision " + revisions(row.from, row.to) + ": ";
  if (row.state == RolloutState::running && !rollout.changes.empty()) line += waveOf(rollout) + ", ";
  if (row.state != RolloutState::running && row.state != RolloutState::done)
    line += std::string(toString(row.state)) + ", ";
  line += std::to_string(row.done) + " of " + std::to_string(row.changes) + " done";
  return line + ", " + elapsed(row.startedMs, row.endedMs, now);
}

/// What the whole rollout waits for while no change of it is under way: a person, a node, a host.
std::string waitOf(const message::reply::Rollout& rollout, WallTime now) {
  const message::RolloutRow& row = rollout.rollout;
  const bool moves = std::ranges::any_of(rollout.changes, [](const RolloutChangeRow& change) {
    return change.state == ChangeState::stopping || change.state == ChangeState::copying ||
           change.state == ChangeState::starting;
  });
  if (row.reason.empty() || isOver(row.state) || (moves && row.state == RolloutState::running)) return {};
  std::string text = oneLine(row.reason);
  if (row.deadlineMs != 0) text += " (given up in " + elapsed(millis(now), row.deadlineMs, now) + ")";
  return text;
}

/// ASCII for terminals that have nothing else.
std::string inSigns(std::string text, Signs signs) {
  if (signs == Signs::unicode) return text;
  for (const auto& [sign, ascii] : {std::pair{"→", "->"}, std::pair{"…", "."}}) {
    for (std::size_t at = text.find(sign); at != std::string::npos; at = text.find(sign)) {
      text.replace(at, std::string_view(sign).size(), ascii);
    }
  }
  return text;
}

struct Widths {
  std::size_t node = 0;
  std::size_t host = 0;
  std::size_t step = 0;
};

std::string changeLine(const RolloutChangeRow& change, const Widths& widths, WallTime now, const Style& style,
                       std::size_t columns) {
  const Tone tone = toneOf(change.state);
  const std::string step = padded(stepOf(change), widths.step);
  const std::string head =
      padded(change.change.node.str(), widths.node) + "  " + padded(change.change.host.str(), widths.host) + "  ";
  std::string tail = "  " + rightPadded(elapsed(change.startedMs, change.endedMs, now), 6);
  const bool quiet = change.state == ChangeState::done || change.state == ChangeState::waiting;
  const std::string reason = quiet ? std::string() : oneLine(reasonOf(change.status));
  if (!reason.empty()) tail += "  " + reason;
  const std::size_t taken = 4 + columnsOf(head) + columnsOf(step);
  if (taken >= columns) return cutTo("    " + head + step, columns);
  tail = cutTo(inSigns(tail, style.signs), columns - taken);
  tail.erase(tail.find_last_not_of(' ') + 1);
  return "  " + style.paint(markOf(change.state, style.signs), tone) + " " + head + style.paint(step, tone) + tail;
}

std::size_t rowsTaken(const std::string& line, std::size_t columns) {
  const std::size_t taken = columnsOf(oneLine(line));
  return std::max<std::size_t>(1, (taken + columns - 1) / columns);
}

std::string consoleExcerpt(const std::string& console) {
  std::string out;
  std::string lines = manyLines(console);
  while (lines.ends_with('\n')) lines.pop_back();
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    out += "    | " + lines.substr(begin, end - begin) + "\n";
    begin = end + 1;
  }
  return out;
}

std::string failureText(const message::reply::Rollout& rollout, const Style& style) {
  std::string out;
  std::string first;
  std::size_t untouched = 0;
  for (const RolloutChangeRow& change : rollout.changes) {
    if (change.state == ChangeState::waiting) ++untouched;
    if (change.state != ChangeState::failed) continue;
    if (first.empty()) first = change.change.node.str();
    const std::string reason = change.status.reason.empty() ? "failed" : oneLine(change.status.reason);
    out += "\n  " + style.paint(change.change.node.str(), Tone::bad) + " on " + change.change.host.str() + ": " +
           reason + "\n";
    out += consoleExcerpt(change.status.console);
  }
  if (untouched > 0) out += "\n" + count(untouched, "change") + " after it not begun; those nodes are as they were.\n";
  if (!first.empty()) {
    out += "\nWhat to do next:\n  berth logs " + first + "\n      shows its whole console;\n  berth describe node " +
           first + "\n      shows its state and its last events.\n";
  }
  return out + "Mend the spec and apply it again: what is done already is not done twice.\n";
}

}  // namespace

bool isOver(RolloutState state) {
  switch (state) {
    case RolloutState::running:
    case RolloutState::paused:
    case RolloutState::reverting: return false;
    case RolloutState::failed:
    case RolloutState::reverted:
    case RolloutState::done:
    case RolloutState::superseded:
    case RolloutState::aborted: return true;
  }
  return true;
}

std::vector<std::string> progressLines(const message::reply::Rollout& rollout, WallTime now, const Style& style,
                                       Screen screen) {
  // One column stays free: a character in the last one makes some terminals wrap.
  const std::size_t columns = std::max<std::size_t>(screen.columns, 20) - 1;
  std::vector<std::string> lines;
  lines.push_back(style.paint(cutTo(inSigns(headline(rollout, now), style.signs), columns), Tone::strong));
  const std::string wait = waitOf(rollout, now);
  // Headline, the line that tells what is left out, and the one the cursor stands on; and what is waited for.
  const std::size_t taken = wait.empty() ? 3 : 4;
  const std::size_t room = std::max<std::size_t>(screen.rows, taken + 2) - taken;
  const auto shown = chosen(rollout.changes, room);
  Widths widths;
  for (const std::size_t index : shown) {
    const RolloutChangeRow& change = rollout.changes[index];
    widths.node = std::max(widths.node, change.change.node.str().size());
    widths.host = std::max(widths.host, change.change.host.str().size());
    widths.step = std::max(widths.step, stepOf(change).size());
  }
  for (const std::size_t index : shown)
    lines.push_back(changeLine(rollout.changes[index], widths, now, style, columns));
  const std::size_t left = rollout.changes.size() - shown.size();
  if (left > 0) lines.push_back(cutTo("    and " + std::to_string(left) + " more", columns));
  if (!wait.empty()) lines.push_back(style.paint(cutTo("  " + inSigns(wait, style.signs), columns), Tone::busy));
  return lines;
}

std::vector<std::string> Steps::news(const message::reply::Rollout& rollout, WallTime now) {
  std::vector<std::string> lines;
  std::size_t widest = 0;
  for (const RolloutChangeRow& change : rollout.changes) widest = std::max(widest, change.change.node.str().size());
  for (const RolloutChangeRow& change : rollout.changes) {
    if (change.state == ChangeState::waiting) continue;
    const std::string step = stepOf(change);
    std::string& said = said_[change.change.node];
    if (said == step) continue;
    said = step;
    std::string line = rightPadded(elapsed(rollout.rollout.startedMs, 0, now), 6) + "  " +
                       padded(change.change.node.str(), widest) + "  " + change.change.host.str() + "  " + step;
    const bool quiet = change.state == ChangeState::done;
    if (!quiet && !change.status.reason.empty()) line += "  " + oneLine(change.status.reason);
    lines.push_back(line);
  }
  // The reason alone: with how long it is waited for, each second would have a line.
  const std::string wait = waitOf(rollout, now).empty() ? std::string() : oneLine(rollout.rollout.reason);
  if (wait != waited_ && !wait.empty()) {
    lines.push_back(rightPadded(elapsed(rollout.rollout.startedMs, 0, now), 6) + "  " + wait);
  }
  waited_ = wait;
  return lines;
}

std::string outcomeText(const message::reply::Rollout& rollout, WallTime now, const Style& style) {
  const message::RolloutRow& row = rollout.rollout;
  const std::string name = "Rollout " + std::to_string(row.id.value()) + " of cluster " + row.cluster.str();
  const std::string span = elapsed(row.startedMs, row.endedMs, now);
  const std::string reason = row.reason.empty() ? "" : ": " + oneLine(row.reason);
  switch (row.state) {
    case RolloutState::running: return name + " is running" + reason + "\n";
    case RolloutState::paused: return name + " is paused" + reason + "\n";
    case RolloutState::reverting: return name + " failed, and the cluster is on its way back" + reason + "\n";
    case RolloutState::aborted:
      return name + " was aborted after " + span + reason + "\nTo go on with it: berth rollout retry " +
             row.cluster.str() + "\n";
    case RolloutState::done:
      return style.paint("Done", Tone::good) + ": " + count(row.changes, "change") + " in " + span + ".\n";
    case RolloutState::superseded:
      return name + " was superseded by a newer one" + reason + "\nSee it with: berth rollout status " +
             row.cluster.str() + "\n";
    case RolloutState::failed:
    case RolloutState::reverted:
      return style.paint(name + (row.state == RolloutState::failed ? " failed" : " was reverted"), Tone::bad) +
             " after " + span + reason + "\n" + failureText(rollout, style);
  }
  return {};
}

std::string repaint(const std::vector<std::string>& previous, const std::vector<std::string>& lines, Screen screen) {
  std::size_t up = 0;
  for (const std::string& line : previous) up += rowsTaken(line, std::max<std::size_t>(screen.columns, 1));
  up = std::min(up, screen.rows > 0 ? screen.rows - 1 : 0);
  std::string out = "\r";
  if (up > 0) out += "\x1b[" + std::to_string(up) + "A";
  for (const std::string& line : lines) out += line + "\x1b[K\n";
  // What a longer block left below.
  return out + "\x1b[J";
}

}  // namespace berth::show
