// SPDX-License-Identifier: Apache-2.0
//
// Lines become numbers, equal lines the same one. Then, on what is left between the common beginning and the common
// end, E. W. Myers' greedy search ("An O(ND) difference algorithm and its variations", 1986) finds the shortest script.
// Its cost grows with the square of the changes, so it gives up after kMostChanges of them: then the lines that occur
// exactly once on each side are taken for fixed points, in the longest order they have in common, and the search runs
// between each two of them. Where that is too much as well, all lines in between count as changed.
#include "planner/ignition/text_diff.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <unordered_map>

#include "planner/source/text.h"

namespace berth::ignition {
namespace {

/// The search keeps the square of this in numbers of eight bytes: 8 MB.
constexpr std::int64_t kMostChanges = 1000;
/// Steps of all searches of a pair of texts together: some tenths of a second.
constexpr std::size_t kMostSteps = std::size_t{50} << 20;

using LineId = std::uint32_t;

/// With their line breaks, so that a last line without one differs from the same line with one.
std::vector<std::string_view> linesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;
  [[nodiscard]] std::size_t size() const { return end - begin; }
};

struct Stretch {
  Range before;
  Range after;
};

/// Marks, on each side, the lines that the other side lacks.
class Alignment {
public:
  Alignment(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after) {
    std::unordered_map<std::string_view, LineId> ids;
    auto numbered = [&ids](const std::vector<std::string_view>& lines) {
      std::vector<LineId> out;
      out.reserve(lines.size());
      for (std::string_view line : lines)
        out.push_back(ids.emplace(line, static_cast<LineId>(ids.size())).first->second);
      return out;
    };
    before_ = numbered(before);
    after_ = numbered(after);
    kinds_ = ids.size();
    goes_.resize(before.size());
    comes_.resize(after.size());
    Stretch all = trimmed({{0, before.size()}, {0, after.size()}});
    if (search(all)) return;
    for (const Stretch& each : betweenFixedPoints(all)) {
      Stretch rest = trimmed(each);
      if (!search(rest)) replace(rest);
    }
  }

  [[nodiscard]] bool goes(std::size_t line) const { return line < goes_.size() && goes_[line]; }
  [[nodiscard]] bool comes(std::size_t line) const { return line < comes_.size() && comes_[line]; }

private:
  /// Without what both begin and end with.
  [[nodiscard]] Stretch trimmed(Stretch all) const {
    auto& [before, after] = all;
    while (before.size() > 0 && after.size() > 0 && before_[before.begin] == after_[after.begin]) {
      ++before.begin;
      ++after.begin;
    }
    while (before.size() > 0 && after.size() > 0 && before_[before.end - 1] == after_[after.end - 1]) {
      --before.end;
      --after.end;
    }
    return all;
  }

  void replace(const Stretch& all) {
    for (std::size_t line = all.before.begin; line < all.before.end; ++line) goes_[line] = true;
    for (std::size_t line = all.after.begin; line < all.after.end; ++line) comes_[line] = true;
  }

  /// Marks the shortest script. False, and nothing marked, when finding it takes too long.
  bool search(const Stretch& all) {
    auto width = static_cast<std::int64_t>(all.before.size());
    auto height = static_cast<std::int64_t>(all.after.size());
    if (width == 0 || height == 0) return replace(all), true;
    // Row d holds, for each diagonal -d … d, how far into `before` d changes lead.
    std::vector<std::vector<std::int64_t>> rows;
    for (std::int64_t changes = 0; changes <= kMostChanges; ++changes) {
      rows.emplace_back(static_cast<std::size_t>(2 * changes + 1));
      for (std::int64_t diagonal = -changes; diagonal <= changes; diagonal += 2) {
        std::int64_t x = changes == 0 ? 0 : furthest(rows, changes, diagonal).x;
        std::int64_t y = x - diagonal;
        while (x < width && y < height && isSame(all, x, y)) ++x, ++y, ++steps_;
        rows.back()[static_cast<std::size_t>(diagonal + changes)] = x;
        if (diagonal == width - height && x == width) return mark(all, rows, changes), true;
        if (++steps_ > kMostSteps) return false;
      }
    }
    return false;
  }

