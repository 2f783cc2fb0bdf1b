// SPDX-License-Identifier: Apache-2.0
#include "planner/node/lint_units.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "planner/ignition/resource.h"
#include "planner/node/known_units.h"
#include "planner/node/layer.h"

namespace berth::node {

using ignition::Config;
using ignition::Value;
using source::Findings;
using source::warning;

namespace {

constexpr std::array<std::string_view, 11> kNamesUnits{"After",     "Before",     "Wants",    "Requires",
                                                       "Requisite", "BindsTo",    "PartOf",   "Upholds",
                                                       "WantedBy",  "RequiredBy", "OnFailure"};
/// Made from other things than unit files: by a mount table, the kernel, or at run time.
constexpr std::array<std::string_view, 6> kMadeElsewhere{".mount",  ".automount", ".swap",
                                                         ".device", ".slice",     ".scope"};
/// Where nothing is unless somebody brings it.
constexpr std::array<std::string_view, 6> kEmptyAtFirst{"/etc/", "/var/", "/opt/", "/usr/local/", "/srv/", "/home/"};

/// Larger files are not looked into.
constexpr std::size_t kLookedInto = std::size_t{1} << 18;

struct Setting {
  std::string_view key;
  std::string value;
};

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// The settings of a unit's text, with lines that go on joined.
std::vector<Setting> settingsOf(std::string_view text) {
  std::vector<Setting> settings;
  bool goesOn = false;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with('#') || line.starts_with(';')) continue;
    const bool more = line.ends_with('\\');
    if (more) line.remove_suffix(1);
    const auto equals = line.find('=');
    if (goesOn && !settings.empty()) {
      settings.back().value += " " + std::string(line);
    } else if (equals != std::string_view::npos) {
      settings.push_back({trimmed(line.substr(0, equals)), std::string(trimmed(line.substr(equals + 1)))});
    }
    goesOn = more;
  }
  return settings;
}

std::vector<std::string> wordsOf(std::string_view text) {
  std::vector<std::string> words;
  while (!(text = trimmed(text)).empty()) {
    const auto end = text.find_first_of(" \t");
    words.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
  }
  return words;
}

/// "getty@.service" of "getty@tty1.service".
std::string templateOf(const std::string& unit) {
  const auto at = unit.find('@');
  const auto dot = unit.rfind('.');
  if (at == std::string::npos || dot == std::string::npos || dot < at) return unit;
  return unit.substr(0, at + 1) + unit.substr(dot);
}

std::string_view nameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

const source::Mark& markOf(const Value& entry, std::string_view member) {
  const Value* value = entry.find(member);
  return value != nullptr && value->origin().mark.known() ? value->origin().mark : entry.origin().mark;
}

class UnitLint {
public:
  explicit UnitLint(const Config& user) : user_(user) {
    for (const auto known : kKnownUnits) units_.emplace(known);
    units_.emplace(kReadyUnit);
    for (const Value& unit : user.entries("systemd", "units")) {
      if (!unit.textOr("contents").empty()) units_.emplace(unit.textOr("name"));
    }
    for (const std::string_view list : {"files", "links", "directories"}) {
      for (const Value& each : user.entries("storage", list)) addPath(each.textOr("path"));
    }
  }

  Findings check() {
    for (const Value& unit : user_.entries("systemd", "units")) checkUnit(unit);
    return std::move(findings_);
  }

private:
  /// A file may be a unit, or a container that a unit is made of.
  void addPath(std::string_view path) {
    paths_.emplace(path);
    if (path.starts_with("/etc/systemd/system/") || path.starts_with("/usr/local/lib/systemd/system/")) {
      units_.emplace(nameOf(path));
    }
    if (!path.starts_with("/etc/containers/systemd/")) return;
    const std::string name(nameOf(path));
    const std::string stem = name.substr(0, name.rfind('.'));
    for (const std::string_view suffix : {"", "-pod", "-network", "-volume", "-image", "-build"}) {
      units_.insert(stem + std::string(suffix) + ".service");
    }
  }

