// SPDX-License-Identifier: Apache-2.0
//
// Texts are UTF-8 and are counted in characters. Upper and lower case are those of ASCII: anything more would depend on
// a table of Unicode that changes from year to year.
#include <algorithm>
#include <array>
#include <memory>

#include <re2/re2.h>

#include "planner/source/text.h"
#include "planner/template/format.h"
#include "planner/template/function.h"

namespace berth::templates {
namespace {

constexpr std::string_view kSpace = " \t\n\v\f\r";

Value bounded(const Call& call, std::string text) {
  if (text.size() > kMaxTextBytes) {
    call.refuse("the text would be longer than " + std::to_string(kMaxTextBytes) + " bytes");
  }
  call.charge(text.size() / 64);
  return Value::of(std::move(text));
}

char lowerOf(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
char upperOf(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - ('a' - 'A')) : c; }

Value chomp(const Call& call) {
  std::string text = call.text(0);
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  return Value::of(std::move(text));
}

Value startsWith(const Call& call) { return Value::of(call.text(0).starts_with(call.text(1))); }
Value endsWith(const Call& call) { return Value::of(call.text(0).ends_with(call.text(1))); }
Value strContains(const Call& call) { return Value::of(call.text(0).find(call.text(1)) != std::string::npos); }

Value formatText(const Call& call) {
  return bounded(call, formatted(call, call.text(0), {call.all().begin() + 1, call.all().end()}));
}

/// Lists are walked side by side; what is no list is the same for all.
Value formatList(const Call& call) {
  const std::string pattern = call.text(0);
  std::size_t length = 1;
  bool hasList = false;
  for (std::size_t i = 1; i < call.size(); ++i) {
    if (!call.at(i).isList()) continue;
    const std::size_t own = call.list(i).size();
    if (hasList && own != length) call.refuse("the lists are of different lengths");
    length = own;
    hasList = true;
  }
  Value::List out;
  for (std::size_t row = 0; row < length; ++row) {
    std::vector<Value> arguments;
    for (std::size_t i = 1; i < call.size(); ++i) {
      arguments.push_back(call.at(i).isList() ? call.at(i).list()[row] : call.at(i));
    }
    out.push_back(bounded(call, formatted(call, pattern, arguments)));
  }
  return Value::of(std::move(out));
}

Value indent(const Call& call) {
  const auto spaces = static_cast<std::size_t>(call.whole(0, 0, 1000));
  const std::string text = call.text(1);
  const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  if (lines * spaces + text.size() > kMaxTextBytes) call.refuse("the text would be too long");
  std::string out;
  for (const char c : text) {
    out += c;
    if (c == '\n') out.append(spaces, ' ');
  }
  return bounded(call, std::move(out));
}

Value join(const Call& call) {
  const std::string between = call.text(0);
  std::string out;
  for (std::size_t i = 1; i < call.size(); ++i) {
    bool isFirst = i == 1;
    for (const std::string& each : call.texts(i)) {
      if (!isFirst) out += between;
      out += each;
      isFirst = false;
      if (out.size() > kMaxTextBytes) return bounded(call, std::move(out));
    }
  }
  return bounded(call, std::move(out));
}

Value lower(const Call& call) {
  std::string text = call.text(0);
  std::ranges::transform(text, text.begin(), lowerOf);
  return Value::of(std::move(text));
}

Value upper(const Call& call) {
  std::string text = call.text(0);
  std::ranges::transform(text, text.begin(), upperOf);
  return Value::of(std::move(text));
}

Value title(const Call& call) {
  std::string text = call.text(0);
  bool begins = true;
  for (char& c : text) {
    if (begins) c = upperOf(c);
    begins = kSpace.find(c) != std::string_view::npos;
  }
  return Value::of(std::move(text));
}

std::string trimmed(std::string_view text, std::string_view of) {
  const auto first = text.find_first_not_of(of);
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(of) - first + 1));
}

Value trim(const Call& call) { return Value::of(trimmed(call.text(0), call.text(1))); }
Value trimSpace(const Call& call) { return Value::of(trimmed(call.text(0), kSpace)); }

