// SPDX-License-Identifier: Apache-2.0
#include "planner/spec/explain.h"

#include <algorithm>
#include <vector>

#include "planner/source/diagnostic.h"
#include "planner/source/text.h"
#include "planner/spec/scalar.h"

namespace berth::spec {
namespace {

using std::string_view;

constexpr std::size_t kWidth = 80;
/// A recursive listing goes no deeper; no spec does.
constexpr int kDeepest = 8;

/// Where a way leads to: a field of the spec, or one value of a table.
struct Target {
  std::string path;
  const Shape* shape = nullptr;
  const Field* field = nullptr;
};

/// The mapping whose fields a path may go on with: that of a list's elements, too.
const Shape* fieldsOf(const Shape& shape) {
  const Shape* at = &shape;
  while (at->fields.empty() && at->element != nullptr && at->type != Type::table) at = at->element;
  return at->fields.empty() ? nullptr : at;
}

const Shape* tableOf(const Shape& shape) { return shape.type == Type::table ? &shape : shape.orTable; }

const Field* fieldNamed(const Shape& shape, string_view key) {
  const auto found = std::ranges::find(shape.fields, key, &Field::key);
  return found == shape.fields.end() ? nullptr : &*found;
}

string_view placeholder(const Shape& table) {
  switch (table.key) {
    case Type::index: return "INDEX";
    case Type::label: return "KEY";
    default: return "NAME";
  }
}

std::vector<std::string> segmentsOf(string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    const auto dot = path.find('.');
    std::string segment(path.substr(0, dot));
    // health[0] and health[] are the elements of health.
    if (const auto bracket = segment.find('['); bracket != std::string::npos) segment.resize(bracket);
    if (!segment.empty()) segments.push_back(std::move(segment));
    path.remove_prefix(dot == string_view::npos ? path.size() : dot + 1);
  }
  return segments;
}

NoSuchField unknown(const std::string& word, const Shape* mapping, const std::string& where) {
  std::vector<std::string> known;
  std::string list;
  if (mapping != nullptr) {
    for (const Field& field : mapping->fields) {
      known.emplace_back(field.key);
      list += (list.empty() ? "known here: " : ", ") + std::string(field.key);
    }
  }
  const auto near = source::nearest(word, known);
  const std::string in = where.empty() ? "the spec" : where;
  return {"nothing is known as \"" + word + "\" in " + in,
          near ? "did you mean \"" + *near + "\"?" : (list.empty() ? in + " has no fields" : list)};
}

/// One step of a way.
std::variant<Target, NoSuchField> follow(const Target& from, const std::string& segment) {
  const std::string before = from.path.empty() ? "" : from.path + ".";
  if (const Shape* table = tableOf(*from.shape)) {
    const Target value{before + std::string(placeholder(*table)), table->element, nullptr};
    const Shape* fields = fieldsOf(*table->element);
    // pools.count: the name was left out.
    if (fields != nullptr && fieldNamed(*fields, segment) != nullptr) return follow(value, segment);
    return value;
  }
  const Shape* mapping = fieldsOf(*from.shape);
  const Field* field = mapping == nullptr ? nullptr : fieldNamed(*mapping, segment);
  if (field == nullptr) return unknown(segment, mapping, from.path);
  return Target{before + segment, field->shape, field};
}

std::string words(const Shape& shape) {
  std::string list;
  for (const string_view word : shape.words) list += (list.empty() ? "" : ", ") + std::string(word);
  return list;
}

/// "list of addresses": the type in one or a few words.
std::string typeName(const Shape& shape) {
  const auto own = [&]() -> std::string {
    switch (shape.type) {
      case Type::text: return "text";
      case Type::any: return "value";
      case Type::identifier: return "identifier";
      case Type::name:
      case Type::volume: return "name";
      case Type::label:
      case Type::word: return "word";
      case Type::index: return "index";
      case Type::integer: return "integer";
      case Type::boolean: return "boolean";
      case Type::bytes: return "amount";
      case Type::duration: return "duration";
      case Type::digest: return "sha256";
      case Type::ipv4: return "address";
      case Type::subnet: return "subnet";
      case Type::range: return "address range";
      case Type::path:
      case Type::mountPoint: return "path";
      case Type::domain: return "domain";
      case Type::timeOfDay: return "time of day";
      case Type::timeZone: return "time zone";
      case Type::fraction: return "number";
      case Type::mapping: return "mapping";
      case Type::table: return "mapping by " + std::string(shape.key == Type::index ? "index" : "name");
      case Type::list: return "list of " + typeName(*shape.element);
      case Type::oneOrList: return typeName(*shape.element) + " or list";
      case Type::listOrMapping: return "list or mapping";
    }
    return "value";
  }();
  return shape.orTable == nullptr ? own : own + ", or mapping by network";
}

std::string rangeOf(const Shape& shape) {
  const auto between = [](const std::string& least, const std::string& most) { return least + " to " + most; };
  const auto bytes = [](std::int64_t count) { return Bytes(static_cast<std::uint64_t>(count)).str(); };
  const auto time = [](std::int64_t count) { return formatDuration(std::chrono::seconds(count)); };
  switch (shape.type) {
    case Type::integer: return between(std::to_string(shape.least), std::to_string(shape.most));
    case Type::bytes: return between(bytes(shape.least), bytes(shape.most));
    case Type::duration: return between(time(shape.least), time(shape.most));
    case Type::table:
    case Type::list:
    case Type::oneOrList: return "at most " + std::to_string(shape.most) + " entries";
    case Type::word: return words(shape);
    default: return {};
  }
}

/// `text` after `indent` spaces, broken between words at 80 columns.
std::string wrapped(string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = 0;
  while (!text.empty()) {
    const auto space = text.find(' ');
    const string_view word = text.substr(0, space);
    const std::size_t length = source::countCharacters(word);
    if (column != 0 && column + 1 + length > kWidth) {
      out += '\n';
      column = 0;
    }
    out += column == 0 ? std::string(indent, ' ') : " ";
    column += (column == 0 ? indent : 1) + length;
    out += word;
    text.remove_prefix(space == string_view::npos ? text.size() : space + 1);
  }
  return out + "\n";
}

std::string sentence(string_view meaning) {
  std::string text(meaning);
  if (!text.empty() && text.front() >= 'a' && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 32);
  return text.empty() || text.back() == '.' ? text : text + ".";
}

std::string facts(const Target& target) {
  std::string out;
  const auto add = [&](string_view name, const std::string& value) {
    if (value.empty()) return;
    const std::string head = std::string(name) + ":";
    out += "  " + head + std::string(head.size() < 10 ? 10 - head.size() : 1, ' ') + value + "\n";
  };
  if (target.field != nullptr) add("Default", std::string(target.field->fallback));
  add(target.shape->type == Type::word ? "One of" : "Range", rangeOf(*target.shape));
  if (target.field != nullptr && !target.field->onlyWith.empty()) {
    std::string beside;
    for (const string_view key : target.field->onlyWith) beside += (beside.empty() ? "" : " or ") + std::string(key);
    add("Only with", beside);
  }
  if (target.field != nullptr) add("Example", std::string(target.field->example));
  return out;
}

std::string choicesOf(const Shape& mapping) {
  std::string out;
  for (const Choice& choice : mapping.choices) {
    std::string keys;
    for (const string_view key : choice.keys) keys += (keys.empty() ? "" : ", ") + std::string(key);
    const bool isRequired = choice.presence == Presence::required;
    const bool mayBeBoth = choice.together == Together::allowed;
    out += wrapped((mayBeBoth ? "At least one of: " : isRequired ? "Exactly one of: " : "At most one of: ") + keys, 2);
  }
  return out;
}

void listFields(const Shape& shape, Depth depth, int level, std::string& out) {
  const std::string indent(static_cast<std::size_t>(level) * 2, ' ');
  if (const Shape* table = shape.type == Type::table ? &shape : nullptr; table != nullptr && level <= kDeepest) {
    if (fieldsOf(*table->element) == nullptr && table->element->type != Type::table) return;
    out += indent + std::string(placeholder(*table)) + "\n";
    listFields(*table->element, depth, level + 1, out);
    return;
  }
  const Shape* mapping = fieldsOf(shape);
  if (mapping == nullptr || level > kDeepest) return;
  for (const Field& field : mapping->fields) {
    std::string head = indent + std::string(field.key) + " <" + typeName(*field.shape) + ">";
    if (field.presence == Presence::required) head += " required";
    out += head + "\n";
    if (depth == Depth::everything) {
      listFields(*field.shape, depth, level + 1, out);
    } else {
      out += wrapped(sentence(field.meaning), indent.size() + 4);
    }
  }
}

std::string textOf(const Target& target, Depth depth) {
  std::string out =
      "FIELD    " + (target.path.empty() ? "the spec" : target.path) + " <" + typeName(*target.shape) + ">";
  if (target.field != nullptr && target.field->presence == Presence::required) out += " required";
  out += "\n";
  if (target.field != nullptr) out += "\n" + wrapped(sentence(target.field->meaning), 2);
  if (const std::string about = facts(target); !about.empty()) out += "\n" + about;
  const Shape* shape = target.shape;
  if (const Shape* mapping = fieldsOf(*shape); mapping != nullptr && shape->type != Type::table) {
    if (const std::string choices = choicesOf(*mapping); !choices.empty()) out += "\n" + choices;
  }
  std::string fields;
  listFields(*shape, depth, 1, fields);
  return fields.empty() ? out : out + "\nFIELDS\n" + fields;
}

}  // namespace

std::variant<std::string, NoSuchField> explain(std::string_view path, Depth depth) {
  Target target{"", &specShape(), nullptr};
  for (const std::string& segment : segmentsOf(path)) {
    auto next = follow(target, segment);
    if (auto* none = std::get_if<NoSuchField>(&next)) return std::move(*none);
    target = std::get<Target>(std::move(next));
  }
  return textOf(target, depth);
}

}  // namespace berth::spec