  void checkUnit(const Value& unit) {
    const std::string name(unit.textOr("name"));
    const bool isMasked = unit.isTrue("mask");
    if (unit.textOr("contents").empty() && !isMasked && !isKnown(name)) {
      tell(markOf(unit, "name"), "unit " + name + " has no contents, and Fedora CoreOS brings none of that name", name);
    }
    checkText(unit, name, unit.textOr("contents"));
    for (const Value& dropin : ignition::itemsOf(unit.find("dropins"))) {
      checkText(dropin, name, dropin.textOr("contents"));
    }
  }

  void checkText(const Value& entry, const std::string& unit, std::string_view text) {
    for (const Setting& setting : settingsOf(text)) {
      if (std::ranges::find(kNamesUnits, setting.key) != kNamesUnits.end()) {
        for (const std::string& word : wordsOf(setting.value)) checkName(entry, unit, setting.key, word);
      }
      if (setting.key == "ConditionPathExists" || setting.key == "AssertPathExists") {
        checkPath(entry, unit, setting);
      }
    }
  }

  void checkName(const Value& entry, const std::string& unit, std::string_view key, const std::string& word) {
    if (word.find('%') != std::string::npos || isKnown(word)) return;
    const std::string what = unit + " has " + std::string(key) + "=" + word;
    tell(markOf(entry, "contents"), what + ", and there is no such unit", word);
  }

  void checkPath(const Value& entry, const std::string& unit, const Setting& setting) {
    std::string_view path = setting.value;
    while (path.starts_with('|')) path = trimmed(path.substr(1));
    if (path.starts_with('!') || path.find('%') != std::string_view::npos) return;
    const bool isEmpty = std::ranges::any_of(kEmptyAtFirst, [&](auto above) { return path.starts_with(above); });
    if (!isEmpty || isBrought(path, unit)) return;
    findings_.push_back(warning(markOf(entry, "contents"),
                                unit + " has " + std::string(setting.key) + "=" + std::string(path) +
                                    ", and nothing brings that path: the unit would be skipped without a word",
                                "write the file in Butane, or remove the condition"));
  }

  /// Whether the path is one of the config's, or is named in another unit or a file: a script that makes it, say.
  [[nodiscard]] bool isBrought(std::string_view path, const std::string& byOtherThan) const {
    if (paths_.contains(path) || path.starts_with("/etc/passwd") || path.starts_with("/etc/os-release")) return true;
    for (const Value& unit : user_.entries("systemd", "units")) {
      if (unit.textOr("name") != byOtherThan && unit.textOr("contents").find(path) != std::string_view::npos)
        return true;
    }
    return std::ranges::any_of(user_.entries("storage", "files"), [&](const Value& file) {
      const Value* contents = file.find("contents");
      const auto bytes = contents == nullptr ? std::nullopt : ignition::embedded(*contents, kLookedInto);
      return bytes && bytes->find(path) != std::string::npos;
    });
  }

  [[nodiscard]] bool isKnown(const std::string& unit) const {
    const bool elsewhere =
        std::ranges::any_of(kMadeElsewhere, [&](auto suffix) { return std::string_view(unit).ends_with(suffix); });
    return elsewhere || units_.contains(unit) || units_.contains(templateOf(unit));
  }

  void tell(const source::Mark& where, std::string message, const std::string& word) {
    const auto near = source::nearest(word, {units_.begin(), units_.end()});
    findings_.push_back(
        warning(where, std::move(message), near ? "did you mean \"" + *near + "\"?" : "define it, or remove the name"));
  }

  const Config& user_;
  std::set<std::string, std::less<>> units_;
  std::set<std::string, std::less<>> paths_;
  Findings findings_;
};

}  // namespace

Findings lintUnits(const Config& user) { return UnitLint(user).check(); }

}  // namespace berth::node