Value trimPrefix(const Call& call) {
  const std::string text = call.text(0);
  const std::string prefix = call.text(1);
  return Value::of(text.starts_with(prefix) ? text.substr(prefix.size()) : text);
}

Value trimSuffix(const Call& call) {
  const std::string text = call.text(0);
  const std::string suffix = call.text(1);
  return Value::of(text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

Value split(const Call& call) {
  const std::string between = call.text(0);
  const std::string text = call.text(1);
  Value::List out;
  if (between.empty()) {
    for (const char32_t each : source::decode(text)) {
      std::string character;
      source::appendUtf8(character, each);
      out.push_back(Value::of(std::move(character)));
    }
  } else {
    std::size_t from = 0;
    for (auto at = text.find(between); at != std::string::npos; at = text.find(between, from)) {
      out.push_back(Value::of(text.substr(from, at - from)));
      from = at + between.size();
    }
    out.push_back(Value::of(text.substr(from)));
  }
  call.charge(out.size());
  if (out.size() > kMaxElements)
    call.refuse("the list would have more than " + std::to_string(kMaxElements) + " elements");
  return Value::of(std::move(out));
}

Value strrev(const Call& call) {
  std::u32string characters = source::decode(call.text(0));
  std::ranges::reverse(characters);
  std::string out;
  for (const char32_t each : characters) source::appendUtf8(out, each);
  return Value::of(std::move(out));
}

Value substr(const Call& call) {
  const std::string text = call.text(0);
  const auto total = static_cast<std::int64_t>(source::countCharacters(text));
  std::int64_t offset = call.whole(1);
  const std::int64_t length = call.whole(2, -1, static_cast<std::int64_t>(kMaxTextBytes));
  if (offset < 0) offset = std::max<std::int64_t>(offset + total, 0);
  offset = std::min(offset, total);
  const std::int64_t count = length < 0 ? total - offset : std::min(length, total - offset);
  return Value::of(
      std::string(source::characters(text, static_cast<std::size_t>(offset), static_cast<std::size_t>(count))));
}

// ---- regular expressions ----------------------------------------------------------------------------------------

/// RE2 works in time that grows with the text only, whatever the pattern; its memory is bounded here.
class Pattern {
public:
  Pattern(const Call& call, const std::string& text) {
    RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(std::int64_t{1} << 20);
    if (text.size() > 4096) call.refuse("the pattern is longer than 4096 bytes");
    pattern_ = std::make_unique<RE2>(text, options);
    if (!pattern_->ok())
      call.refuse("the pattern is wrong: " +
                  (call.around().isSensitive() ? std::string("(sensitive)") : pattern_->error()));
    groups_ = static_cast<std::size_t>(pattern_->NumberOfCapturingGroups());
  }

  /// The first match at or after `from`, the whole of it first; nothing when there is none.
  [[nodiscard]] std::optional<std::vector<re2::StringPiece>> find(const std::string& text, std::size_t from) const {
    std::vector<re2::StringPiece> found(groups_ + 1);
    if (!pattern_->Match(text, from, text.size(), RE2::UNANCHORED, found.data(), static_cast<int>(found.size()))) {
      return std::nullopt;
    }
    return found;
  }

  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] const RE2& re2() const { return *pattern_; }

  /// Text without groups, a map for named ones, else a list: what Terraform makes of a match.
  [[nodiscard]] Value valueOf(const std::vector<re2::StringPiece>& found) const {
    if (groups_ == 0) return Value::of(found[0].as_string());
    const auto valueAt = [&](std::size_t i) {
      return found[i].data() == nullptr ? Value::of(std::string()) : Value::of(found[i].as_string());
    };
    if (!pattern_->NamedCapturingGroups().empty()) {
      Value::Map map;
      for (const auto& [name, group] : pattern_->NamedCapturingGroups())
        map[name] = valueAt(static_cast<std::size_t>(group));
      return Value::of(std::move(map));
    }
    Value::List list;
    for (std::size_t i = 1; i <= groups_; ++i) list.push_back(valueAt(i));
    return Value::of(std::move(list));
  }

private:
  std::unique_ptr<RE2> pattern_;
  std::size_t groups_ = 0;
};

std::size_t after(const std::string& text, const re2::StringPiece& match) {
  const auto end = static_cast<std::size_t>(match.data() - text.data()) + match.size();
  return match.empty() ? end + 1 : end;
}

Value regex(const Call& call) {
  const Pattern pattern(call, call.text(0));
  const std::string text = call.text(1);
  call.charge(text.size() / 8);
  const auto found = pattern.find(text, 0);
  if (!found) call.refuse("the pattern matches nothing in " + call.shown(call.at(1)));
  return pattern.valueOf(*found);
}

Value regexAll(const Call& call) {
  const Pattern pattern(call, call.text(0));
  const std::string text = call.text(1);
  Value::List out;
  for (std::size_t from = 0; from <= text.size();) {
    // Each search may look at all the rest.
    call.charge(10 + (text.size() - from) / 8);
    const auto found = pattern.find(text, from);
    if (!found) break;
    out.push_back(pattern.valueOf(*found));
    from = after(text, found->front());
  }
  return Value::of(std::move(out));
}

/// The text between slashes is a pattern; anything else is meant as it stands.
Value replace(const Call& call) {
  const std::string text = call.text(0);
  const std::string what = call.text(1);
  const std::string with = call.text(2);
  std::string out;
  if (what.size() >= 2 && what.starts_with('/') && what.ends_with('/')) {
    const Pattern pattern(call, what.substr(1, what.size() - 2));
    const std::vector<Substitute> substitutes = substitutesOf(with);
    std::size_t from = 0;
    std::size_t kept = 0;
    while (from <= text.size()) {
      call.charge(10 + (text.size() - from) / 8);
      const auto found = pattern.find(text, from);
      if (!found) break;
      const auto start = static_cast<std::size_t>(found->front().data() - text.data());
      out.append(text, kept, start - kept);
      for (const Substitute& each : substitutes) {
        out += each.literal;
        std::size_t group = each.group;
        if (!each.name.empty()) {
          const auto& named = pattern.re2().NamedCapturingGroups();
          const auto at = named.find(each.name);
          group = at == named.end() ? found->size() : static_cast<std::size_t>(at->second);
        }
        if (each.isGroup && group < found->size() && (*found)[group].data() != nullptr)
          out += (*found)[group].as_string();
      }
      kept = start + found->front().size();
      from = after(text, found->front());
      if (out.size() > kMaxTextBytes) return bounded(call, std::move(out));
    }
    out.append(text, std::min(kept, text.size()));
    return bounded(call, std::move(out));
  }
  if (what.empty()) call.refuse("there is nothing to replace: the second argument is empty");
  std::size_t from = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, from)) {
    out.append(text, from, at - from).append(with);
    from = at + what.size();
    if (out.size() > kMaxTextBytes) return bounded(call, std::move(out));
  }
  return bounded(call, out.append(text, from));
}

constexpr std::array kFunctions{
    Function{"chomp", 1, 1, chomp},
    Function{"startswith", 2, 2, startsWith},
    Function{"endswith", 2, 2, endsWith},
    Function{"strcontains", 2, 2, strContains},
    Function{"format", 1, kAnyNumber, formatText},
    Function{"formatlist", 1, kAnyNumber, formatList},
    Function{"indent", 2, 2, indent},
    Function{"join", 2, kAnyNumber, join},
    Function{"lower", 1, 1, lower},
    Function{"upper", 1, 1, upper},
    Function{"title", 1, 1, title},
    Function{"trim", 2, 2, trim},
    Function{"trimprefix", 2, 2, trimPrefix},
    Function{"trimsuffix", 2, 2, trimSuffix},
    Function{"trimspace", 1, 1, trimSpace},
    Function{"regex", 2, 2, regex},
    Function{"regexall", 2, 2, regexAll},
    Function{"replace", 3, 3, replace},
    Function{"split", 2, 2, split},
    Function{"strrev", 1, 1, strrev},
    Function{"substr", 3, 3, substr},
};

}  // namespace

std::span<const Function> textFunctions() { return kFunctions; }

}  // namespace berth::templates
