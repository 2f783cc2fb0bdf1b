// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/show/plan_changes.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "controller/cli/show/node_names.h"
#include "controller/cli/show/text.h"

namespace berth::show {

using message::ChangeRow;

namespace {

constexpr std::size_t kActionColumns = 7;
constexpr std::string_view kReasonIndent = "        ";
constexpr std::string_view kDiffIndent = "          ";
/// Of the diffs of nodes that change alike, unless all of them are asked for.
constexpr std::size_t kBriefLines = 12;

std::string_view signOf(Kind kind) {
  switch (kind) {
    case Kind::create: return "  +";
    case Kind::update: return "  ~";
    case Kind::replace: return "-/+";
    case Kind::move: return "-/>";
    case Kind::destroy: return "  -";
    case Kind::restart: return "  ^";
  }
  return "  ?";
}

/// True for "base.bu:14:5": not a change but the place that caused the one before it, as older controllers list it.
bool isPlace(std::string_view reason) {
  const std::size_t colon = reason.rfind(':');
  if (colon == std::string_view::npos || colon + 1 == reason.size() || reason.find(' ') != std::string_view::npos) {
    return false;
  }
  return reason.substr(colon + 1).find_first_not_of("0123456789") == std::string_view::npos;
}

/// The reasons, each with the places that it comes from: "/etc/motd changed ← base.bu:14:5".
std::vector<std::string> chainsOf(const std::vector<std::string>& reasons) {
  std::vector<std::string> chains;
  for (const std::string& reason : reasons) {
    if (!chains.empty() && isPlace(reason)) {
      chains.back() += " ← " + oneLine(reason);
    } else {
      chains.push_back(oneLine(reason));
    }
  }
  return chains;
}

/// The cause is fainter than what it caused.
std::string paintedChain(const std::string& lines, const Style& style) {
  const std::size_t arrow = lines.find(" ← ");
  if (arrow == std::string::npos || style.colour == Colour::off) return lines;
  std::string out = lines.substr(0, arrow);
  std::size_t at = arrow;
  // A colour must not reach over a line's end: the indentation of the next line would be in it.
  while (at < lines.size()) {
    const std::size_t end = std::min(lines.find('\n', at), lines.size());
    const std::size_t text = std::min(lines.find_first_not_of(' ', at), end);
    out += lines.substr(at, text - at) + style.paint(lines.substr(text, end - text), Tone::faint);
    if (end < lines.size()) out += '\n';
    at = end + 1;
  }
  return out;
}

struct Group {
  Kind kind = Kind::create;
  std::vector<const ChangeRow*> changes;
};

/// In the order in which the first of each comes.
std::vector<Group> groupsOf(const message::PlanRow& plan) {
  using Key = std::tuple<Kind, PoolName, bool, std::uint32_t, std::vector<std::string>>;
  std::map<Key, std::size_t> known;
  std::vector<Group> groups;
  const auto add = [&](const ChangeRow& change) {
    const Kind kind = kindOf(change);
    const Key key{kind, change.pool, change.effect == message::Effect::nextBoot, change.detail, change.reasons};
    const auto [found, isNew] = known.try_emplace(key, groups.size());
    if (isNew) groups.push_back({kind, {}});
    groups[found->second].changes.push_back(&change);
  };
  for (const ChangeRow& change : plan.updates) add(change);
  for (const auto& wave : plan.waves) std::ranges::for_each(wave, add);
  return groups;
}

std::string whoOf(const Group& group) {
  std::vector<NodeName> names;
  names.reserve(group.changes.size());
  for (const ChangeRow* change : group.changes) names.push_back(change->node);
  std::string who = namesText(std::move(names));
  if (group.kind != Kind::update) return who;
  const bool now = group.changes.front()->effect == message::Effect::now;
  return who + (now ? ", at once" : group.changes.size() == 1 ? ", at its next boot" : ", at their next boot");
}

Tone toneOfDiff(std::string_view line) {
  if (line.starts_with('+')) return Tone::good;
  if (line.starts_with('-')) return Tone::bad;
  return line.starts_with("@@") ? Tone::faint : Tone::plain;
}

class Diffs {
public:
  Diffs(const Style& style, Extent extent) : style_(style), extent_(extent) {}