  [[nodiscard]] bool isSame(const Stretch& all, std::int64_t x, std::int64_t y) const {
    return before_[all.before.begin + static_cast<std::size_t>(x)] ==
           after_[all.after.begin + static_cast<std::size_t>(y)];
  }

  struct Step {
    std::int64_t x;
    bool removes;
  };

  /// The last change of the best way with `changes` changes to `diagonal`, and where it leads.
  static Step furthest(const std::vector<std::vector<std::int64_t>>& rows, std::int64_t changes,
                       std::int64_t diagonal) {
    const auto& row = rows[static_cast<std::size_t>(changes - 1)];
    auto at = [&](std::int64_t other) {
      if (std::abs(other) > changes - 1) return std::numeric_limits<std::int64_t>::min();
      return row[static_cast<std::size_t>(other + changes - 1)];
    };
    std::int64_t left = at(diagonal - 1);
    std::int64_t above = at(diagonal + 1);
    bool removes = left >= above;
    return {removes ? left + 1 : above, removes};
  }

  /// From the end back to the beginning.
  void mark(const Stretch& all, const std::vector<std::vector<std::int64_t>>& rows, std::int64_t changes) {
    std::int64_t diagonal = static_cast<std::int64_t>(all.before.size()) - static_cast<std::int64_t>(all.after.size());
    for (; changes > 0; --changes) {
      Step step = furthest(rows, changes, diagonal);
      std::int64_t y = step.x - diagonal;
      if (step.removes) {
        goes_[all.before.begin + static_cast<std::size_t>(step.x - 1)] = true;
        --diagonal;
      } else {
        comes_[all.after.begin + static_cast<std::size_t>(y - 1)] = true;
        ++diagonal;
      }
    }
  }

  /// The lines that stand once in each, in the longest order common to both, and what lies between them.
  [[nodiscard]] std::vector<Stretch> betweenFixedPoints(const Stretch& all) const {
    constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
    struct Seen {
      std::size_t before = 0;
      std::size_t after = 0;
      std::size_t afterLine = 0;
    };
    std::vector<Seen> seen(kinds_);
    for (std::size_t line = all.before.begin; line < all.before.end; ++line) ++seen[before_[line]].before;
    for (std::size_t line = all.after.begin; line < all.after.end; ++line) {
      ++seen[after_[line]].after;
      seen[after_[line]].afterLine = line;
    }
    struct Pair {
      std::size_t before;
      std::size_t after;
      std::size_t previous;
    };
    // Patience sorting: the last pair of the best row of each length.
    std::vector<Pair> pairs;
    std::vector<std::size_t> lasts;
    for (std::size_t line = all.before.begin; line < all.before.end; ++line) {
      const Seen& each = seen[before_[line]];
      if (each.before != 1 || each.after != 1) continue;
      auto place =
          std::ranges::lower_bound(lasts, each.afterLine, {}, [&](std::size_t last) { return pairs[last].after; });
      pairs.push_back({line, each.afterLine, place == lasts.begin() ? kNone : *(place - 1)});
      if (place == lasts.end()) {
        lasts.push_back(pairs.size() - 1);
      } else {
        *place = pairs.size() - 1;
      }
    }
    std::vector<Stretch> out;
    Stretch rest = all;
    for (std::size_t at = lasts.empty() ? kNone : lasts.back(); at != kNone; at = pairs[at].previous) {
      out.push_back({{pairs[at].before + 1, rest.before.end}, {pairs[at].after + 1, rest.after.end}});
      rest.before.end = pairs[at].before;
      rest.after.end = pairs[at].after;
    }
    out.push_back(rest);
    return out;
  }

  std::vector<LineId> before_;
  std::vector<LineId> after_;
  std::size_t kinds_ = 0;
  std::vector<bool> goes_;
  std::vector<bool> comes_;
  std::size_t steps_ = 0;
};

DiffLine lineOf(DiffLine::In in, std::string_view line) {
  bool hasLineBreak = line.ends_with('\n');
  if (hasLineBreak) line.remove_suffix(1);
  return {in, std::string(line), hasLineBreak};
}

/// Groups a script into hunks while it walks over both texts.
class Hunks {
public:
  explicit Hunks(std::size_t context) : context_(context) {}