  std::string text(const message::DetailRow& detail) {
    for (const message::PartRow& part : detail.parts) {
      if (part.diff.empty() && part.note.empty()) continue;
      const std::string head = oneLine(part.subject) + (part.note.empty() ? "" : ": " + oneLine(part.note));
      each(wrapped(head, kPlanColumns, kReasonIndent), Tone::plain);
      const std::string diff = manyLines(part.diff);
      for (std::size_t at = 0; at < diff.size();) {
        const std::size_t end = std::min(diff.find('\n', at), diff.size());
        const std::string_view content = std::string_view(diff).substr(at, end - at);
        line(std::string(kDiffIndent) + std::string(content), toneOfDiff(content));
        at = end + 1;
      }
    }
    if (left_ > 0) {
      out_ += std::string(kDiffIndent) +
              style_.paint("… " + std::to_string(left_) + " more lines; see them with --diff", Tone::faint) + "\n";
    }
    return std::move(out_);
  }

private:
  void each(const std::string& lines, Tone tone) {
    for (std::size_t at = 0; at < lines.size();) {
      const std::size_t end = std::min(lines.find('\n', at), lines.size());
      line(lines.substr(at, end - at), tone);
      at = end + 1;
    }
  }

  void line(const std::string& text, Tone tone) {
    if (extent_ == Extent::brief && lines_ >= kBriefLines) {
      ++left_;
      return;
    }
    ++lines_;
    const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
    out_ += text.substr(0, begin) + style_.paint(text.substr(begin), tone) + "\n";
  }

  const Style& style_;
  const Extent extent_;
  std::string out_;
  std::size_t lines_ = 0;
  std::size_t left_ = 0;
};

}  // namespace

Kind kindOf(const ChangeRow& change) {
  switch (change.action) {
    case message::Action::create: return Kind::create;
    case message::Action::replace: return change.from.empty() ? Kind::replace : Kind::move;
    case message::Action::destroy: return Kind::destroy;
    case message::Action::update: return Kind::update;
    case message::Action::restart: return Kind::restart;
  }
  return Kind::update;
}

std::string_view wordOf(Kind kind) {
  switch (kind) {
    case Kind::create: return "create";
    case Kind::update: return "update";
    case Kind::replace: return "replace";
    case Kind::move: return "move";
    case Kind::destroy: return "destroy";
    case Kind::restart: return "restart";
  }
  return "change";
}

Tone toneOf(Kind kind) {
  switch (kind) {
    case Kind::create: return Tone::good;
    case Kind::update:
    case Kind::replace:
    case Kind::restart:
    case Kind::move: return Tone::busy;
    case Kind::destroy: return Tone::bad;
  }
  return Tone::plain;
}

std::string hanging(const std::string& head, std::size_t columns, std::string_view text) {
  const std::string indent(columns, ' ');
  const std::string lines = wrapped(text, kPlanColumns, indent);
  return head + (lines.size() > columns ? lines.substr(columns) : "\n");
}

std::string changesText(const message::PlanRow& plan, const Style& style, Extent extent) {
  std::string out;
  for (const Group& group : groupsOf(plan)) {
    const std::string sign = std::string(signOf(group.kind)) + " " + padded(wordOf(group.kind), kActionColumns);
    out += "\n" + hanging("  " + style.paint(sign, toneOf(group.kind)) + "  ", 4 + sign.size(), whoOf(group));
    for (const std::string& chain : chainsOf(group.changes.front()->reasons)) {
      const std::string lines = wrapped(chain, kPlanColumns - 2, std::string(kReasonIndent) + "  ");
      // The first line of a reason stands out by two columns.
      out += paintedChain(lines.substr(std::min<std::size_t>(2, lines.size())), style);
    }
    const std::uint32_t detail = group.changes.front()->detail;
    if (detail > 0 && detail <= plan.details.size()) out += Diffs(style, extent).text(plan.details[detail - 1]);
  }
  return out;
}

}  // namespace berth::show