  void kept(std::string_view line) {
    ++before_;
    ++after_;
    around_.push_back(line);
    if (!open_) {
      if (around_.size() > context_) around_.erase(around_.begin());
    } else if (around_.size() > 2 * context_) {
      close();
    }
  }
  void gone(std::string_view line) {
    begin();
    ++before_;
    ++out_.back().beforeCount;
    out_.back().lines.push_back(lineOf(DiffLine::In::before, line));
  }
  void fresh(std::string_view line) {
    begin();
    ++after_;
    ++out_.back().afterCount;
    out_.back().lines.push_back(lineOf(DiffLine::In::after, line));
  }

  std::vector<Hunk> take() {
    if (open_) close();
    for (Hunk& hunk : out_) {
      if (hunk.beforeCount == 0) --hunk.beforeStart;
      if (hunk.afterCount == 0) --hunk.afterStart;
    }
    return std::move(out_);
  }

private:
  void begin() {
    if (!open_) out_.push_back({before_ + 1 - around_.size(), 0, after_ + 1 - around_.size(), 0, {}});
    open_ = true;
    show(around_.size());
    around_.clear();
  }
  /// The lines behind the last change; what more was kept is the context of the next hunk.
  void close() {
    std::size_t behind = std::min(context_, around_.size());
    show(behind);
    std::size_t next = std::min(context_, around_.size() - behind);
    around_.erase(around_.begin(), around_.end() - static_cast<std::ptrdiff_t>(next));
    open_ = false;
  }
  void show(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) out_.back().lines.push_back(lineOf(DiffLine::In::both, around_[i]));
    out_.back().beforeCount += count;
    out_.back().afterCount += count;
  }

  std::size_t context_;
  /// Lines passed so far.
  std::size_t before_ = 0;
  std::size_t after_ = 0;
  /// Kept lines that are not shown yet.
  std::vector<std::string_view> around_;
  bool open_ = false;
  std::vector<Hunk> out_;
};

std::string extent(std::size_t start, std::size_t count) {
  return std::to_string(start) + (count == 1 ? "" : "," + std::to_string(count));
}

}  // namespace

std::vector<Hunk> textDiff(std::string_view before, std::string_view after, std::size_t context) {
  if (before == after) return {};
  auto old = linesOf(before);
  auto fresh = linesOf(after);
  Alignment alignment(old, fresh);
  Hunks hunks(context);
  for (std::size_t i = 0, j = 0; i < old.size() || j < fresh.size();) {
    if (alignment.goes(i)) {
      hunks.gone(old[i++]);
    } else if (alignment.comes(j)) {
      hunks.fresh(fresh[j++]);
    } else {
      hunks.kept(old[i]);
      ++i, ++j;
    }
  }
  return hunks.take();
}

std::string headingOf(const Hunk& hunk) {
  return "@@ -" + extent(hunk.beforeStart, hunk.beforeCount) + " +" + extent(hunk.afterStart, hunk.afterCount) + " @@";
}

std::string unified(const Hunk& hunk) {
  std::string out = headingOf(hunk) + "\n";
  for (const DiffLine& line : hunk.lines) {
    out += line.in == DiffLine::In::both ? ' ' : line.in == DiffLine::In::before ? '-' : '+';
    out += line.text + "\n";
    if (!line.hasLineBreak) out += "\\ No newline at end of file\n";
  }
  return out;
}

bool isText(std::string_view bytes) {
  constexpr std::string_view kPlain = "\t\n\r\f";
  while (!bytes.empty()) {
    std::size_t length = source::utf8Length(bytes);
    char first = bytes[0];
    bool isControl = static_cast<unsigned char>(first) < 0x20 && kPlain.find(first) == std::string_view::npos;
    if (length == 0 || isControl || first == 0x7f) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace berth::ignition
